"""Cosines: within their bounds, blind to lengths, and NaN where there is no direction."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from scipy.spatial.distance import cdist

from symmv_tools.evaluation.retrieval.cosine import cosine_similarity
from symmv_tools.evaluation.retrieval.ranks import ranks_of_match

pytestmark = pytest.mark.quick
few = settings(max_examples=50, deadline=None)
Floats = NDArray[np.float64]

rows = arrays(float, (5, 3), elements=st.integers(-8, 8).map(float))


@few
@given(rows, rows)
def test_it_is_scipys_cosine(a: Floats, b: Floats) -> None:
    a[np.abs(a).sum(1) == 0] = b[np.abs(b).sum(1) == 0] = 1.0
    np.testing.assert_allclose(cosine_similarity(a, b), 1 - cdist(a, b, "cosine"), atol=1e-12)


@few
@given(rows, st.sampled_from([1e-200, 1e-3, 7.0, 1e200]))
def test_lengths_do_not_matter(a: Floats, factor: float) -> None:
    np.testing.assert_allclose(cosine_similarity(a * factor, a), cosine_similarity(a, a), atol=1e-12)


@few
@given(arrays(np.float32, (6, 4), elements=st.floats(-1, 1, width=32)))
def test_cosines_stay_within_one(a: NDArray[np.float32]) -> None:
    found = cosine_similarity(a, a)
    assert (np.isnan(found) | (np.abs(found) <= 1)).all()


def test_what_has_no_direction_ranks_last() -> None:
    a = np.array([[0.0, 0.0], [1.0, 0.0], [np.inf, 1.0], [np.nan, 1.0]])
    found = cosine_similarity(a, np.ones((4, 2)))
    assert np.isnan(found).all(axis=1).tolist() == [True, False, True, True]
    assert ranks_of_match(found).tolist() == [4, 4, 4, 4]  # the second ties with all


def test_embeddings_of_two_kinds_are_refused() -> None:
    with pytest.raises(ValueError, match=r"\(2, 3\) and \(2, 4\)"):
        cosine_similarity(np.zeros((2, 3)), np.zeros((2, 4)))
