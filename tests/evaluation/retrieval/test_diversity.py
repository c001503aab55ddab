"""Diversity: closed cases, the laws of distances, and an interval that holds."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from scipy.spatial.distance import pdist

from symmv_tools.errors import BadCall
from symmv_tools.evaluation.retrieval.diversity import diversity

pytestmark = pytest.mark.quick
few = settings(max_examples=30, deadline=None)
Floats = NDArray[np.float64]
features = arrays(float, (7, 3), elements=st.integers(-8, 8).map(float))


def test_two_pieces_are_as_far_apart_as_they_are() -> None:
    found = diversity(np.array([[0.0, 0.0], [3.0, 4.0]]))
    assert (found.value, found.spread, found.all_pairs, found.interval) == (5.0, 0.0, 5.0, None)


def test_the_distance_is_not_squared_and_is_a_mean() -> None:
    """Corners of a regular simplex: every pair is 5 apart, so every halving says 5."""
    found = diversity(5 / np.sqrt(2) * np.eye(8))
    assert [found.value, found.all_pairs] == pytest.approx([5.0, 5.0])
    assert found.spread == pytest.approx(0.0, abs=1e-12)
    assert found.interval == pytest.approx((5.0, 5.0))


@few
@given(features)
def test_ever_more_halvings_tend_to_the_mean_of_all_pairs(rows: Floats) -> None:
    found = diversity(rows, repeats=400)
    assert found.all_pairs == pytest.approx(pdist(rows).mean())
    assert found.value == pytest.approx(found.all_pairs, abs=4 * found.spread / 20 + 1e-9)
    assert found.half == 3


@few
@given(features, st.floats(0.1, 10), st.permutations(range(7)))
def test_distances_scale_and_forget_order_and_place(rows: Floats, factor: float, order: list[int]) -> None:
    found, moved = diversity(rows), diversity(rows[order] * factor + 1.0)
    assert moved.all_pairs == pytest.approx(factor * found.all_pairs)
    if found.interval and moved.interval:
        assert moved.interval == pytest.approx(tuple(factor * end for end in found.interval), abs=1e-9)


def test_the_size_of_the_halves_moves_the_spread_only() -> None:
    rows = np.random.default_rng(0).normal(size=(60, 5))
    small, large = diversity(rows, 500, half=5), diversity(rows, 500)
    assert small.value == pytest.approx(large.value, rel=0.02)
    assert small.spread > 1.5 * large.spread
    assert large == diversity(rows, 500)
    assert large.value != diversity(rows, 500, seed=1).value


@pytest.mark.parametrize("segments", [1, 4])
def test_the_interval_holds_what_is_true_of_all_pieces(segments: int) -> None:
    """Two normal numbers differ by 2/sqrt(pi) on average; segments of a song are copies, at distance 0."""
    pairs_within = (segments - 1) / (30 * segments - 1)
    true, met = 2 / np.sqrt(np.pi) * (1 - pairs_within), 0
    for seed in range(100):
        song = np.repeat(np.arange(30), segments)
        rows = np.random.default_rng(seed).normal(size=(30, 1))[song]
        _, _, _, interval, *_ = diversity(rows, repeats=1, songs=song)
        assert interval is not None
        met += interval[0] <= true <= interval[1]
    assert met >= 91


def test_one_halving_has_no_spread() -> None:
    assert np.isnan(diversity(np.eye(4), repeats=1).spread)


def test_what_cannot_be_halved_is_refused() -> None:
    with pytest.raises(BadCall, match="two sets of 0 pieces cannot be drawn 100 times from 1 pieces"):
        diversity(np.ones((1, 4)))
    with pytest.raises(BadCall, match="two sets of 3 pieces"):
        diversity(np.ones((5, 4)), half=3)
    with pytest.raises(ValueError, match="finite"):
        diversity(np.array([[0.0], [np.nan]]))
