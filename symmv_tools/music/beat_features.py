"""What a beat tracker sees of notes: a row of numbers per frame, the same in every key and at any time."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from symmv_tools.music.notes import Notes

FRAMES_PER_SECOND = 25
HALVES = 2
"""Cells per frame: onsets are told apart to 20 ms, though the network steps by 40."""

_REGISTERS = (-24, -14, -7, 0, 7, 14)  # semitones above the song's median pitch; seven registers
_HARMONY_SECONDS = (0.4, 0.8, 1.6)  # how far to look back and ahead for a change of harmony
_LONGEST_SECONDS = 2.0  # notes longer than this are not more of an accent
_BASS = -7  # semitones; what lies below counts as bass
N_FEATURES = HALVES * (len(_REGISTERS) + 4) + 2 * len(_HARMONY_SECONDS)


def beat_features(notes: Notes) -> NDArray[np.float32]:
    """Return features of shape (frames, N_FEATURES); frame 0 begins at the first onset.

    For each half of a frame: onsets in seven registers around the song's median pitch, their loudness
    relative to the song's, their length, and offsets. Then how much the pitch classes that sound, of
    all notes and of the bass, differ between the time before and after the frame. A note struck
    twice at once counts once. `notes` must not be empty.
    """
    onset, duration, pitch, velocity = _distinct(notes)
    onset = onset - onset[0]
    height = pitch - np.partition(pitch, (len(pitch) - 1) // 2)[(len(pitch) - 1) // 2]
    n_frames = int(onset[-1] * FRAMES_PER_SECOND) + 2 * FRAMES_PER_SECOND
    cells = _onset_cells(onset, duration, height, velocity / velocity.mean(), n_frames * HALVES)
    harmony = _harmony(onset, duration, height, n_frames)
    return np.concatenate([cells.reshape(n_frames, -1), harmony], axis=1, dtype=np.float32)


def _distinct(notes: Notes) -> tuple[NDArray[np.float64], ...]:
    """Onset, duration, pitch, velocity of the notes, of equal onsets and pitches only the longest."""
    pitch, velocity = notes.pitch.astype(np.float64), notes.velocity.astype(np.float64)
    order = np.lexsort((-velocity, -notes.duration, pitch, notes.onset))
    onset, pitch = notes.onset[order], pitch[order]
    is_first = np.append(True, (np.diff(onset) > 0) | (np.diff(pitch) > 0))
    kept = order[is_first]
    loudness = np.maximum(velocity[kept], 1.0)
    return onset[is_first], notes.duration[kept], pitch[is_first], loudness


def _onset_cells(
    onset: NDArray[np.float64],
    duration: NDArray[np.float64],
    height: NDArray[np.float64],
    loudness: NDArray[np.float64],
    n_cells: int,
) -> NDArray[np.float64]:
    """Registers, loudness, length and offsets per cell, (n_cells, channels), compressed by log(1 + x)."""
    at = onset * FRAMES_PER_SECOND * HALVES
    ends = np.minimum((onset + duration) * FRAMES_PER_SECOND * HALVES, n_cells - 2.0)
    register = np.searchsorted(_REGISTERS, height, side="right")
    channels = [
        *(_shared(at, (register == r).astype(np.float64), n_cells) for r in range(len(_REGISTERS) + 1)),
        _shared(at, loudness, n_cells),
        _shared(at, np.minimum(duration, _LONGEST_SECONDS), n_cells),
        _shared(ends, np.ones(len(ends)), n_cells),
    ]
    return np.log1p(np.stack(channels, axis=1))


def _shared(at: NDArray[np.float64], weight: NDArray[np.float64], n_cells: int) -> NDArray[np.float64]:
    """Weights summed per cell; one that falls between two cells is shared by them, so that none jumps."""
    cell = np.floor(at).astype(np.int64)
    late = (at - cell) * weight
    in_time, too_late = (
        np.bincount(c, w, n_cells)[:n_cells] for c, w in ((cell, weight - late), (cell + 1, late))
    )
    return np.add(in_time, too_late, dtype=np.float64)


def _harmony(
    onset: NDArray[np.float64], duration: NDArray[np.float64], height: NDArray[np.float64], n_frames: int
) -> NDArray[np.float64]:
    """1 - cosine of the chroma before and after each frame, (n_frames, 2 x scales): all notes, then bass."""
    changes: list[NDArray[np.float64]] = []
    for which in (np.ones(len(onset), bool), height < _BASS):
        total = _running_chroma(onset[which], duration[which], height[which], n_frames)
        changes.extend(_changes(total))
    return np.stack(changes, axis=1)


def _running_chroma(
    onset: NDArray[np.float64], duration: NDArray[np.float64], height: NDArray[np.float64], n_frames: int
) -> NDArray[np.float64]:
    """Frames that each pitch class (0 = the median's) has sounded for before each frame, (n_frames, 12)."""
    first = np.round(onset * FRAMES_PER_SECOND).astype(np.int64)
    last = np.round((onset + duration) * FRAMES_PER_SECOND).astype(np.int64)
    last = np.minimum(np.maximum(last, first + 1), n_frames)
    pitch_class = np.mod(height, 12).astype(np.int64)
    size = (n_frames + 1) * 12
    steps = np.bincount(first * 12 + pitch_class, minlength=size) - np.bincount(
        last * 12 + pitch_class, minlength=size
    )
    sounding = np.cumsum(steps.reshape(-1, 12)[:n_frames], axis=0)
    total = np.zeros((n_frames, 12))
    np.cumsum(sounding[:-1], axis=0, out=total[1:])
    return total


def _changes(total: NDArray[np.float64]) -> Iterator[NDArray[np.float64]]:
    """How different the time before and after each frame is, at each scale; 0 where either is silent."""
    frame = np.arange(len(total))
    for seconds in _HARMONY_SECONDS:
        reach = round(seconds * FRAMES_PER_SECOND)
        before = total - total[np.maximum(frame - reach, 0)]
        after = total[np.minimum(frame + reach, len(total) - 1)] - total
        norms = np.sqrt(np.einsum("tc,tc->t", before, before) * np.einsum("tc,tc->t", after, after))
        cosine = np.einsum("tc,tc->t", before, after) / np.maximum(norms, 1e-9)
        yield np.where(norms > 0, 1.0 - cosine, 0.0)
