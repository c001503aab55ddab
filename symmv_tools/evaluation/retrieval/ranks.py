"""Where each query finds its own among the candidates."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


def ranks_of_match(similarity: NDArray[np.floating]) -> Ints:
    """Return the rank of each query's own candidate, 1 being first.

    `similarity` is (n, n): entry [i, j] says how well query i fits candidate j, larger is better, and
    the true pairs are on the diagonal. Returns (n,) ranks, by the rules of `ranks_of_truth`.

    Raises ValueError if `similarity` is not square.
    """
    if similarity.ndim != 2 or similarity.shape[0] != similarity.shape[1]:
        raise ValueError(f"similarity must be square, (n, n); got shape {similarity.shape}")
    return ranks_of_truth(similarity, np.arange(len(similarity)))


def ranks_of_truth(similarity: NDArray[np.floating], truth: Ints) -> Ints:
    """Return the rank of candidate `truth[i]` for each query i, 1 being first and m last.

    `similarity` is (n, m), larger is better, `truth` (n,). A tie counts against us: the truth has the worst
    rank among its equals, so that a constant similarity scores worst rather than best. NaN is
    worse than every number: a truth with NaN comes last, another candidate with NaN is never ahead.

    Raises ValueError if a truth is not among the candidates.
    """
    ahead: Ints = ahead_of_truth(similarity, truth).sum(axis=1, dtype=np.int64)
    return 1 + ahead


def ahead_of_truth(similarity: NDArray[np.floating], truth: Ints) -> NDArray[np.bool_]:
    """Return (n, m), true where a candidate other than the truth is as good or better."""
    _check(similarity, truth)
    queries = np.arange(len(similarity))
    own = similarity[queries, truth][:, None]
    ahead = np.asarray((similarity >= own) | np.isnan(own))
    ahead[queries, truth] = False
    return ahead


def _check(similarity: NDArray[np.floating], truth: Ints) -> None:
    if similarity.ndim != 2 or truth.shape != similarity.shape[:1]:
        raise ValueError(
            f"similarity must be (n, m) and truth (n,); got shapes {similarity.shape} and {truth.shape}"
        )
    if len(truth) and not (truth.min() >= 0 and truth.max() < similarity.shape[1]):
        raise ValueError(
            f"truths must be columns 0 to {similarity.shape[1] - 1} of similarity; "
            f"got {truth.min()} to {truth.max()}"
        )
