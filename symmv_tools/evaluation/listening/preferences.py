"""How often one system is preferred to another."""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from symmv_tools.evaluation.shares import share_of, wilson

Ties = Literal["half", "dropped", "lost"]

WON, TIED, LOST = 1.0, 0.5, 0.0


class Preference(NamedTuple):
    """How often a system was preferred to a rival.

    `rate` follows the rule for ties. `interval` is Wilson's 95 % interval, which takes answers as
    independent, as published studies do; `interval_by_rater` knows that answers of one rater are not
    (`shares.share_of`), and is None where nobody says who answered or a single rater did.
    """

    rate: float
    interval: tuple[float, float]
    interval_by_rater: tuple[float, float] | None
    wins: int
    ties: int
    losses: int


def preference(
    outcomes: NDArray[np.float64], raters: NDArray[np.generic] | None = None, ties: Ties = "half"
) -> Preference:
    """Return the preference rate of (n,) answers: 1 for the system, 0 for its rival, 0.5 for neither.

    `raters` (n,) says who answered. A tie counts as `ties` says:

    * `half` a win, so that the two systems' rates sum to 1;
    * `dropped`: the rate among those who had a preference, the sign test's way;
    * `lost`: the share of all who prefer the system, which is how V-MusProd and Diff-BGM define their
      rates. Their forms force a choice, so nothing was tied.

    The rate of no answers is NaN, between 0 and 1. Raises ValueError for any other answer.
    """
    if not np.isin(outcomes, (WON, TIED, LOST)).all():
        raise ValueError("outcomes must be 1 (preferred), 0.5 (tied) or 0")
    counts = (int((outcomes == each).sum()) for each in (WON, TIED, LOST))
    kept = outcomes != TIED if ties == "dropped" else np.ones(len(outcomes), bool)
    values = outcomes[kept] if ties == "half" else (outcomes[kept] == WON).astype(np.float64)
    if not len(values):
        return Preference(float("nan"), (0.0, 1.0), None, *counts)
    rate = float(values.mean())
    by_rater = None if raters is None else share_of(values, raters[kept]).interval
    return Preference(rate, wilson(rate, len(values)), by_rater, *counts)
