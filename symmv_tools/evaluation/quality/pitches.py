"""What a piece's pitches are: scale, entropy, range. Counts in, floats out; there must be a note."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_MAJOR = (0, 2, 4, 5, 7, 9, 11)
_MINOR = (0, 2, 3, 5, 7, 8, 10)  # natural: the sets of the twelve majors once more, but MusPy looks at both


def _scales() -> NDArray[np.int64]:
    """(24, 12): 1 where the pitch class belongs to the scale."""
    inside = np.zeros((24, 12), np.int64)
    for scale in range(24):
        degrees = _MAJOR if scale < 12 else _MINOR
        inside[scale, [(scale + degree) % 12 for degree in degrees]] = 1
    return inside


_SCALES = _scales()


def scale_consistency(pitch_classes: NDArray[np.integer]) -> float:
    """Return the largest share of notes that one major or natural minor scale holds.

    `pitch_classes` (12,) are numbers of notes. MusPy's `scale_consistency` (Mogren, C-RNN-GAN, 2016).
    """
    return float((_SCALES @ pitch_classes).max() / pitch_classes.sum())


def entropies(counts: NDArray[np.integer]) -> NDArray[np.float64]:
    """Return the Shannon entropy of each histogram along the last axis, in bits; none may be empty."""
    # -sum c/n log c/n = log n - (sum c log c)/n, which needs no share and no log of nothing.
    total = counts.sum(axis=-1)
    entropy: NDArray[np.float64] = np.log2(total) - (counts * np.log2(np.maximum(counts, 1))).sum(-1) / total
    return np.maximum(entropy, 0.0)


def pitch_range(pitches: NDArray[np.integer]) -> float:
    """Return the semitones from the lowest to the highest pitch with a note; `pitches` (128,) are counts.

    MusPy's `pitch_range`.
    """
    used = np.flatnonzero(pitches)
    return float(used[-1] - used[0])
