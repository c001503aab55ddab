"""Ranks: what a slow sort says, and the laws of style.md."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from symmv_tools.evaluation.retrieval.ranks import ranks_of_match, ranks_of_truth

pytestmark = pytest.mark.quick
few = settings(max_examples=50, deadline=None)

# Quarters tie often; NaN and infinities come along.
value = st.sampled_from([-np.inf, -1.0, -0.25, 0.0, 0.25, 0.5, 1.0, np.inf, np.nan])
square = arrays(float, (6, 6), elements=value)
rectangle = arrays(float, (4, 7), elements=value)
Floats = NDArray[np.float64]


def slow_rank(row: Floats, truth: int) -> int:
    """Sort the candidates best first, NaN last; the truth behind its equals, and behind all if it is NaN."""

    def key(candidate: int) -> tuple[bool, float, bool]:
        unknown = bool(np.isnan(row[candidate]))
        return unknown, 0.0 if unknown else -float(row[candidate]), candidate == truth

    return sorted(range(len(row)), key=key).index(truth) + 1


@few
@given(rectangle, st.lists(st.integers(0, 6), min_size=4, max_size=4))
def test_ranks_are_those_of_a_slow_sort(similarity: Floats, truth: list[int]) -> None:
    expected = [slow_rank(row, own) for row, own in zip(similarity, truth, strict=True)]
    assert ranks_of_truth(similarity, np.array(truth)).tolist() == expected


@few
@given(square, st.permutations(range(6)))
def test_the_order_of_pairs_does_not_matter(similarity: Floats, order: list[int]) -> None:
    shuffled = similarity[np.ix_(order, order)]
    assert sorted(ranks_of_match(shuffled)) == sorted(ranks_of_match(similarity))


@few
@given(square)
def test_only_the_order_of_similarities_counts(similarity: Floats) -> None:
    assert ranks_of_match(np.arctan(similarity)).tolist() == ranks_of_match(similarity).tolist()


@few
@given(rectangle, st.integers(0, 6))
def test_another_candidate_never_helps(similarity: Floats, copied: int) -> None:
    truth = np.arange(4)
    more = np.concatenate([similarity, similarity[:, [copied]]], axis=1)
    assert (ranks_of_truth(more, truth) >= ranks_of_truth(similarity, truth)).all()


def test_a_perfect_similarity_ranks_first_and_a_constant_one_last() -> None:
    assert ranks_of_match(np.eye(5)).tolist() == [1] * 5
    assert ranks_of_match(np.ones((5, 5))).tolist() == [5] * 5
    assert ranks_of_match(np.full((5, 5), np.nan)).tolist() == [5] * 5


def test_a_lone_pair_ranks_first() -> None:
    assert ranks_of_match(np.array([[0.3]])).tolist() == [1]


def test_a_truth_without_a_similarity_is_worse_than_minus_infinity() -> None:
    assert ranks_of_truth(np.array([[np.nan, -np.inf, 0.0]]), np.array([0])).tolist() == [3]
    assert ranks_of_truth(np.array([[np.nan, -np.inf, 0.0]]), np.array([1])).tolist() == [2]


def test_a_rectangle_is_refused() -> None:
    with pytest.raises(ValueError, match=r"square.*\(2, 3\)"):
        ranks_of_match(np.zeros((2, 3)))


def test_a_truth_that_is_no_candidate_is_refused() -> None:
    with pytest.raises(ValueError, match="columns 0 to 2 of similarity; got 0 to 3"):
        ranks_of_truth(np.zeros((2, 3)), np.array([0, 3]))
    with pytest.raises(ValueError, match="truth"):
        ranks_of_truth(np.zeros((2, 3)), np.array([0]))
