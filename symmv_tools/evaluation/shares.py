"""How sure a share is: Wilson's interval, also where the answers come in clusters."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm, t

from symmv_tools.evaluation.bootstrap import LEVEL, Estimate


def wilson(share: float, n: float) -> tuple[float, float]:
    """Return the 95 % score interval of a share of `n` > 0 independent answers, as Wilson (1927) gives it.

    Never empty and never outside [0, 1]: the interval of 0 of 20 is (0, 0.161), where resampling would
    claim certainty. `n` need not be whole, see `effective_n`.
    """
    z = float(norm.ppf((1 + LEVEL) / 2))
    centre = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * math.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    # Rounding must not push the interval off its own share at 0 and at 1.
    return max(min(centre - half, share), 0.0), min(max(centre + half, share), 1.0)


def share_of(values: NDArray[np.float64], clusters: NDArray[np.generic]) -> Estimate:
    """Return the mean of `values` (n,), n > 0, each in [0, 1], with Wilson's interval at the effective n.

    `clusters` (n,) names what each answer belongs to, such as a song or a listener: answers of one
    cluster are not independent. Where every answer is a cluster of its own this is Wilson's interval.
    The interval is None where there is one cluster only.
    """
    share = float(np.mean(values))
    n = effective_n(values, clusters)
    return Estimate(share, None if n is None else wilson(share, n))


def effective_n(values: NDArray[np.float64], clusters: NDArray[np.generic]) -> float | None:
    """Return how many independent answers would be as uncertain as these; None for a single cluster.

    n divided by Kish's design effect, with the correction for few clusters of Korn and Graubard, "Confidence
    intervals for proportions with small expected number of positive counts estimated from survey data"
    (1998), who advise it for the interval of a clustered share. Never more than n. Where no cluster differs
    from the mean, as at shares 0 and 1, it is the number of clusters: the answers might be copies.
    """
    _, of, sizes = np.unique(clusters, return_inverse=True, return_counts=True)
    n, n_clusters = len(values), len(sizes)
    if n_clusters < 2:
        return None
    share = float(np.mean(values))
    residual = np.bincount(of, values - share)
    clustered = float(residual @ residual) / n**2 * n_clusters / (n_clusters - 1)
    if clustered <= np.finfo(float).eps:
        return float(n_clusters)
    independent = share * (1 - share) / (n - 1)
    few = (_t(n - 1) / _t(n_clusters - 1)) ** 2
    return min(n * independent / clustered * few, float(n))


def _t(freedom: int) -> float:
    return float(t.ppf((1 + LEVEL) / 2, freedom))
