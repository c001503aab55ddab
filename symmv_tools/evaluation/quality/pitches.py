"""What a piece's pitches are: scale, entropy, range. Counts in, floats out; NaN where there is no note."""

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
    n = pitch_classes.sum()
    return float((_SCALES @ pitch_classes).max() / n) if n else np.nan


def entropies(counts: NDArray[np.integer]) -> NDArray[np.float64]:
    """Return the Shannon entropy of each histogram along the last axis, in bits; NaN for an empty one."""
    total = counts.sum(axis=-1, keepdims=True)
    share = np.divide(counts, total, out=np.full(counts.shape, np.nan), where=total > 0)
    bits = share * np.log2(share, out=np.zeros_like(share), where=share != 0)
    entropy: NDArray[np.float64] = 0.0 - bits.sum(axis=-1)
    return entropy


def pitch_range(pitches: NDArray[np.integer]) -> float:
    """Return the semitones from the lowest to the highest pitch with a note; `pitches` (128,) are counts.

    MusPy's `pitch_range`, which says 0 where there is no note, and -127 where all are drums; we NaN.
    """
    used = np.flatnonzero(pitches)
    return float(used[-1] - used[0]) if len(used) else np.nan
