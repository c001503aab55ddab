"""The self-similarity matrix against a literal reading, and what it must hear."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from symmv_tools.evaluation.structure.self_similarity import self_similarity
from tests.evaluation.structure import literal

pytestmark = pytest.mark.quick

Matrix = NDArray[np.float64]


def chroma_of(n: int, seed: int) -> Matrix:
    chroma = np.random.default_rng(seed).random((n, 12)) ** 4
    return np.asarray(chroma / np.linalg.norm(chroma, axis=1, keepdims=True))


def repetition(chroma: Matrix, n: int) -> float:
    """How alike the second half of `chroma`, from frame n on, is to its first half; ends left out."""
    stripe = np.diagonal(self_similarity(chroma), offset=-n)
    return float(np.median(stripe[4:-4]))


@pytest.mark.parametrize("n", [6, 9, 21])
def test_it_is_that_of_the_literal_reading(n: int) -> None:
    chroma = chroma_of(n, seed=n)
    np.testing.assert_allclose(self_similarity(chroma), literal.self_similarity(chroma), rtol=0, atol=1e-9)


@settings(deadline=None, max_examples=20)
@given(n=st.integers(8, 60), seed=st.integers(0, 2**32))
def test_a_quarter_of_the_cells_is_alike_and_no_cell_above_the_diagonal(n: int, seed: int) -> None:
    ssm = self_similarity(chroma_of(n, seed))
    assert (np.diagonal(ssm) == 1).all()
    assert ssm.max() == 1
    assert set(np.unique(ssm[ssm < 0])) <= {-2.0}
    alike = np.count_nonzero(ssm >= 0)
    assert n * n / 4 - 1 <= alike <= n * n / 4 + n + 1  # the diagonal may come on top


@pytest.mark.parametrize("semitones", range(12))
def test_a_transposed_repetition_counts(semitones: int) -> None:
    part = chroma_of(40, seed=1)
    assert repetition(np.vstack([part, np.roll(part, semitones, axis=1)]), 40) > 0.9


@pytest.mark.parametrize("share", [1 / 2, 3 / 4, 4 / 3, 2])
def test_a_repetition_at_another_tempo_counts(share: float) -> None:
    part = np.repeat(chroma_of(20, seed=2), 4, axis=0)  # slow harmony, so that no frame gets lost
    again = part[(np.arange(round(80 / share)) * share).astype(int)]
    ssm = self_similarity(np.vstack([part, again]))
    stripe = ssm[80 + np.arange(len(again)), (np.arange(len(again)) * share).astype(int)]
    assert np.median(stripe) > 0.5
    assert np.median(self_similarity(chroma_of(len(ssm), seed=3))) == -2


def test_the_key_of_the_whole_piece_does_not_matter() -> None:
    chroma = chroma_of(50, seed=4)
    np.testing.assert_allclose(
        self_similarity(np.roll(chroma, 5, axis=1)), self_similarity(chroma), atol=1e-9
    )


def test_where_all_that_is_kept_is_equal_nothing_is_penalised() -> None:
    """As in the FMP notebooks, whose scaling needs two values: 0 stands for what is less alike."""
    for seed in range(20):  # some of these have norms a hair above 1
        ssm = self_similarity(np.repeat(chroma_of(1, seed), 40, axis=0))
        assert ssm.min() == 0.0
        assert ssm.max() == 1.0
        assert ssm[ssm > 0].min() == pytest.approx(1.0)
