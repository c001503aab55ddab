"""Two metrics as Diff-BGM's notebook computes them, not as MusDr defines them (Li et al., CVPR 2024).

Its names are theirs too: PCHE and GPS. What differs: windows stand side by side and the last one, in
which the last onset lies, is dropped, as is the last bar; a bar has 16 slots; logarithms are of
p + 1e-6; onsets are rounded as music21 does it. What music21 does besides to a performance without a
score, we do not: it ties held notes over bar lines, which the notebook counts as new notes, and makes
pieces longer whose time signatures change or are 1/4 (docs/reference/benchmarks.md, Diffbgm notebook).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

SLOTS = 16
WINDOW_BARS = 8
_EPSILON = 1e-6
_EVEN = 1e-7  # music21 rounds to this before it compares; 7/12 of a quarter is as far from 1/2 as from 2/3


def as_music21_reads(start: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the nearest semiquaver or triplet quaver to each `start`, in quarters; a semiquaver if both are.

    What music21 does to MIDI by default.
    """
    semiquaver, triplet = np.floor(start * 4 + 0.5) / 4, np.floor(start * 3 + 0.5) / 3
    is_nearer = np.abs(start - triplet) < np.abs(start - semiquaver) - _EVEN
    return np.where(is_nearer, triplet, semiquaver)


def side_by_side_entropy(classes: NDArray[np.int64]) -> float:
    """Return the mean pitch-class entropy of windows of eight bars, side by side, in bits.

    `classes` (bars, 12) are all bars from the first to that of the last onset. Windows without notes do
    not count: there the notebook divides zero by zero. NaN if there is no window.
    """
    n_windows = max(0, len(classes) - 1) // WINDOW_BARS
    windows = classes[: n_windows * WINDOW_BARS].reshape(-1, WINDOW_BARS, 12).sum(axis=1)
    sounding = windows[windows.any(axis=1)]
    if not len(sounding):
        return np.nan
    share = sounding / sounding.sum(axis=1, keepdims=True)
    return float(-(share * np.log2(share + _EPSILON)).sum(axis=1).mean())
