"""How sure a mean over songs is: intervals by resampling the songs."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 2000
SEED = 0
LEVEL = 0.95

_DRAWS_AT_ONCE = 4_000_000  # 32 MB of indices


class Estimate(NamedTuple):
    """A weighted mean and its interval; None where there are not two songs to resample."""

    mean: float
    interval: tuple[float, float] | None


def estimate(values: NDArray[np.float64], weights: NDArray[np.float64]) -> Estimate:
    """Return the mean of `values` (n,), n > 0, with its 95 % percentile interval.

    Efron's bootstrap (1979): songs are drawn with replacement 2,000 times, each with its weight,
    from a generator with a fixed seed; so the interval depends on the data alone, and on their order.
    Songs, not seconds, are drawn: the seconds of one song are not independent.
    """
    mean = float(values @ weights / weights.sum())
    if len(values) < 2:
        return Estimate(mean, None)
    tail = (1 - LEVEL) / 2
    low, high = np.quantile(_resampled(values, weights), [tail, 1 - tail])
    # Equal values may differ from their own mean in the last digit.
    return Estimate(mean, (min(float(low), mean), max(float(high), mean)))


def _resampled(values: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the means of the resamples, shape (RESAMPLES,)."""
    random, n = np.random.default_rng(SEED), len(values)
    means = np.empty(RESAMPLES)
    step = max(1, _DRAWS_AT_ONCE // n)
    for first in range(0, RESAMPLES, step):
        drawn = random.integers(n, size=(min(step, RESAMPLES - first), n))
        means[first : first + len(drawn)] = (values * weights)[drawn].sum(1) / weights[drawn].sum(1)
    return means
