"""When a piece's notes begin and how many there are: intervals between onsets, density."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def mean_gap(onset: NDArray[np.float64]) -> float:
    """Return the mean difference of neighbours among sorted `onset` (n,); NaN below two.

    The differences add up to the last minus the first, so no gap but the number of notes counts.
    """
    return float(onset[-1] - onset[0]) / (len(onset) - 1) if len(onset) > 1 else np.nan


def mean_distinct_gap(onset: NDArray[np.float64]) -> float:
    """Return `mean_gap` with equal times taken for one; NaN below two different ones."""
    n_gaps = np.count_nonzero(onset[1:] != onset[:-1])
    return float(onset[-1] - onset[0]) / n_gaps if n_gaps else np.nan


def density(onset: NDArray[np.float64], offset: NDArray[np.float64]) -> float:
    """Return the notes per unit of time, from the first onset to the last offset; NaN if that is no time."""
    span = float(offset.max() - onset.min()) if len(onset) else 0.0
    return len(onset) / span if span > 0 else np.nan
