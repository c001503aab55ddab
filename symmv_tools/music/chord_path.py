"""From evidence to chord labels: a chord stays until another is worth the change."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from symmv_tools.music.chord_features import Cells
from symmv_tools.music.chords import Chords
from symmv_tools.music.harte import NO_CHORD, QUALITIES, Chord

_QUALITIES = tuple(QUALITIES)
CHORDS = 12 * len(_QUALITIES) + 1
"""Classes of the chord network: by root, then by quality in the order of `QUALITIES`; the last is `N`."""


def chord_class(chord: Chord | None) -> int:
    """Return the class of a chord, `N` being None."""
    return CHORDS - 1 if chord is None else chord.root * len(_QUALITIES) + _QUALITIES.index(chord.quality)


def moved(chord: NDArray[np.float64], semitones: int) -> NDArray[np.float64]:
    """Return (cells, CHORDS) with the roots moved up by `semitones`."""
    by_root = chord[:, :-1].reshape(len(chord), 12, -1)
    return np.concatenate(
        [np.roll(by_root, semitones, axis=1).reshape(len(chord), -1), chord[:, -1:]], axis=1
    )


def likeliest_chords(
    evidence: NDArray[np.float64],
    cells: Cells,
    end: float,
    *,
    change_cost: float,
    bass: NDArray[np.int64] | None = None,
) -> Chords:
    """Return the likeliest sequence of chords from time 0, or the first cell, to `end` (seconds) or the last.

    `evidence` (cells, CHORDS) are log-probabilities; each change costs `change_cost` nats. With the `bass`
    of each cell, (cells,) pitches or -1, inversions are told by the degree that lies lowest longest:
    `C:maj/3`. `confidence` is the mean probability of a chord over its cells.
    """
    path = _best_path(evidence, change_cost)
    first = np.flatnonzero(np.diff(path, prepend=-1))
    last = np.append(first[1:], len(path))
    probability = np.exp(evidence[np.arange(len(path)), path])
    confidence = np.add.reduceat(probability, first) / (last - first)
    border = np.clip(cells.border, 0.0, max(end, float(cells.border[-2])))
    begin, stop = border[first], border[last]
    kept = np.flatnonzero(stop > begin)  # cells may begin before time 0 and go on after the end
    label = [_label(int(path[first[i]]), None if bass is None else bass[first[i] : last[i]]) for i in kept]
    return Chords(begin[kept], (stop - begin)[kept], label, confidence[kept])


def _label(chord: int, bass: NDArray[np.int64] | None) -> str:
    if chord == CHORDS - 1:
        return NO_CHORD
    root, quality = divmod(chord, len(_QUALITIES))
    lowest = np.zeros(0, np.int64) if bass is None else bass[bass >= 0] % 12
    above = (int(np.bincount(lowest).argmax()) - root) % 12 if len(lowest) else 0
    return Chord(root, _QUALITIES[quality], above).label


def _best_path(score: NDArray[np.float64], change_cost: float) -> NDArray[np.int64]:
    """Viterbi where every change costs the same: stay, or come from the best of all."""
    cells, chords = score.shape
    best = score[0]
    came_from = np.empty((cells, chords), np.int64)
    for cell in range(1, cells):
        leader = int(best.argmax())
        change = best[leader] - change_cost
        came_from[cell] = np.where(best >= change, np.arange(chords), leader)
        best = np.maximum(best, change) + score[cell]
    path = np.empty(cells, np.int64)
    path[-1] = best.argmax()
    for cell in range(cells - 1, 0, -1):
        path[cell - 1] = came_from[cell, path[cell]]
    return path
