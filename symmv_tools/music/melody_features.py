"""What a note looks like to the melody network: how it lies among its neighbours.

Everything is relative: pitches to the song's median and to other notes, times to the song's typical
step from onset to onset, loudness and length to the rest of the song. So a song that is transposed, shifted,
played at another speed or louder looks the same.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from symmv_tools.music.melody import onset_groups
from symmv_tools.music.notes import Notes

ONSET_TOLERANCE_SECONDS = 0.035  # notes that begin within it are struck together
_NEIGHBOURS = 24  # notes before and after among which the nearest in pitch is looked for
_LOCAL = 16  # groups before and after that make a "local" mean
_FAR = 24.0  # semitones, or typical steps: as good as nowhere

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class NoteFeatures(NamedTuple):
    """The notes of a song as the network sees them.

    `values` is (n, features) float32. `group` (n,) numbers the notes that are struck together from 0
    on, and `time` (groups,) says when each group begins, in typical steps after the first. `voices`
    (groups, 3) are the indices of each group's highest, second highest (n if there is none) and lowest note.
    """

    values: NDArray[np.float32]
    group: Ints
    time: Floats
    voices: Ints


def note_features(notes: Notes) -> NoteFeatures:
    """Return what the network sees of `notes`; raises ValueError if there are none."""
    if len(notes) == 0:
        raise ValueError("there must be at least one note; a song without notes has no melody to look for")
    group = onset_groups(notes.onset, ONSET_TOLERANCE_SECONDS)
    first = np.flatnonzero(np.diff(group, prepend=-1))
    begin = notes.onset[first]
    step = float(np.median(np.diff(begin) if len(begin) > 1 else notes.duration))
    pitch = notes.pitch.astype(np.float64)
    voices = _voices(group, pitch)
    columns = [
        *_register(pitch, group, voices),
        *_rhythm(notes, group, begin, step),
        *_loudness(notes.velocity.astype(np.float64), group),
        *_sounding(notes, pitch, group),
        *_nearest_in_pitch(notes.onset, notes.offset, pitch, group, step),
        *_same_pitch(notes.onset, notes.pitch, step),
        *_place_in_song(notes.onset, step),
    ]
    return NoteFeatures(
        np.stack(columns, axis=1).astype(np.float32), group, (begin - begin[0]) / step, voices
    )


# --- pitch ----------------------------------------------------------------------------------------


def _voices(group: Ints, pitch: Floats) -> Ints:
    order = np.lexsort((-pitch, group))
    start = np.flatnonzero(np.diff(group[order], prepend=-1))
    size = np.diff(start, append=len(order))
    second = np.where(size > 1, order[np.minimum(start + 1, len(order) - 1)], len(order))
    return np.stack([order[start], second, order[start + size - 1]], axis=1)


def _register(pitch: Floats, group: Ints, voices: Ints) -> list[Floats]:
    """How high a note is: in the song, around here, in its chord, and against the tops nearby."""
    size = np.bincount(group)
    order = np.lexsort((-pitch, group))
    rank = np.empty(len(pitch))
    rank[order] = np.arange(len(pitch)) - (np.cumsum(size) - size)[group[order]]
    top, bottom = pitch[voices[:, 0]], pitch[voices[:, 2]]
    above, below = _steps_in_chord(pitch, group, order)
    columns = [
        (pitch - np.sort(pitch)[(len(pitch) - 1) // 2]) / 12,
        _share_below(pitch),
        np.minimum(rank, 3) / 3,
        rank == 0,
        rank == size[group] - 1,
        np.log2(size[group]) / 2,
        above / 12,
        below / 12,
        (pitch - _local_mean(top)[group]) / 12,
        (pitch - _local_mean(bottom)[group]) / 12,
    ]
    for away in (1, 2, 3):
        for neighbour in (_shifted(top, away), _shifted(top, -away)):
            interval = np.clip(neighbour[group] - pitch, -_FAR, _FAR) / 12
            columns.append(np.where(np.isnan(interval), 0.0, interval))
    return columns


def _steps_in_chord(pitch: Floats, group: Ints, order: Ints) -> tuple[Floats, Floats]:
    """Semitones to the next higher and next lower note of the group, `_FAR` where there is none."""
    apart = np.where(np.diff(group[order]) == 0, np.minimum(-np.diff(pitch[order]), _FAR), _FAR)
    above, below = np.empty(len(pitch)), np.empty(len(pitch))
    above[order] = np.append([_FAR], apart)
    below[order] = np.append(apart, [_FAR])
    return above, below


# --- time -----------------------------------------------------------------------------------------


def _rhythm(notes: Notes, group: Ints, begin: Floats, step: float) -> list[Floats]:
    """How long a note is and how far the groups before and after are."""
    between = np.diff(begin) / step
    before = np.append([8.0], between)[group]
    after = np.append(between, [8.0])[group]
    length = notes.duration / step
    fill = np.log2(np.maximum(length, 1 / 16) / np.clip(after, 1 / 16, 64))
    return [
        _octaves(length),
        _octaves(before),
        _octaves(after),
        np.clip(fill, -4, 4) / 2,
        _share_below(np.round(length, 6)),  # equal lengths differ in their last bits
        (notes.onset - begin[group]) / ONSET_TOLERANCE_SECONDS,
    ]


def _same_pitch(onset: Floats, pitch: NDArray[np.uint8], step: float) -> list[Floats]:
    """How long ago the same key was last struck, and how soon it is struck again."""
    order = np.lexsort((onset, pitch))
    same = np.diff(pitch[order].astype(np.int64)) == 0
    apart = np.where(same, np.diff(onset[order]) / step, 64.0)
    last, next_ = np.empty(len(onset)), np.empty(len(onset))
    last[order] = np.append([64.0], apart)
    next_[order] = np.append(apart, [64.0])
    return [_octaves(last), _octaves(next_)]


def _place_in_song(onset: Floats, step: float) -> list[Floats]:
    """Where in the song: from -1 to 1, and how near its ends, where singers are silent."""
    since, left = onset - onset[0], onset[-1] - onset
    return [
        2 * since / max(onset[-1] - onset[0], 1e-9) - 1,
        np.exp(-since / step / 32),
        np.exp(-left / step / 32),
    ]


# --- loudness -------------------------------------------------------------------------------------


def _loudness(velocity: Floats, group: Ints) -> list[Floats]:
    mean = np.bincount(group, velocity) / np.bincount(group)
    return [
        (velocity - np.median(velocity)) / 16,
        _share_below(velocity),
        (velocity - mean[group]) / 16,
        (velocity - _local_mean(mean)[group]) / 16,
    ]


# --- the voices around ----------------------------------------------------------------------------


def _sounding(notes: Notes, pitch: Floats, group: Ints) -> list[Floats]:
    """How many earlier notes still sound, how many of them higher or lower, how much higher the highest."""
    n = len(pitch)
    count, higher, lower, highest = (np.zeros(n) for _ in range(4))
    for lag in range(1, min(_NEIGHBOURS, n - 1) + 1):
        interval = pitch[:-lag] - pitch[lag:]
        sounds = (notes.offset[:-lag] > notes.onset[lag:] + 0.03) & (group[:-lag] != group[lag:])
        count[lag:] += sounds
        higher[lag:] += sounds & (interval > 0)
        lower[lag:] += sounds & (interval < 0)
        highest[lag:] = np.maximum(highest[lag:], np.where(sounds, interval, 0.0))
    return [
        np.minimum(count, 8) / 4,
        np.minimum(higher, 6) / 3,
        np.minimum(lower, 6) / 3,
        np.minimum(highest, _FAR) / 12,
    ]


def _nearest_in_pitch(onset: Floats, offset: Floats, pitch: Floats, group: Ints, step: float) -> list[Floats]:
    """The notes before and after that would continue a line best: interval, distance, silence between."""
    n = len(pitch)
    before, after = _nobody(n), _nobody(n)
    for lag in range(1, min(_NEIGHBOURS, n - 1) + 1):
        early, late = slice(0, n - lag), slice(lag, n)
        interval = pitch[early] - pitch[late]
        distance = (onset[late] - onset[early]) / step
        silence = (onset[late] - offset[early]) / step
        # a semitone away counts like a typical step away; what is struck together is no line
        cost = np.where(group[early] == group[late], np.inf, np.abs(interval) + distance)
        _keep_nearer(before[:, late], np.stack([cost, interval, distance, silence]))
        _keep_nearer(after[:, early], np.stack([cost, -interval, distance, silence]))
    return [column for nearest in (before, after) for column in _as_columns(nearest)]


def _nobody(n: int) -> Floats:
    """Cost, interval, distance and silence of the nearest note while none has been found, (4, n)."""
    return np.repeat([[np.inf], [_FAR], [8.0], [8.0]], n, axis=1)


def _keep_nearer(best: Floats, offered: Floats) -> None:
    # Of equally near ones the first found is kept, whichever way the last bits of their times are rounded.
    np.copyto(best, offered, where=offered[0] < best[0] - 1e-6)


def _as_columns(nearest: Floats) -> list[Floats]:
    _, interval, distance, silence = nearest
    return [np.clip(interval, -_FAR, _FAR) / 12, _octaves(distance), np.clip(silence, -8, 8) / 4]


# --- small arithmetic -----------------------------------------------------------------------------


def _octaves(steps: Floats) -> Floats:
    """Thirds of octaves of time: 0 for a typical step, 1 for eight of them."""
    return np.log2(np.clip(steps, 1 / 16, 64)) / 3


def _share_below(values: Floats) -> Floats:
    """Which share of the song's notes is below each value, from -1 to 1; ties count half."""
    ranked = np.sort(values)
    places = np.searchsorted(ranked, values, "left") + np.searchsorted(ranked, values, "right")
    return places / len(values) - 1


def _local_mean(of_group: Floats) -> Floats:
    """Mean over each group and its `_LOCAL` neighbours on either side."""
    total = np.append([0.0], np.cumsum(of_group))
    index = np.arange(len(of_group))
    low, high = np.maximum(index - _LOCAL, 0), np.minimum(index + _LOCAL + 1, len(of_group))
    mean: Floats = (total[high] - total[low]) / (high - low)
    return mean


def _shifted(values: Floats, by: int) -> Floats:
    """`values` moved `by` places to the right, NaN where nothing comes in."""
    moved = np.full(len(values), np.nan)
    if by > 0:
        moved[by:] = values[:-by]
    else:
        moved[:by] = values[-by:]
    return moved
