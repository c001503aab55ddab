"""How many beats are empty, and how many pitches sound together. Times are in quarters."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


def empty_beat_rate(start: NDArray[np.float64], end: NDArray[np.float64], length: float) -> float:
    """Return the share of beats in which no note sounds.

    Beats are quarters, counted from 0 (or the first note, if that is before) to the one that holds
    `length`, so that silence at the beginning counts. A note fills the beats from that of its start to that
    of its end, even if it ends where that beat begins. NaN if `length` is 0. MusPy's `empty_beat_rate`.
    """
    if not length > 0:
        return np.nan
    from_beat, to_beat = np.floor(start).astype(np.int64), np.floor(end).astype(np.int64)
    first = min(0, int(from_beat.min(initial=0)))
    n_beats = int(np.floor(length)) + 1 - first
    began = np.bincount(from_beat - first, minlength=n_beats + 1)
    over = np.bincount(to_beat - first + 1, minlength=n_beats + 1)
    sounding = np.cumsum(began - over)[:n_beats]
    return 1 - np.count_nonzero(sounding) / n_beats


class Depth(NamedTuple):
    """How many different pitches sound: `pitches` (m,) of them for `duration` (m,) quarters, in order."""

    pitches: NDArray[np.int64]
    duration: NDArray[np.float64]


def depth(start: NDArray[np.float64], end: NDArray[np.float64], pitch: NDArray[np.integer]) -> Depth:
    """Return how many different pitches sound when; notes of one pitch that overlap count once."""
    n = len(start)
    edge, rank = np.unique(np.concatenate([start, end]), return_inverse=True)
    # Each pitch on a stretch of its own of one line, so that spans of all pitches are united at once.
    line = pitch.astype(np.int64) * len(edge)
    order = np.argsort(line + rank[:n], kind="stable")
    begin, stop = (line + rank[:n])[order], np.maximum.accumulate((line + rank[n:])[order])
    is_first = np.append(True, begin[1:] > stop[:-1])[:n]
    is_last = np.append(is_first[1:], True)[:n]
    begun = np.bincount((begin - line[order])[is_first], minlength=len(edge))
    stopped = np.bincount((stop - line[order])[is_last], minlength=len(edge))
    return Depth(np.cumsum(begun - stopped)[:-1], np.diff(edge))


def polyphony(sounding: Depth) -> float:
    """Return the mean number of pitches that sound, over the time in which any does; NaN if none does.

    MusPy's `polyphony`.
    """
    time = float(sounding.duration[sounding.pitches > 0].sum())
    return float(sounding.pitches @ sounding.duration) / time if time > 0 else np.nan


def polyphony_rate(sounding: Depth, length: float) -> float:
    """Return the share of `length` in which more than two pitches sound; NaN if `length` is 0.

    MusPy's `polyphony_rate`, whose `threshold=2` is "more than two".
    """
    if not length > 0:
        return np.nan
    return float(sounding.duration[sounding.pitches > 2].sum()) / length
