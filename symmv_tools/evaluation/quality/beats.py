"""How many beats are empty, and how many pitches sound together. Times are in quarters."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Beats(NamedTuple):
    """Beats that notes fill, a beat being a quarter.

    `first` is 0, or the beat of the first note if that is before; in `filled` of them a note sounds.
    """

    first: int
    filled: int


def fill(start: NDArray[np.float64], end: NDArray[np.float64]) -> Beats:
    """Return the beats that notes fill: each from that of its start to that of its end.

    Both are (n,), n > 0. A note fills the beat of its end even if it ends where that begins.
    """
    from_beat, to_beat = np.floor(start).astype(np.int64), np.floor(end).astype(np.int64)
    first = min(0, int(from_beat.min()))
    size = int(to_beat.max()) - first + 2
    began = np.bincount(from_beat - first, minlength=size)
    over = np.bincount(to_beat - first + 1, minlength=size)
    return Beats(first, int(np.count_nonzero((began - over).cumsum())))


def empty_beat_rate(beats: Beats, length: float) -> float:
    """Return the share of beats in which no note sounds, up to the beat that holds `length`; NaN if it is 0.

    MusPy's `empty_beat_rate`: beats count from 0, so that silence at the beginning does too.
    """
    return 1 - beats.filled / (int(np.floor(length)) + 1 - beats.first) if length > 0 else np.nan


class Voices(NamedTuple):
    """When pitches begin and cease to sound, each (m,) and sorted by itself.

    So many pitches sound at a time as have begun, less those that have ceased.
    """

    begin: NDArray[np.float64]
    cease: NDArray[np.float64]


def voices(start: NDArray[np.float64], end: NDArray[np.float64], pitch: NDArray[np.uint8]) -> Voices:
    """Return when pitches sound; notes of one pitch that overlap are one. All (n,), sorted by `start`."""
    if not len(start):
        return Voices(np.zeros(0), np.zeros(0))
    order = pitch.argsort(kind="stable")
    start, end = start[order], end[order]
    # Each pitch on a stretch of its own of one line, so that spans of all pitches are united at once.
    line = pitch[order] * (end.max() - start.min() + 1)
    is_first = np.ones(len(start), bool)
    np.greater((start + line)[1:], np.maximum.accumulate(end + line)[:-1], out=is_first[1:])
    first = is_first.nonzero()[0]
    return Voices(np.sort(start[first]), np.sort(np.maximum.reduceat(end, first)))


def time_with(sounding: Voices, pitches: int) -> float:
    """Return for how long at least `pitches` pitches sound.

    From the i-th end to the next it is from when i + `pitches` have begun.
    """
    n = len(sounding.begin) - pitches + 1
    if n <= 0:
        return 0.0
    cease = sounding.cease[:n]
    since = sounding.begin[pitches - 1 :].copy()
    np.maximum(since[1:], cease[:-1], out=since[1:])
    return float(np.maximum(cease - since, 0.0).sum())


def polyphony(sounding: Voices) -> float:
    """Return the mean number of pitches that sound, over the time in which any does; NaN if none does.

    MusPy's `polyphony`.
    """
    time = time_with(sounding, 1)
    return float((sounding.cease - sounding.begin).sum()) / time if time > 0 else np.nan


def polyphony_rate(sounding: Voices, length: float) -> float:
    """Return the share of `length` in which more than two pitches sound; NaN if `length` is 0.

    MusPy's `polyphony_rate`, whose `threshold=2` is "more than two".
    """
    return time_with(sounding, 3) / length if length > 0 else np.nan
