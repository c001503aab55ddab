"""What a song looks like to the chord network: pitch classes in half-beats, counted from the song's tonic.

Half a beat is fine enough to hold chord changes even where beats were found at half their tempo. Because
pitch classes count from the tonic, a transposed song looks the same, and its chords are transposed with it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from symmv_tools.music.keys import PROFILES
from symmv_tools.music.notes import Notes

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

CELLS_PER_BEAT = 2
_RASTER_SECONDS = 0.25  # half a beat at 120 a minute, where nobody knows the beats
_EARLY = 0.1  # an onset so shortly before a cell, in cells, belongs to it
_LONG = 3.0  # cells; a struck note counts by its length up to this
_LEAST_SHARE = 0.25  # of a cell that a note must sound to be its bass
_LOWEST_BASS = 5  # semitones below the song's median: where accompaniment begins to be bass
_POSITIONS = 4  # positions in the bar that are told apart


class Cells(NamedTuple):
    """Half-beats: `border` (cells + 1,) seconds, and of each cell its beat's `position` in the bar.

    Position 0 means that it is not known. `is_offbeat` marks second halves.
    """

    border: Floats
    position: Ints
    is_offbeat: NDArray[np.bool_]


def half_beats(notes: Notes, beat: Floats, position: NDArray[np.uint8]) -> Cells:
    """Return cells of half a beat that cover all of `notes`; outside the known beats they go on evenly.

    `beat` in seconds and `position` (1 = downbeat) have shape (beats,). With fewer than two beats, the
    cells are a raster of quarter seconds.
    """
    if len(beat) < 2:
        return _raster(notes.end)
    length = float(np.median(np.diff(beat)))
    before = max(0, int(np.ceil((beat[0] - notes.onset[0]) / length - 1e-9)))
    after = max(1, int(np.ceil((notes.end - beat[-1]) / length - 1e-9)))
    head, tail = beat[0] - length * np.arange(before, 0, -1), beat[-1] + length * np.arange(1, after + 1)
    whole = np.concatenate([head, beat, tail])
    bar = max(2, int(np.bincount(position).argmax()), int(position.max()))
    places = np.concatenate(
        [
            (int(position[0]) - 1 - np.arange(before, 0, -1)) % bar + 1,
            position.astype(np.int64),
            (int(position[-1]) - 1 + np.arange(1, after)) % bar + 1,
        ]
    )
    cells = (len(whole) - 1) * CELLS_PER_BEAT
    border = np.interp(np.arange(cells + 1) / CELLS_PER_BEAT, np.arange(len(whole)), whole)
    return Cells(border, np.repeat(places, CELLS_PER_BEAT), np.arange(cells) % CELLS_PER_BEAT > 0)


def _raster(end: float) -> Cells:
    cells = max(1, int(np.ceil(end / _RASTER_SECONDS - 1e-9)))
    border = np.arange(cells + 1, dtype=np.float64) * _RASTER_SECONDS
    return Cells(border, np.zeros(cells, np.int64), np.zeros(cells, bool))


def tonics(notes: Notes) -> list[int]:
    """Return the pitch class of the song's major tonic (a minor key counts as its relative major).

    By correlation with the Aarden-Essen profiles; several where keys fit equally well, as in a tritone alone.
    """
    histogram = np.bincount(notes.pitch % 12, notes.duration, minlength=12)
    fits = np.zeros(12)
    for profile, relative in zip(PROFILES["aarden-essen"], (0, 3), strict=True):
        centred = np.array(profile) - np.mean(profile)
        fit = [centred / np.linalg.norm(centred) @ np.roll(histogram, -tonic) for tonic in range(12)]
        fits = np.maximum(fits, np.roll(fit, relative)) if relative else np.array(fit)
    return np.flatnonzero(fits >= fits.max() - 1e-9 * max(1.0, abs(fits.max()))).tolist()


# --- the features ---------------------------------------------------------------------------------


def cell_features(notes: Notes, cells: Cells, tonic: int) -> NDArray[np.float32]:
    """Return what the network sees, (cells, features), pitch classes counting from `tonic`."""
    sounding = _sounding(notes, cells.border)
    pitch = notes.pitch.astype(np.int64)
    median = int(np.sort(pitch)[(len(pitch) - 1) // 2])
    chroma = _chroma(sounding, pitch, tonic)
    is_low = pitch[sounding.note] < median - _LOWEST_BASS
    low = _chroma(sounding.where(is_low), pitch, tonic)
    bass = _bass(sounding, pitch)
    begin, end = (
        np.interp(time, cells.border, np.arange(sounding.cells + 1)) for time in (notes.onset, notes.offset)
    )
    struck_in = np.clip((begin + _EARLY).astype(np.int64), 0, sounding.cells - 1)
    struck = np.zeros((sounding.cells, 12))
    np.add.at(struck, (struck_in, (pitch - tonic) % 12), np.minimum((end - begin) / _LONG, 1.0) + 0.1)
    struck_bass = _lowest(struck_in, pitch, sounding.cells, np.ones(len(pitch), bool))
    amount = chroma.sum(axis=1, keepdims=True)
    columns = [
        np.minimum(chroma, 2.0),
        2.0 * chroma / np.maximum(amount, 1e-6),
        np.minimum(low, 2.0),
        _one_hot_class(bass, tonic),
        np.minimum(struck, 2.0),
        _one_hot_class(struck_bass, tonic),
        (cells.position[:, None] == np.arange(1, _POSITIONS + 1)).astype(float),
        cells.is_offbeat[:, None],
        np.log1p(amount),
        amount > 0,
        np.where(bass >= 0, (bass - median) / 12, 0.0)[:, None],
        _relative_length(cells.border)[:, None],
    ]
    return np.concatenate(columns, axis=1).astype(np.float32)


def cell_bass(notes: Notes, cells: Cells) -> Ints:
    """Return the lowest pitch that sounds in each cell for a while, (cells,); -1 where nothing sounds."""
    return _bass(_sounding(notes, cells.border), notes.pitch.astype(np.int64))


def _bass(sounding: _Sounding, pitch: Ints) -> Ints:
    long_enough = sounding.share >= _LEAST_SHARE - 1e-9
    return _lowest(sounding.cell, pitch[sounding.note], sounding.cells, long_enough)


class _Sounding(NamedTuple):
    """Which note sounds in which cell, for which share of it: one entry per pair."""

    note: Ints
    cell: Ints
    share: Floats
    cells: int

    def where(self, mask: NDArray[np.bool_]) -> _Sounding:
        return self._replace(note=self.note[mask], cell=self.cell[mask], share=self.share[mask])


def _sounding(notes: Notes, border: Floats) -> _Sounding:
    cells = len(border) - 1
    first = np.clip(np.searchsorted(border, notes.onset, "right") - 1, 0, cells - 1)
    last = np.clip(np.searchsorted(border, notes.offset, "left") - 1, first, cells - 1)
    count = last - first + 1
    note = np.repeat(np.arange(len(notes)), count)
    cell = first[note] + np.arange(len(note)) - np.repeat(np.cumsum(count) - count, count)
    begin, end = border[cell], border[cell + 1]
    overlap = np.minimum(notes.offset[note], end) - np.maximum(notes.onset[note], begin)
    return _Sounding(note, cell, np.maximum(overlap, 0.0) / (end - begin), cells)


def _chroma(sounding: _Sounding, pitch: Ints, tonic: int) -> Floats:
    chroma = np.zeros((sounding.cells, 12))
    np.add.at(chroma, (sounding.cell, (pitch[sounding.note] - tonic) % 12), sounding.share)
    return chroma


def _lowest(cell: Ints, pitch: Ints, cells: int, counts: NDArray[np.bool_]) -> Ints:
    """Lowest pitch in each cell of those that count, else of any; -1 where there is none."""
    nobody = 1000
    counting = np.full(cells, nobody, np.int64)
    any_ = counting.copy()
    np.minimum.at(counting, cell[counts], pitch[counts])
    np.minimum.at(any_, cell, pitch)
    lowest: Ints = np.where(counting < nobody, counting, any_)
    lowest[lowest == nobody] = -1
    return lowest


def _one_hot_class(pitch: Ints, tonic: int) -> Floats:
    """One column per pitch class; nothing where `pitch` is -1."""
    hot = (((pitch - tonic) % 12)[:, None] == np.arange(12)) & (pitch >= 0)[:, None]
    columns: Floats = hot.astype(np.float64)
    return columns


def _relative_length(border: Floats) -> Floats:
    length = np.diff(border)
    octaves: Floats = np.log2(length / np.median(length))
    return octaves
