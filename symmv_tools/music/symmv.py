"""SymMV's own rules, as its released files show them: skyline, chords, chord files. Defects included.

Zhuo et al., "Video Background Music Generation" (ICCV 2023). Where its text says otherwise, the files
count; docs/explanation/presets.md tells text, files and our own choices apart.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from symmv_tools.music import harte
from symmv_tools.music.chorder import QUALITIES, CellChords, TickNotes, dechord
from symmv_tools.music.chords import Chords, cell_labels, chord_tone_share, run_starts
from symmv_tools.music.notes import Notes, make_notes

TICKS_PER_SECOND = 440
"""The clock of SymMV's MIDI files: 220 ticks per beat at 120 beats per minute, whatever the music's tempo."""

_TICKS_PER_BEAT = 220
_CELL_SECONDS = _TICKS_PER_BEAT / TICKS_PER_SECOND
_TAIL_TICKS = 2  # the file ends one tick after its last note, and to miditoolkit another one later
_LOST_ROOTS = (harte.ROOTS.index("Eb"), harte.ROOTS.index("Bb"))  # the two that chorder spells with flats
_LOST_QUALITY = QUALITIES.index("hdim7")


# --- melody ---------------------------------------------------------------------------------------


class Split(NamedTuple):
    """The two parts of a song, each sorted by (onset, pitch). Some notes have a share in both."""

    melody: Notes
    accompaniment: Notes


def split(notes: Notes) -> Split:
    """Split `notes` by SymMV's skyline, on its clock; `track` is left as it is.

    Of the notes that begin on one tick the highest (of equal ones the longest) is melody until the
    next onset of any note; what sounds on from there is accompaniment, and so are all other notes.
    A highest note that ends before the next onset stays whole and is in both parts.
    """
    top, next_onset = _tops(notes)
    until_next = next_onset - notes.onset[top]
    goes_on = _ticks(next_onset) < _ticks(notes.offset[top])
    melody = notes.take(top)
    melody = replace(melody, duration=np.where(goes_on, until_next, melody.duration))
    onset, duration = notes.onset.copy(), notes.duration.copy()
    onset[top[goes_on]] = next_onset[goes_on]
    duration[top[goes_on]] -= until_next[goes_on]
    return Split(melody, make_notes(onset, duration, notes.pitch, notes.velocity, notes.track))


def _tops(notes: Notes) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the highest note of each onset, and the onset after it in seconds; `inf` after the last."""
    _, first, group = np.unique(_ticks(notes.onset), return_index=True, return_inverse=True)
    order = np.lexsort((notes.duration, notes.pitch, group))
    top = order[np.append(np.diff(group[order]) > 0, [True])[: len(order)]]
    return top, np.append(notes.onset[first[1:]], [np.inf])[: len(top)]


def _ticks(seconds: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.round(seconds * TICKS_PER_SECOND)


# --- chords ---------------------------------------------------------------------------------------


def find_chords(notes: Notes) -> Chords:
    """Return the chords that SymMV's file of this song would hold, with that file's gaps.

    They are chorder's on the accompaniment that `split` leaves, in cells of half a second, without
    bass. The first cell is lost and the last run never written; where there is no chord, where it is
    half-diminished, and where its root is Eb or Bb, the file has a gap.
    """
    accompaniment = split(notes).accompaniment
    cells = _without_first(_cells(accompaniment))
    labels = cell_labels(cells, keep_bass=False)
    first = run_starts(labels)
    grid = np.arange(1, len(labels) + 2, dtype=np.float64) * _CELL_SECONDS
    if len(first) < 2:
        return Chords(np.zeros(0), np.zeros(0), [], np.zeros(0))
    share = chord_tone_share(accompaniment, grid, cells, first)[:-1]
    begin, end = grid[first[:-1]], grid[first[1:]]
    kept = _is_written(cells)[first[:-1]]
    return Chords(begin[kept], (end - begin)[kept], [labels[i] for i in first[:-1][kept]], share[kept])


def _cells(notes: Notes) -> CellChords:
    start, stop = _ticks(notes.onset).astype(np.int64), _ticks(notes.offset).astype(np.int64)
    end = int(stop.max(initial=-_TAIL_TICKS)) + _TAIL_TICKS
    on_clock = TickNotes(start, stop, notes.pitch.astype(np.int64))
    return dechord(on_clock, ticks_per_beat=_TICKS_PER_BEAT, end=end)


def _without_first(cells: CellChords) -> CellChords:
    return CellChords(cells.root[1:], cells.quality[1:], cells.bass[1:])


def _is_written(cells: CellChords) -> NDArray[np.bool_]:
    is_lost = np.isin(cells.root, _LOST_ROOTS) | (cells.quality == _LOST_QUALITY)
    kept: NDArray[np.bool_] = cells.is_complete & ~is_lost
    return kept


def chord_file(chords: Chords) -> str:
    """Return `chords` as a chord file of SymMV's: a line `start end label` for each, in ticks of its clock.

    Labels become SymMV's ten qualities on twelve roots (`Am7`); `N` has no line.
    """
    begin, end = _ticks(chords.time), _ticks(chords.time + chords.duration)
    labels = [harte.symmv10(label) for label in chords.label]
    rows = zip(begin.astype(int).tolist(), end.astype(int).tolist(), labels, strict=True)
    return "".join(f"{from_tick} {to_tick} {label}\n" for from_tick, to_tick, label in rows if label)
