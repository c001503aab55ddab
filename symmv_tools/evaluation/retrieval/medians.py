"""How sure a median of ranks is."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from symmv_tools.evaluation.bootstrap import LEVEL, times_drawn
from symmv_tools.evaluation.retrieval.ranks import Ints


def median_interval(ranks: Ints, songs: NDArray[np.generic]) -> tuple[float, float] | None:
    """Return the 95 % percentile interval of the median of `ranks` (n,), n > 0, counted from 1.

    As `bootstrap.estimate` has it, songs are drawn with replacement, each with all ranks it has; `songs` (n,)
    names the song of each rank. None where there are not two songs.
    """
    _, of = np.unique(songs, return_inverse=True)
    by_song = np.zeros((of.max() + 1, ranks.max() + 1))
    np.add.at(by_song, (of, ranks), 1)
    if len(by_song) < 2:
        return None
    tail = (1 - LEVEL) / 2
    counts = times_drawn(len(by_song)).astype(np.float64) @ by_song
    low, high = np.quantile(_medians(counts), [tail, 1 - tail])
    return float(low), float(high)


def _medians(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the median rank of each row, where `counts[i, rank]` says how often row i has that rank."""
    upto = np.cumsum(counts, axis=1)
    total = upto[:, -1:]
    # Of n in order, the (n-1)//2-th and the n//2-th, from 0, stand in the middle.
    low, high = ((upto <= (total - less) // 2).sum(axis=1) for less in (1, 0))
    return np.asarray((low + high) / 2, np.float64)
