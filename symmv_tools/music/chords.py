"""Chords of cells of time, one per beat or raster cell, in Harte syntax, by chorder's rules.

chorder counts in whole ticks, so the notes are put on a clock of their own whose beats are the
song's. Of the eleven qualities it knows, it grants dim7 and hdim7 rarely: a plain voicing of either
is `dim` to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from symmv_tools.music import harte
from symmv_tools.music.chorder import QUALITIES, CellChords, TickNotes, dechord
from symmv_tools.music.notes import Notes

_TICKS_PER_BEAT = 480


class Chords(NamedTuple):
    """Chords in order of time: `label` from `time` on for `duration` seconds.

    `confidence` is the share of the sounding time that chord tones take, and 0 for `N`.
    """

    time: NDArray[np.float64]
    duration: NDArray[np.float64]
    label: list[str]
    confidence: NDArray[np.float64]


def find_chords(notes: Notes, grid: NDArray[np.float64], *, keep_bass: bool) -> Chords:
    """Return the chord of every cell of `grid`, equal neighbours merged, no gaps; empty without notes.

    `grid` (cells + 1,) holds the borders of the cells in seconds, see `beat_grid`. A cell in which
    no chord is complete is `N`. With `keep_bass`, inversions are told by degree: `C:maj/3`.
    """
    if len(notes) == 0:
        return Chords(np.zeros(0), np.zeros(0), [], np.zeros(0))
    cells = dechord(
        _on_clock(notes, grid), ticks_per_beat=_TICKS_PER_BEAT, end=(len(grid) - 1) * _TICKS_PER_BEAT
    )
    labels = cell_labels(cells, keep_bass=keep_bass)
    first = run_starts(labels)
    border = np.clip(grid, 0.0, max(notes.end, grid[-2]))
    begin, end = border[first], border[np.append(first[1:], len(labels))]
    share = chord_tone_share(notes, grid, cells, first)
    kept = end > begin  # the grid may begin before time 0 and go on after the end
    return Chords(begin[kept], (end - begin)[kept], [labels[i] for i in first[kept]], share[kept])


def _on_clock(notes: Notes, grid: NDArray[np.float64]) -> TickNotes:
    """Put `notes` on a clock whose beats are the borders of `grid`; every note lasts at least a tick."""
    clock = np.arange(len(grid)) * _TICKS_PER_BEAT
    start = np.round(np.interp(notes.onset, grid, clock)).astype(np.int64)
    stop = np.round(np.interp(notes.offset, grid, clock)).astype(np.int64)
    return TickNotes(start, np.maximum(stop, start + 1), notes.pitch.astype(np.int64))


def cell_labels(cells: CellChords, *, keep_bass: bool) -> list[str]:
    """Return the chord of each cell in Harte's syntax, `N` where it is not complete."""
    bass = (cells.bass - cells.root) % 12 if keep_bass else np.zeros_like(cells.root)
    columns = (cells.root, cells.quality, bass, cells.is_complete)
    return [
        harte.Chord(root, QUALITIES[quality], above_root).label if is_complete else harte.NO_CHORD
        for root, quality, above_root, is_complete in zip(*(c.tolist() for c in columns), strict=True)
    ]


def run_starts(labels: Sequence[str]) -> NDArray[np.int64]:
    """Return the indices at which another label begins, 0 being the first; empty without labels."""
    return np.array([i for i, label in enumerate(labels) if i == 0 or label != labels[i - 1]], np.int64)


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


# --- how well a chord fits ------------------------------------------------------------------------


def chord_tone_share(
    notes: Notes, grid: NDArray[np.float64], cells: CellChords, first: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Share of chord tones in the runs of cells that begin at `first`, and go on until the next; (runs,).

    It is 0 where there is no chord or nothing sounds.
    """
    chroma = _chroma(notes, grid)
    steps = (np.arange(12) - cells.root[:, None]) % 12  # of each pitch class above the root
    is_tone = _TONES[cells.quality[:, None], steps] & cells.is_complete[:, None]
    inside = np.add.reduceat((chroma * is_tone).sum(axis=1), first)
    total = np.add.reduceat(chroma.sum(axis=1), first)
    share: NDArray[np.float64] = inside / np.maximum(total, 1e-9)
    return share


_TONES = np.array([[step in harte.QUALITIES[name] for step in range(12)] for name in QUALITIES])


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
