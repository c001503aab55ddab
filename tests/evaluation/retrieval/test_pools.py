"""Pools: the whole set is the plain rank, pools follow from the seed, and their law is the hypergeometric."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from scipy.stats import hypergeom

from symmv_tools.errors import BadCall
from symmv_tools.evaluation.retrieval.pools import DIFFBGM, VMCP, Songs, pooled_ranks
from symmv_tools.evaluation.retrieval.ranks import ranks_of_match, ranks_of_truth

pytestmark = pytest.mark.quick
few = settings(max_examples=50, deadline=None)
Floats = NDArray[np.float64]
square = arrays(float, (8, 8), elements=st.sampled_from([-1.0, 0.0, 0.5, 1.0, np.nan]))


@few
@given(square, st.integers(0, 9))
def test_a_pool_of_all_is_the_plain_rank(similarity: Floats, seed: int) -> None:
    pooled = pooled_ranks(similarity, 8, 3, seed)
    assert pooled.tolist() == [[rank] * 3 for rank in ranks_of_match(similarity)]


@few
@given(square, st.integers(1, 8))
def test_a_pooled_rank_is_at_most_the_pool_and_the_plain_rank(similarity: Floats, size: int) -> None:
    pooled, plain = pooled_ranks(similarity, size, 4, 0), ranks_of_match(similarity)[:, None]
    assert (pooled >= 1).all()
    assert (pooled <= np.minimum(plain, size)).all()
    assert (size - pooled <= 8 - plain).all()


def test_the_mean_over_pools_is_the_hypergeometric_law() -> None:
    similarity = np.random.default_rng(0).normal(size=(40, 40))
    plain, pooled = ranks_of_match(similarity), pooled_ranks(similarity, 16, 400, 1)
    for k in (1, 3, 8):
        exact = np.asarray(hypergeom.cdf(k - 1, 39, plain - 1, 15))
        np.testing.assert_allclose((pooled <= k).mean(axis=1), exact, atol=4 * 0.5 / 20)
        assert (pooled <= k).mean() == pytest.approx(exact.mean(), abs=4 * 0.5 / np.sqrt(16_000))


def test_systems_that_are_compared_meet_the_same_pools() -> None:
    """A system that is better everywhere is so in every single pool, which other pools would not promise."""
    worse = np.random.default_rng(0).normal(size=(30, 30))
    better = worse + 0.2 * np.eye(30)
    assert (pooled_ranks(better, 10, 20, 5) <= pooled_ranks(worse, 10, 20, 5)).all()
    assert (pooled_ranks(worse, 10, 20, 5) == pooled_ranks(worse, 10, 20, 5)).all()
    assert (pooled_ranks(worse, 10, 20, 5) != pooled_ranks(worse, 10, 20, 6)).any()


def test_segments_of_the_same_song_are_no_distractors() -> None:
    song = np.repeat(np.arange(10), 4)
    similarity = (song[:, None] == song).astype(float)  # says the song, not the segment
    pooled = pooled_ranks(similarity, 37, 2, 0, songs=Songs(song, song))
    assert (pooled == 1).all()
    assert (pooled_ranks(similarity, 40, 2, 0) == 4).all()  # the notebook's rule: its three neighbours tie


def test_queries_may_be_others_than_the_candidates() -> None:
    similarity = np.random.default_rng(3).normal(size=(5, 30))
    truth = np.array([29, 3, 3, 0, 11])
    assert pooled_ranks(similarity, 30, 1, 0, truth=truth)[:, 0].tolist() == (
        ranks_of_truth(similarity, truth).tolist()
    )


def test_too_few_candidates_are_named() -> None:
    with pytest.raises(BadCall, match="a pool of 64 needs 63 other candidates; query 0 has 49") as caught:
        pooled_ranks(np.zeros((50, 50)), DIFFBGM.pool_size, 1, 0)
    assert "pools of 50" in caught.value.hint
    song = np.repeat(np.arange(25), 2)
    with pytest.raises(BadCall, match="query 0 has 48"):
        pooled_ranks(np.zeros((50, 50)), 50, 1, 0, songs=Songs(song, song))
    with pytest.raises(BadCall, match="1 candidate or more; got 0"):
        pooled_ranks(np.zeros((50, 50)), 0, 1, 0)


def test_songs_of_other_candidates_are_refused() -> None:
    with pytest.raises(ValueError, match="name 4 songs"):
        pooled_ranks(np.zeros((4, 4)), 2, 1, 0, songs=Songs(np.arange(4), np.arange(5)))


def test_the_protocols_are_those_of_the_papers() -> None:
    assert (DIFFBGM.pool_size, DIFFBGM.ks) == (64, (5, 10, 20))
    assert (VMCP.pool_size, VMCP.ks) == (70, (5, 10, 20))
