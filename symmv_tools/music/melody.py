"""Melody and accompaniment: the skyline, which hears the highest note at each onset as the melody."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from symmv_tools.music.notes import Notes

MELODY = "melody"
ACCOMPANIMENT = "accompaniment"


def skyline(notes: Notes, *, onset_tolerance_seconds: float, lowest_pitch: int) -> NDArray[np.bool_]:
    """Return which notes are melody, shape (n,): of the notes struck together, the highest.

    Notes are struck together if they begin within the tolerance after the first of them; 0 asks for
    equal onsets. Notes below `lowest_pitch` (MIDI number) are never melody, so an onset may have
    none. Of two notes with the same pitch the longer wins.
    """
    candidates = np.flatnonzero(notes.pitch >= lowest_pitch)
    group = onset_groups(notes.onset[candidates], onset_tolerance_seconds)
    order = np.lexsort((notes.duration[candidates], notes.pitch[candidates], group))
    is_top = np.append(np.diff(group[order]) > 0, [True])[: len(order)]
    mask = np.zeros(len(notes), bool)
    mask[candidates[order[is_top]]] = True
    return mask


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


def split_melody(notes: Notes, *, onset_tolerance_seconds: float, lowest_pitch: int) -> Notes:
    """Return the same notes with `melody` and `accompaniment` as their tracks, by the skyline."""
    mask = skyline(notes, onset_tolerance_seconds=onset_tolerance_seconds, lowest_pitch=lowest_pitch)
    return replace(notes, track=[MELODY if is_melody else ACCOMPANIMENT for is_melody in mask.tolist()])
