"""What every metric returns, and the three numbers that all matchings end in."""

from __future__ import annotations

from typing import NamedTuple


class Score(NamedTuple):
    """One song's score in [0, 1], and how much it counts in the total: 1, or the seconds it speaks of."""

    value: float
    weight: float = 1.0


class Match(NamedTuple):
    """Precision, recall and F1 of a one-to-one matching."""

    precision: float
    recall: float
    f1: float


def match_of(hits: int, n_found: int, n_true: int) -> Match | None:
    """Return the scores of `hits` pairs among `n_found` and `n_true` things.

    All are 0 if only one side has any; None if neither has, for then there is nothing to score.
    """
    if n_found + n_true == 0:
        return None
    return Match(hits / max(n_found, 1), hits / max(n_true, 1), 2 * hits / (n_found + n_true))
