"""The Dechorder of the library chorder 0.1.4, on arrays: the same chords for the same notes.

Each beat, and each two beats, gets the triad that scores best against how long every pitch class
sounds there; the bass and the sevenths then refine it; two beats share one chord unless both do
better alone. All numbers are whole ticks, so the order of sums changes nothing. Joshua Chang,
https://github.com/joshuachang2311/chorder; `tests/music/test_chorder.py` asks the library.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

QUALITIES = ("maj", "min", "dim", "aug", "sus2", "sus4", "7", "maj7", "min7", "dim7", "hdim7")
"""What chorder can say, in Harte's words. The first six are scored, and of equal scores the first wins."""

_WEIGHTS = np.array(
    [  # by semitones above the root
        [10, -2, -1, -2, 10, -5, -2, 10, -2, -1, -2, 0],
        [10, -2, -1, 10, -2, -5, -2, 10, -1, -2, 0, -2],
        [10, -2, -1, 10, -2, -1, 10, -2, -2, 1, -1, -2],
        [10, -2, -1, -2, 10, -1, -2, -2, 10, -1, -2, 0],
        [10, -2, 5, -2, -1, -5, -2, 5, -2, -1, -2, 0],
        [10, -2, -1, -2, -5, 5, -2, 5, -2, -1, -2, 0],
    ],
    np.float64,
)
_LEAST_SCORE = 10  # per tick: a root that sounds all the time and nothing else
_ONSETS_REMEMBERED = 10
_BASS_SHARE = 8  # the bass is the lowest pitch that sounds an eighth of the cell

# (quality, root above bass in semitones) -> what it is with the bass as its root: Em over C is Cmaj7.
_BY_BASS = {
    ("dim", 4): "7",
    ("dim", 3): "dim7",
    ("maj", 3): "min7",
    ("min", 4): "maj7",
    ("min", 3): "hdim7",
    ("sus2", 5): "sus4",
    ("sus4", 7): "sus2",
}
_NAMED = {name: number for number, name in enumerate(QUALITIES)}


class TickNotes(NamedTuple):
    """Notes on a clock of whole ticks, from `start` to `stop` >= `start`, and `pitch` 0 to 127; all (n,)."""

    start: NDArray[np.int64]
    stop: NDArray[np.int64]
    pitch: NDArray[np.int64]


class CellChords(NamedTuple):
    """The chord of each cell, (cells,): pitch classes `root` and `bass`, `quality` an index of `QUALITIES`.

    -1 stands for none. A chord that lacks one of the three is not complete; chorder prints it as None.
    """

    root: NDArray[np.int64]
    quality: NDArray[np.int64]
    bass: NDArray[np.int64]

    @property
    def is_complete(self) -> NDArray[np.bool_]:
        """Which cells have a whole chord."""
        return np.minimum(np.minimum(self.root, self.quality), self.bass) >= 0


def dechord(notes: TickNotes, *, ticks_per_beat: int, end: int) -> CellChords:
    """Return the chord of each beat that begins before tick `end`.

    Equals chorder's `Dechorder.dechord` on a file with these notes, this resolution and `max_tick = end`,
    also in what surprises: a held note is forgotten in beats before which ten more onsets have followed
    it, and a beat whose neighbour has no chord loses its own unless the two together have one.
    """
    alone, alone_score = _best_chords(notes, ticks_per_beat, end)
    paired, paired_score = _best_chords(notes, 2 * ticks_per_beat, end)
    beat = np.arange(len(alone_score))
    paired_score = paired_score[beat // 2] / 2
    is_better = alone_score >= paired_score
    if len(beat) % 2:  # the last beat has no partner, and then a tie goes to the pair
        is_better[-1] = alone_score[-1] > paired_score[-1]
    partner = np.minimum(beat ^ 1, len(beat) - 1)
    chosen = is_better & is_better[partner]
    return CellChords(*(np.where(chosen, a, p[beat // 2]) for a, p in zip(alone, paired, strict=True)))


def _best_chords(notes: TickNotes, cell_ticks: int, end: int) -> tuple[CellChords, NDArray[np.float64]]:
    """Return the best chord of each cell and its score, which is -1 where no triad scores enough."""
    sounding = _sounding(notes, cell_ticks, -(-end // cell_ticks))
    chroma = np.pad(sounding, ((0, 0), (0, 4))).reshape(len(sounding), 11, 12).sum(axis=1)
    is_heard = np.repeat(chroma > 0, len(_WEIGHTS), axis=1)  # a root has to sound
    scores = np.where(is_heard, chroma @ _TEMPLATES, -np.inf)
    best = scores.argmax(axis=1)
    score = scores[np.arange(len(best)), best]
    is_chord = score >= _LEAST_SCORE * cell_ticks
    bass = _bass(sounding, cell_ticks)
    root, quality = np.divmod(best, len(_WEIGHTS))
    root, quality = _refined(root, quality, bass, chroma)
    chords = CellChords(*(np.where(is_chord, field, -1) for field in (root, quality, bass)))
    return chords, np.where(is_chord, score, -1.0)


def _sounding(notes: TickNotes, cell_ticks: int, cells: int) -> NDArray[np.float64]:
    """Ticks that each pitch sounds in each cell, as far as chorder remembers it; shape (cells, 128)."""
    onsets, number = np.unique(notes.start, return_inverse=True)
    border = np.arange(cells + 1) * cell_ticks
    onsets_before = np.searchsorted(onsets, border[:-1])
    last_remembered = np.searchsorted(onsets_before, number + _ONSETS_REMEMBERED, side="right") - 1
    first = np.maximum(notes.start // cell_ticks, 0)
    last = np.minimum(np.minimum((notes.stop - 1) // cell_ticks, cells - 1), last_remembered)
    count = np.maximum(last - first + 1, 0)
    note = np.repeat(np.arange(len(count)), count)
    cell = first[note] + np.arange(len(note)) - np.repeat(np.cumsum(count) - count, count)
    ticks = np.minimum(notes.stop[note], border[cell + 1]) - np.maximum(notes.start[note], border[cell])
    flat = np.bincount(cell * 128 + notes.pitch[note], ticks.astype(np.float64), cells * 128)
    return flat.astype(np.float64, copy=False).reshape(cells, 128)


def _bass(sounding: NDArray[np.float64], cell_ticks: int) -> NDArray[np.int64]:
    is_long = sounding * _BASS_SHARE >= cell_ticks
    return np.where(is_long.any(axis=1), is_long.argmax(axis=1) % 12, -1)


def _refined(
    root: NDArray[np.int64], quality: NDArray[np.int64], bass: NDArray[np.int64], chroma: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return root and quality, (cells,) each, after a look at the bass and at the sevenths."""
    by_bass = np.where(bass >= 0, _REROOTED[quality, (root - bass) % 12], -1)
    root = np.where(by_bass >= 0, bass, root)
    quality = np.where(by_bass >= 0, by_bass, quality)
    cell = np.arange(len(root))
    minor_7th, major_7th = chroma[cell, (root + 10) % 12], chroma[cell, (root + 11) % 12]
    is_major, is_minor = quality == _NAMED["maj"], quality == _NAMED["min"]
    quality = np.where(is_major & (major_7th > minor_7th), _NAMED["maj7"], quality)
    quality = np.where(is_major & (minor_7th > major_7th), _NAMED["7"], quality)
    return root, np.where(is_minor & (minor_7th > 0), _NAMED["min7"], quality)


def _templates() -> NDArray[np.float64]:
    """`_WEIGHTS` turned to each root: (12 pitch classes, 12 roots x 6 qualities)."""
    return np.stack([np.roll(_WEIGHTS, root, axis=1) for root in range(12)]).reshape(72, 12).T


def _rerooted() -> NDArray[np.int64]:
    """`_BY_BASS` as a table, (qualities, 12); -1 where the bass changes nothing."""
    table = np.full((len(QUALITIES), 12), -1)
    for (quality, above_bass), result in _BY_BASS.items():
        table[_NAMED[quality], above_bass] = _NAMED[result]
    return table


_TEMPLATES = _templates()
_REROOTED = _rerooted()
