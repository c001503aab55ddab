"""Melody and accompaniment by the skyline, which hears the highest note at each onset as the melody.

The name is Uitdenbogerd & Zobel's, "Melodic matching techniques for large music databases" (1999).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from symmv_tools.music import symmv
from symmv_tools.music.notes import Notes, make_notes

MELODY = "melody"
ACCOMPANIMENT = "accompaniment"

_SECONDS_PER_BEAT = 0.5  # of songs without beats: SymMV's files count at 120 beats per minute
_CELLS_PER_BEAT = 4


def skyline(notes: Notes, *, onset_tolerance_seconds: float, lowest_pitch: int) -> NDArray[np.bool_]:
    """Return which notes are melody, shape (n,): of the notes struck together, the highest.

    Notes are struck together if they begin within the tolerance after the first of them; 0 asks for
    equal onsets. Notes below `lowest_pitch` (MIDI number) are never melody, so an onset may have
    none. Of two notes with the same pitch the longer wins.
    """
    candidates = np.flatnonzero(notes.pitch >= lowest_pitch)
    group = onset_groups(notes.onset[candidates], onset_tolerance_seconds)
    return _highest(notes, candidates, group)


def onset_groups(onset: NDArray[np.float64], tolerance_seconds: float) -> NDArray[np.int64]:
    """Number the notes that are struck together: 0, 0, 1, …, shape (n,). `onset` is sorted."""
    firsts = []
    first = 0
    while first < len(onset):
        firsts.append(first)
        first = int(np.searchsorted(onset, onset[first] + tolerance_seconds, side="right"))
    is_first = np.zeros(len(onset), np.int64)
    is_first[firsts] = 1
    groups: NDArray[np.int64] = np.cumsum(is_first) - 1
    return groups


def _highest(notes: Notes, candidates: NDArray[np.int64], group: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Mark in (n,) the highest note of each group; `group` says to which each of `candidates` belongs."""
    order = np.lexsort((notes.duration[candidates], notes.pitch[candidates], group))
    is_top = np.append(np.diff(group[order]) > 0, [True])[: len(order)]
    mask = np.zeros(len(notes), bool)
    mask[candidates[order[is_top]]] = True
    return mask


# --- three ways to split --------------------------------------------------------------------------


def split_melody(notes: Notes, *, onset_tolerance_seconds: float, lowest_pitch: int) -> Notes:
    """Return the same notes with `melody` and `accompaniment` as their tracks, by the skyline."""
    mask = skyline(notes, onset_tolerance_seconds=onset_tolerance_seconds, lowest_pitch=lowest_pitch)
    return with_tracks(notes, mask)


def split_melody_16(notes: Notes, beat: NDArray[np.float64], *, lowest_pitch: int) -> Notes:
    """Return the notes with durations in whole 16ths and tracks by the skyline, as SymMV's text has it.

    A 16th is a quarter of a beat; `beat` holds the beats' times in seconds, and with fewer than two of
    them a beat lasts half a second from time 0. The text quantises durations only, so onsets stay; but two
    notes are struck together if the nearest 16th of their onsets is the same, which is our reading. A
    note lasts one 16th at least. Notes below `lowest_pitch` are never melody.
    """
    grid = _sixteenths(beat, notes.end)
    cell = np.arange(len(grid), dtype=np.float64)
    begin, end = np.interp(notes.onset, grid, cell), np.interp(notes.offset, grid, cell)
    length = np.maximum(np.round(end - begin), 1.0)
    quantised = replace(notes, duration=np.interp(begin + length, cell, grid) - notes.onset)
    candidates = np.flatnonzero(notes.pitch >= lowest_pitch)
    return with_tracks(
        quantised, _highest(quantised, candidates, np.round(begin[candidates]).astype(np.int64))
    )


def split_melody_symmv(notes: Notes) -> Notes:
    """Return SymMV's melody and accompaniment as tracks of one song, see `symmv.split`.

    There are more notes than before: those that have a share in both parts are there twice.
    """
    return with_parts(*symmv.split(notes))


def with_parts(melody: Notes, accompaniment: Notes) -> Notes:
    """Return the notes of both as one song, whose tracks tell them apart."""
    onset, duration, pitch, velocity = (
        np.concatenate([getattr(part, name) for part in (melody, accompaniment)])
        for name in ("onset", "duration", "pitch", "velocity")
    )
    track = [MELODY] * len(melody) + [ACCOMPANIMENT] * len(accompaniment)
    return make_notes(onset, duration, pitch, velocity, track)


def with_tracks(notes: Notes, is_melody: NDArray[np.bool_]) -> Notes:
    """Return the same notes with `melody` and `accompaniment` as their tracks; `is_melody` has shape (n,)."""
    return replace(notes, track=[MELODY if mine else ACCOMPANIMENT for mine in is_melody.tolist()])


def _sixteenths(beat: NDArray[np.float64], end: float) -> NDArray[np.float64]:
    """Times of the 16ths from 0 or before to a beat after `end`; outside `beat` its median length goes on."""
    if len(beat) < 2:
        beat = np.array([0.0, _SECONDS_PER_BEAT])
    length = float(np.median(np.diff(beat)))
    head = beat[0] - length * np.arange(np.ceil(beat[0] / length), 0, -1)
    tail = beat[-1] + length * np.arange(1, max(np.ceil((end - beat[-1]) / length), 0) + 2)
    beats = np.concatenate([head, beat, tail])
    index = np.arange((len(beats) - 1) * _CELLS_PER_BEAT + 1) / _CELLS_PER_BEAT
    times: NDArray[np.float64] = np.interp(index, np.arange(len(beats)), beats)
    return times
