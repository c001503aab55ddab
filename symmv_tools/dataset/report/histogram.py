"""Histograms that grow by the batch: a million songs take the memory of one."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray


class Histogram:
    """Counts of numbers between `edges`, with their exact count, sum, least and largest.

    `edges` is (n + 1,), rising. Bin i takes edges[i] <= x < edges[i + 1]; the first and the last bin also
    take what lies beyond them, so that every number is counted. NaN is no number and is left out. `whole`
    says that the numbers are whole and that there is a bin for each.
    """

    def __init__(self, edges: ArrayLike, *, whole: bool = False) -> None:
        self.whole = whole
        self.edges: NDArray[np.float64] = np.asarray(edges, np.float64)
        self.counts: NDArray[np.int64] = np.zeros(len(self.edges) - 1, np.int64)
        self.total = 0.0
        self.least, self.largest = np.inf, -np.inf

    def add(self, values: ArrayLike) -> None:
        """Count `values`, of any shape."""
        numbers = np.asarray(values, np.float64).ravel()
        numbers = numbers[~np.isnan(numbers)]
        if not len(numbers):
            return
        bins = np.searchsorted(self.edges, numbers, side="right") - 1
        last = len(self.counts) - 1
        self.counts += np.bincount(np.clip(bins, 0, last), minlength=last + 1)
        self.total += float(numbers.sum())
        self.least = min(self.least, float(numbers.min()))
        self.largest = max(self.largest, float(numbers.max()))

    @property
    def count(self) -> int:
        """How many numbers there are."""
        return int(self.counts.sum())

    @property
    def mean(self) -> float | None:
        """Their exact mean; None if there are none."""
        return self.total / self.count if self.count else None

    def quantile(self, share: float) -> float | None:
        """Below which `share` (0 to 1) of the numbers lie: exact to within a bin; None if there are none."""
        if not self.count:
            return None
        upto = np.cumsum(self.counts)
        target = share * self.count
        # The first bin that reaches the target; of a share of 0 the first that holds anything.
        i = int(np.searchsorted(upto, max(target, 0.5), side="left"))
        low, high = self.edges[i : i + 2]
        inside = (target - (upto[i] - self.counts[i])) / self.counts[i]
        at = low if self.whole else low + (high - low) * inside
        return float(np.clip(at, self.least, self.largest))

    def as_dict(self) -> dict[str, Any]:
        """Return count, mean, quantiles, and the bins that hold anything, as plain numbers."""
        if not self.count:
            return {"count": 0}
        held = np.flatnonzero(self.counts)
        span = slice(int(held[0]), int(held[-1]) + 1)
        shares = {"median": 0.5, "p05": 0.05, "p95": 0.95}
        return {
            "count": self.count,
            "mean": self.mean,
            "least": self.least,
            "largest": self.largest,
            **{name: self.quantile(share) for name, share in shares.items()},
            "edges": self.edges[span.start : span.stop + 1].tolist(),
            "counts": self.counts[span].tolist(),
        }


def percent(part: float, whole: float) -> str:
    """How much of `whole` a `part` is: 100 % and 0 % only where that is true."""
    if part in (0, whole):
        return "100 %" if part else "0 %"
    return f"{min(max(100 * part / whole, 0.1), 99.9):.1f} %"


def number(value: float) -> str:
    """`value` with three digits or so: 0.125, 62.3, 1,140."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
