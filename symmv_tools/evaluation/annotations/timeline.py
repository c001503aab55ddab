"""Labels over time, one against the other: the ground that chord and key scores stand on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from symmv_tools.evaluation.annotations.scores import Score


class Labels(NamedTuple):
    """Labels with their spans in seconds, sorted by time; `time` and `duration` have shape (n,)."""

    time: NDArray[np.float64]
    duration: NDArray[np.float64]
    label: Sequence[str]


class SideBySide(NamedTuple):
    """What two annotations say side by side: the i-th pair of labels holds for `seconds[i]`, shape (n,)."""

    seconds: NDArray[np.float64]
    found: list[str]
    true: list[str]


def compare(found: Labels, true: Labels, nothing: str) -> SideBySide:
    """Cut the time that `true` labels into stretches in which neither side changes.

    Where `found` says nothing it says `nothing`. Time without a true label, before, after or between
    the labels, is left out: nobody knows what is right there. Of labels that overlap, the one that
    began last holds until it ends.
    """
    edges = np.unique(np.concatenate([_edges(found), _edges(true)]))
    begin, seconds = edges[:-1], np.diff(edges)
    ours, theirs = _in_force(found, begin), _in_force(true, begin)
    kept = np.flatnonzero(theirs >= 0)
    names = [*found.label, nothing]  # index -1 is the last
    return SideBySide(seconds[kept], [names[i] for i in ours[kept]], [true.label[i] for i in theirs[kept]])


def _edges(labels: Labels) -> NDArray[np.float64]:
    return np.concatenate([labels.time, labels.time + labels.duration])


def _in_force(labels: Labels, at: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the index of the label that holds at each time, -1 where none does."""
    lasting = np.flatnonzero(labels.duration > 0)
    if not len(lasting):
        return np.full(len(at), -1)
    last_begun = np.searchsorted(labels.time[lasting], at, side="right") - 1
    index = lasting[np.maximum(last_begun, 0)]
    holds = (last_begun >= 0) & (at < labels.time[index] + labels.duration[index])
    return np.where(holds, index, -1)


def weighted_share(
    both: SideBySide, judge: Callable[[list[str], list[str]], NDArray[np.float64]]
) -> Score | None:
    """Return the share of the seconds that are right, weighted by those seconds.

    `judge(true, found)` gives a score in [0, 1] per pair, or a negative number for a pair that does
    not count. None if no second counts. Each pair of labels is judged once.
    """
    pairs, of_pair = _distinct(both)
    if not pairs:
        return None
    score = judge([true for true, _ in pairs], [found for _, found in pairs])
    seconds = np.bincount(of_pair, both.seconds, minlength=len(pairs))
    counts = score >= 0
    total = float(seconds[counts].sum())
    if total == 0:
        return None
    # Rounding may carry a sum of shares a hair above 1.
    return Score(min(float(score[counts] @ seconds[counts]) / total, 1.0), total)


def _distinct(both: SideBySide) -> tuple[list[tuple[str, str]], list[int]]:
    """Return the distinct pairs (true, found), and for each stretch the index of its own."""
    index: dict[tuple[str, str], int] = {}
    of_pair = [index.setdefault(pair, len(index)) for pair in zip(both.true, both.found, strict=True)]
    return list(index), of_pair
