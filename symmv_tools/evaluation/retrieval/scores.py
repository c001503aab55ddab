"""What ranks come to: P@K, average and median rank, reciprocal rank, each with its interval and with chance.

Everywhere `ranks` are (n,) or, for n queries in several pools each, (n, repeats), 1 being first;
`pool_size` is M, how many candidates each was ranked among; and `songs` (n,) names the song of each query,
None where every query is a song of its own. Intervals resample songs, not queries and not pools: the
segments of a song are not independent, nor are pools of one query.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from symmv_tools.evaluation.bootstrap import estimate, estimate_of_skewed
from symmv_tools.evaluation.retrieval.chance import (
    precision_by_chance,
    rank_by_chance,
    reciprocal_rank_by_chance,
)
from symmv_tools.evaluation.retrieval.medians import median_interval
from symmv_tools.evaluation.retrieval.ranks import Ints
from symmv_tools.evaluation.shares import share_of

SongIds = NDArray[np.generic]


class Scored(NamedTuple):
    """A score, its 95 % interval (None where there are not two songs), and what guessing scores."""

    value: float
    interval: tuple[float, float] | None
    chance: float


def retrieval_scores(
    ranks: Ints, pool_size: int, ks: Sequence[int] = (5, 10, 20), songs: SongIds | None = None
) -> dict[str, Scored]:
    """Return `p@K` for each K, `average_rank`, `median_rank` and `mrr`."""
    scores = {f"p@{k}": precision_at_k(ranks, pool_size, k, songs) for k in ks}
    return scores | {
        "average_rank": average_rank(ranks, pool_size, songs),
        "median_rank": median_rank(ranks, pool_size, songs),
        "mrr": mean_reciprocal_rank(ranks, pool_size, songs),
    }


def precision_at_k(ranks: Ints, pool_size: int, k: int, songs: SongIds | None = None) -> Scored:
    """Return the share of queries whose truth is among the first K.

    The field of background music calls this P@K. As each query has one right answer, others call it
    recall@K (R@K) or hit rate; the precision of information retrieval would be a K-th of it.

    The interval is Wilson's at the effective number of queries (`shares.share_of`) and not resampled, for
    hits are rare at chance, and resampling no hits claims certainty.
    """
    _check(ranks, pool_size)
    found = _by_query(ranks <= k)
    return Scored(*share_of(found, _songs(songs, len(found))), precision_by_chance(k, pool_size))


recall_at_k = precision_at_k
"""The same under the other name."""


def average_rank(ranks: Ints, pool_size: int, songs: SongIds | None = None) -> Scored:
    """Return the mean rank (AR); the interval resamples songs (`bootstrap.estimate`)."""
    _check(ranks, pool_size)
    return Scored(*estimate(*_by_song(_by_query(ranks), songs)), rank_by_chance(pool_size))


def mean_reciprocal_rank(ranks: Ints, pool_size: int, songs: SongIds | None = None) -> Scored:
    """Return the mean of 1/rank (MRR); the interval resamples songs (`bootstrap.estimate_of_skewed`)."""
    _check(ranks, pool_size)
    mean, interval = estimate_of_skewed(*_by_song(_by_query(1 / ranks), songs))
    # No reciprocal rank lies outside 1/M to 1, though an interval of the bootstrap-t may.
    within = interval and (max(interval[0], 1 / pool_size), min(interval[1], 1.0))
    return Scored(mean, within, reciprocal_rank_by_chance(pool_size))


def median_rank(ranks: Ints, pool_size: int, songs: SongIds | None = None) -> Scored:
    """Return the median of all ranks, the middle of two of an even number; the interval resamples songs."""
    _check(ranks, pool_size)
    pools = 1 if ranks.ndim == 1 else ranks.shape[1]
    of = np.repeat(_songs(songs, len(ranks)), pools)
    return Scored(float(np.median(ranks)), median_interval(ranks.ravel(), of), rank_by_chance(pool_size))


def _by_query(values: NDArray[np.generic]) -> NDArray[np.float64]:
    """Return one number per query, the mean over its pools."""
    by_query: NDArray[np.float64] = values.astype(np.float64).reshape(len(values), -1).mean(axis=1)
    return by_query


def _by_song(
    values: NDArray[np.float64], songs: SongIds | None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return each song's mean and its number of queries: so weighted, songs have the mean of all queries."""
    _, of, sizes = np.unique(_songs(songs, len(values)), return_inverse=True, return_counts=True)
    return np.bincount(of, values) / sizes, sizes.astype(np.float64)


def _songs(songs: SongIds | None, n: int) -> SongIds:
    if songs is None:
        return np.arange(n)
    if songs.shape != (n,):
        raise ValueError(f"songs must name the song of each of {n} queries; got shape {songs.shape}")
    return songs


def _check(ranks: Ints, pool_size: int) -> None:
    if ranks.ndim not in (1, 2) or not ranks.size:
        raise ValueError(f"ranks must be (n,) or (n, repeats) with n > 0; got shape {ranks.shape}")
    if ranks.min() < 1 or ranks.max() > pool_size:
        raise ValueError(
            f"ranks among {pool_size} must lie in 1 to {pool_size}; got {ranks.min()} to {ranks.max()}; "
            "did you count from 0?"
        )
