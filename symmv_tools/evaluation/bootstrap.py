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


def estimate_of_skewed(values: NDArray[np.float64], weights: NDArray[np.float64]) -> Estimate:
    """Return what `estimate` does, its interval widened by the bootstrap-t, for values with a long tail.

    The bootstrap-t of Efron (1982) counts each resample's distance from the mean in its own standard
    errors. Of 70 reciprocal ranks at chance the percentile interval holds the truth 85 times in 100, both
    together 92 times. The interval may leave the range of the values.
    """
    mean, interval = estimate(values, weights)
    if interval is None:
        return Estimate(mean, None)
    means, errors = _with_errors(times_drawn(len(values)), values, weights)
    varied = errors > 1e-9 * abs(mean)  # a resample of equal values has no error of its own
    if not varied.any():
        return Estimate(mean, interval)
    own = float(_with_errors(np.ones((1, len(values)), np.int64), values, weights)[1][0])
    tail = (1 - LEVEL) / 2
    low, high = np.quantile((means[varied] - mean) / errors[varied], [tail, 1 - tail])
    return Estimate(
        mean, (min(mean - float(high) * own, interval[0]), max(mean - float(low) * own, interval[1]))
    )


def _with_errors(
    times: NDArray[np.int64], values: NDArray[np.float64], weights: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the mean of each resample and its standard error, both (len(times),)."""
    total = times @ weights
    means = times @ (weights * values) / total
    centred = values - values.mean()  # lest squares of large values cancel
    away = means - values.mean()
    squares = times @ (weights * centred) ** 2 - 2 * away * (times @ (weights**2 * centred))
    squares += away**2 * (times @ weights**2)
    return means, np.sqrt(np.maximum(squares, 0)) / total


def times_drawn(n: int) -> NDArray[np.int64]:
    """Return how often each of `n` songs is drawn in each resample, shape (RESAMPLES, n).

    For what is no mean: medians, agreement. Each row sums to n; the same at every call.
    """
    return np.random.default_rng(SEED).multinomial(n, np.full(n, 1 / n), size=RESAMPLES)
