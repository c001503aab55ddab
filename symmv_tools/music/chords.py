"""Chords by chorder, one per beat, in Harte syntax.

chorder counts in MIDI ticks and cuts by its `ticks_per_beat`, so the notes are put on a clock of
their own whose beats are the song's. Ticks do not leave this file. Of the eleven qualities chorder
knows, it grants dim7 and hdim7 rarely: a plain voicing of either is `dim` to it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from chorder import Chord, Dechorder
from miditoolkit import Instrument, MidiFile, Note
from numpy.typing import NDArray

from symmv_tools.music.notes import Notes

NO_CHORD = "N"

_TICKS_PER_BEAT = 480
_WINDOW_BEATS = 64  # chorder's time grows with the square of the length; even, because it pairs beats

_HARTE = {
    "M": "maj",
    "m": "min",
    "o": "dim",
    "+": "aug",
    "7": "7",
    "M7": "maj7",
    "m7": "min7",
    "o7": "dim7",
    "/o7": "hdim7",
    "sus2": "sus2",
    "sus4": "sus4",
}
_DEGREES = ("1", "b2", "2", "b3", "3", "4", "b5", "5", "b6", "6", "b7", "7")


class Chords(NamedTuple):
    """Chords without gaps: `label` from `time` on for `duration` seconds.

    `confidence` is the share of the sounding time that chord tones take, and 0 for `N`.
    """

    time: NDArray[np.float64]
    duration: NDArray[np.float64]
    label: list[str]
    confidence: NDArray[np.float64]


def find_chords(notes: Notes, grid: NDArray[np.float64], *, keep_bass: bool) -> Chords:
    """Return the chord of every cell of `grid`, equal neighbours merged; empty without notes.

    `grid` (cells + 1,) holds the borders of the cells in seconds, see `beat_grid`. A cell in which
    no chord is complete is `N`. With `keep_bass`, inversions are told by degree: `C:maj/3`.
    """
    if len(notes) == 0:
        return Chords(np.zeros(0), np.zeros(0), [], np.zeros(0))
    chords = list(_chord_of_each_cell(notes, grid))
    labels = [_label(chord, keep_bass) for chord in chords]
    border = np.clip(grid, 0.0, max(notes.end, grid[-2]))
    first = np.array([i for i, label in enumerate(labels) if i == 0 or label != labels[i - 1]])
    begin, end = border[first], border[np.append(first[1:], len(labels))]
    share = _chord_tone_share(_chroma(notes, grid), chords, first)
    kept = end > begin  # the grid may begin before time 0 and go on after the end
    return Chords(begin[kept], (end - begin)[kept], [labels[i] for i in first[kept]], share[kept])


# --- the grid -------------------------------------------------------------------------------------


def beat_grid(notes: Notes, beat: NDArray[np.float64], position: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Borders of cells of one beat that cover all of `notes`.

    `beat` holds at least two times in seconds. Before the first and after the last, beats go on as
    long as the median beat. chorder weighs each two beats against one chord for both; the grid begins so
    that these two start on an odd `position` in the bar (POP909 701-800: majmin .891 so, .820 on even ones).
    """
    length = float(np.median(np.diff(beat)))
    first_onset = float(notes.onset.min(initial=beat[0]))
    before = int(np.ceil((beat[0] - first_onset) / length - 1e-9))
    before += (before + int(position[0]) + 1) % 2
    after = max(1, int(np.ceil((notes.end - beat[-1]) / length - 1e-9)))
    head = beat[0] - length * np.arange(before, 0, -1)
    return np.concatenate([head, beat, beat[-1] + length * np.arange(1, after + 1)])


def raster(notes: Notes, cell_seconds: float) -> NDArray[np.float64]:
    """Borders of equal cells from time 0 to the end of `notes`, for songs without beats."""
    cells = max(1, int(np.ceil(notes.end / cell_seconds - 1e-9)))
    borders: NDArray[np.float64] = np.arange(cells + 1, dtype=np.float64) * cell_seconds
    return borders


# --- asking chorder -------------------------------------------------------------------------------


def _chord_of_each_cell(notes: Notes, grid: NDArray[np.float64]) -> Iterator[Chord]:
    clock = np.arange(len(grid)) * _TICKS_PER_BEAT
    start = np.round(np.interp(notes.onset, grid, clock)).astype(int)
    stop = np.maximum(np.round(np.interp(notes.offset, grid, clock)).astype(int), start + 1)
    for first in range(0, len(grid) - 1, _WINDOW_BEATS):
        cells = min(_WINDOW_BEATS, len(grid) - 1 - first)
        begin, end = first * _TICKS_PER_BEAT, (first + cells) * _TICKS_PER_BEAT
        inside = (start < end) & (stop > begin)
        window = zip(notes.pitch[inside].tolist(), start[inside] - begin, stop[inside] - begin, strict=True)
        yield from _ask_chorder([Note(64, pitch, int(a), int(b)) for pitch, a, b in window], cells)


def _ask_chorder(window: list[Note], cells: int) -> list[Chord]:
    midi = MidiFile(ticks_per_beat=_TICKS_PER_BEAT)
    midi.max_tick = cells * _TICKS_PER_BEAT
    piano = Instrument(program=0)
    piano.notes = window
    midi.instruments = [piano]
    chords: list[Chord] = Dechorder.dechord(midi)
    return chords


def _label(chord: Chord, keep_bass: bool) -> str:
    if not chord.is_complete():
        return NO_CHORD
    label = f"{chord.root()}:{_HARTE[chord.quality]}"
    above_root = (chord.bass_pc - chord.root_pc) % 12
    return f"{label}/{_DEGREES[above_root]}" if keep_bass and above_root else label


# --- how well a chord fits ------------------------------------------------------------------------


def _chroma(notes: Notes, grid: NDArray[np.float64]) -> NDArray[np.float64]:
    """Seconds that each pitch class sounds in each cell, shape (cells, 12)."""
    cells = len(grid) - 1
    first = np.clip(np.searchsorted(grid, notes.onset, side="right") - 1, 0, cells - 1)
    last = np.clip(np.searchsorted(grid, notes.offset, side="left") - 1, first, cells - 1)
    count = last - first + 1
    note = np.repeat(np.arange(len(notes)), count)
    cell = first[note] + np.arange(len(note)) - np.repeat(np.cumsum(count) - count, count)
    sounding = np.minimum(notes.offset[note], grid[cell + 1]) - np.maximum(notes.onset[note], grid[cell])
    chroma = np.zeros((cells, 12))
    np.add.at(chroma, (cell, notes.pitch[note] % 12), np.maximum(sounding, 0.0))
    return chroma


def _chord_tone_share(
    chroma: NDArray[np.float64], chords: list[Chord], first: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Share of chord tones in the runs of cells that begin at `first`; 0 where nothing sounds."""
    is_tone = np.zeros(chroma.shape)
    for i, chord in enumerate(chords):
        if chord.is_complete():
            is_tone[i, [(chord.root_pc + step) % 12 for step in Dechorder.chord_maps[chord.quality]]] = 1.0
    inside = np.add.reduceat((chroma * is_tone).sum(axis=1), first)
    total = np.add.reduceat(chroma.sum(axis=1), first)
    share: NDArray[np.float64] = inside / np.maximum(total, 1e-9)
    return share
