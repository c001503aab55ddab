"""The scape plot against a literal reading, and the highest point against the whole plot."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from symmv_tools.evaluation.structure.bounds import fitness_bound
from symmv_tools.evaluation.structure.fitness import highest_fitness, scape_plot
from tests.evaluation.structure import literal

pytestmark = pytest.mark.quick

Matrix = NDArray[np.float64]


def ssm_of(n: int, seed: int, penalty: float = 2.0, steps: int = 0) -> Matrix:
    """A random matrix like a thresholded SSM; its values are multiples of 1 / `steps`, so they tie."""
    random = np.random.default_rng(seed)
    ssm, share = random.random((n, n)), random.random()
    ssm = np.where(ssm > share, (ssm - share) / (1 - share), -penalty)
    if steps:
        ssm = np.where(ssm > 0, np.ceil(ssm * steps) / steps, ssm)
    np.fill_diagonal(ssm, 1.0)
    return ssm


SSMS = st.builds(
    ssm_of,
    n=st.integers(1, 11),
    seed=st.integers(0, 2**32),
    penalty=st.sampled_from([0.0, 0.5, 2.0, 5.0]),
    steps=st.sampled_from([0, 2, 3]),
)


@settings(deadline=None, max_examples=150)
@given(SSMS)
def test_the_scape_plot_is_that_of_the_literal_reading(ssm: Matrix) -> None:
    np.testing.assert_allclose(scape_plot(ssm), literal.scape_plot(ssm), rtol=0, atol=1e-9)


@settings(deadline=None, max_examples=300)
@given(
    n=st.integers(1, 40),
    seed=st.integers(0, 2**32),
    steps=st.sampled_from([0, 3]),
    penalty=st.sampled_from([0.0, 2.0, 5.0]),
    shortest=st.integers(1, 40),
    more=st.integers(0, 40),
)
def test_what_is_left_out_cannot_hold_the_maximum(
    n: int, seed: int, steps: int, penalty: float, shortest: int, more: int
) -> None:
    ssm = ssm_of(n, seed, penalty, steps)
    longest = shortest + more
    whole = scape_plot(ssm)[shortest - 1 : longest].max(initial=0.0)
    assert highest_fitness(ssm, shortest, longest) == whole


def test_a_longer_piece_with_repetitions_keeps_its_maximum_too() -> None:
    once = ssm_of(40, seed=7)
    ssm = np.tile(once, (4, 4))
    np.fill_diagonal(ssm, 1.0)
    whole = scape_plot(ssm)
    for shortest, longest in ((6, 16), (16, 30), (30, 256)):
        assert highest_fitness(ssm, shortest, longest) == whole[shortest - 1 : longest].max()


@settings(deadline=None, max_examples=200)
@given(ssm=SSMS, columns=st.tuples(*[st.integers(0, 10)] * 4))
def test_no_segment_of_a_block_is_above_its_bound(ssm: Matrix, columns: tuple[int, int, int, int]) -> None:
    n = len(ssm)
    first_start, last_start = sorted(min(column, n - 1) for column in columns[:2])
    first_end, last_end = sorted(min(column, n - 1) for column in columns[2:])
    segments = [
        (start, end)
        for start in range(first_start, last_start + 1)
        for end in range(max(start, first_end), last_end + 1)
    ]
    if not segments:
        return
    length = min(end - start + 1 for start, end in segments)
    penalty = max(0.0, -ssm.min())
    bound = fitness_bound(ssm, first_start, last_start, first_end, last_end, length, penalty)
    assert max(literal.fitness(ssm[:, start : end + 1]) for start, end in segments) <= bound + 1e-12


@settings(deadline=None, max_examples=300)
@given(n=st.integers(1, 24), seed=st.integers(0, 2**32), penalty=st.sampled_from([2.0, 3.0, 5.0]))
def test_fitness_is_a_share(n: int, seed: int, penalty: float) -> None:
    """libfmp's is not where its tracing loses a path: at a penalty of 5 we met 2.0."""
    scape = scape_plot(ssm_of(n, seed, penalty))
    assert 0 <= scape.min() <= scape.max() < 1


@pytest.mark.parametrize("n_parts", [2, 3, 5])
def test_a_piece_of_equal_parts_is_fittest_at_the_length_of_one(n_parts: int) -> None:
    """One part explains all but the part itself, without fault: both shares are 1 - 1 / parts."""
    n = 8 * n_parts
    away = np.arange(n)[:, None] - np.arange(n)
    scape = scape_plot(np.where(away % 8 == 0, 1.0, -2.0))
    assert scape.argmax() // n == 8 - 1
    assert scape.max() == pytest.approx(1 - 1 / n_parts)


def test_a_piece_at_half_tempo_still_repeats() -> None:
    ssm = np.full((18, 18), -2.0)
    np.fill_diagonal(ssm, 1.0)
    ssm[np.arange(6, 18, 2), np.arange(6)] = 1.0  # rows 6, 8, … play columns 0, 1, … again
    score_per_cell, coverage = (12 - 6) / 12, (6 + 11 - 6) / 18
    assert scape_plot(ssm)[5, 0] == pytest.approx(2 / (1 / score_per_cell + 1 / coverage))


def test_a_piece_that_never_repeats_has_no_fitness() -> None:
    ssm = np.where(np.eye(20) == 1, 1.0, -2.0)
    assert not scape_plot(ssm).any()


@settings(deadline=None, max_examples=30)
@given(ssm=SSMS, lengths=st.lists(st.integers(1, 12), min_size=4, max_size=4))
def test_a_wider_range_is_never_lower(ssm: Matrix, lengths: list[int]) -> None:
    widest, wide, narrow, narrowest = sorted(lengths)
    assert highest_fitness(ssm, widest, narrowest) >= highest_fitness(ssm, wide, narrow)


def test_a_piece_shorter_than_the_range_scores_nothing() -> None:
    assert highest_fitness(np.ones((5, 5)), 6, 16) == 0.0
    assert highest_fitness(np.ones((0, 0)), 6, 16) == 0.0


def test_what_is_no_self_similarity_matrix_is_refused() -> None:
    with pytest.raises(ValueError, match=r"square.*\(2, 3\)"):
        scape_plot(np.ones((2, 3)))
    with pytest.raises(ValueError, match="1 on its diagonal"):
        highest_fitness(np.full((3, 3), 0.5), 1, 2)
