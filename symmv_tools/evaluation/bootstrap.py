"""How sure a mean over songs is: intervals by resampling the songs."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 2000
SEED = 0
LEVEL = 0.95

_DRAWS_AT_ONCE = 4_000_000  # 32 MB of indices

Interval = tuple[float, float]


class Estimate(NamedTuple):
    """A mean and its interval; None where there are not two songs to resample."""

    mean: float
    interval: Interval | None


def estimate(values: NDArray[np.float64], weights: NDArray[np.float64] | None = None) -> Estimate:
    """Return the mean of `values` (n,), n > 0, with its 95 % percentile interval.

    Efron's bootstrap (1979): songs are drawn with replacement 2,000 times, each with its weight (n,)
    (default: all alike), from a generator with a fixed seed; so the interval depends on the data
    alone, and on their order. Songs, not seconds, are drawn: the seconds of one song are not independent.
    """
    weights = np.ones(len(values)) if weights is None else weights
    mean = float(values @ weights / weights.sum())
    return Estimate(mean, None if len(values) < 2 else _interval(_resampled(values, weights, SEED), mean))


def difference(values: NDArray[np.float64], others: NDArray[np.float64]) -> Estimate:
    """Return mean(values) - mean(others), (n,) and (m,) of unrelated songs, with its 95 % interval.

    Both sides are resampled, each from a generator of its own. Where value i and other i belong
    together, take `estimate(values - others)`: it resolves far smaller differences.
    """
    mean = float(values.mean() - others.mean())
    if min(len(values), len(others)) < 2:
        return Estimate(mean, None)
    resampled = _resampled(values, np.ones(len(values)), SEED)
    resampled -= _resampled(others, np.ones(len(others)), SEED + 1)
    return Estimate(mean, _interval(resampled, mean))


def _interval(resampled: NDArray[np.float64], mean: float) -> Interval:
    tail = (1 - LEVEL) / 2
    low, high = np.quantile(resampled, [tail, 1 - tail])
    # Equal values may differ from their own mean in the last digit.
    return min(float(low), mean), max(float(high), mean)


def _resampled(values: NDArray[np.float64], weights: NDArray[np.float64], seed: int) -> NDArray[np.float64]:
    """Return the means of the resamples, shape (RESAMPLES,)."""
    random, n = np.random.default_rng(seed), len(values)
    means = np.empty(RESAMPLES)
    step = max(1, _DRAWS_AT_ONCE // n)
    for first in range(0, RESAMPLES, step):
        drawn = random.integers(n, size=(min(step, RESAMPLES - first), n))
        means[first : first + len(drawn)] = (values * weights)[drawn].sum(1) / weights[drawn].sum(1)
    return means
