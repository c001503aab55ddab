"""The self-similarity matrix under a fitness scape plot: which moment sounds like which other."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from symmv_tools.evaluation.structure.compiling import compiled

Matrix = NDArray[np.float64]

PENALTY = 2.0
"""What a moment costs that resembles no other."""

_SMOOTHED = 16  # frames in a row that must be alike: eight seconds
_TEMPI = np.exp(np.linspace(np.log(0.5), np.log(2.0), 7))
_KEPT = 0.25  # share of the cells that count as alike


def self_similarity(chroma: NDArray[np.float64]) -> Matrix:
    """Return how alike the moments of `chroma` (n, 12), rows of norm 1, are: (n, n), -2 to 1.

    The quarter of the cells that is most alike runs from 0 to 1, the others hold -2, the diagonal 1. Alike
    are two moments if eight seconds from them on, or up to them, have similar chroma, in any of twelve
    transpositions, the column's time running at any of seven tempi from half to double. Time is warped in
    columns only, so the matrix is nearly symmetric, not quite.

    FMP notebooks C4S2 (Müller and Zalkow, ISMIR 2019) with MusDr's parameters. Where all cells that are
    kept are equal they hold their similarity, and 0 stands for the others, as there.
    """
    similarity = np.zeros((len(chroma), len(chroma)))
    for shift in range(12):
        alike = chroma @ np.roll(chroma, shift, axis=1).T
        for tempo in _TEMPI:
            _smooth(alike, *_warps(len(chroma), float(tempo)), similarity)
    scaled = _thresholded(similarity)
    np.fill_diagonal(scaled, 1.0)
    return scaled


def _warps(n: int, tempo: float) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Which of n columns stands at each of the columns at `tempo`, and which of those at each of the n."""
    n_warped = int(np.ceil(n / tempo))
    return _stretched(n, n_warped), _stretched(n_warped, n)


def _stretched(n: int, n_new: int) -> NDArray[np.int64]:
    index = np.round(np.arange(1, n_new + 1) / n_new * n) - 1
    return np.maximum(index, 0).astype(np.int64)


@compiled
def _smooth(alike: Matrix, there: NDArray[np.int64], back: NDArray[np.int64], similarity: Matrix) -> None:
    """Raise `similarity` to the mean of `alike` along 16 steps of the diagonal, forwards or backwards.

    `there` and `back` warp the columns before and after. Beyond the ends stands nothing: zeros are averaged.
    """
    n, n_warped = len(back), len(there)
    warped = np.empty((n, n_warped))
    for row in range(n):
        for column in range(n_warped):
            warped[row, column] = alike[row, there[column]]
    forwards, backwards = np.empty(n_warped), np.empty(n_warped)
    for row in range(n):
        forwards[:], backwards[:] = 0.0, 0.0
        for step in range(min(_SMOOTHED, n_warped)):
            if row + step < n:
                cells = warped[row + step, step:]
                for column in range(n_warped - step):
                    forwards[column] += cells[column]
            if row >= step:
                cells, sums = warped[row - step], backwards[step:]
                for column in range(n_warped - step):
                    sums[column] += cells[column]
        for column in range(n):
            best = max(forwards[back[column]], backwards[back[column]]) / _SMOOTHED
            similarity[row, column] = max(similarity[row, column], best)


def _thresholded(similarity: Matrix) -> Matrix:
    n_dropped = round(similarity.size * (1 - _KEPT))
    least = np.partition(similarity, n_dropped, axis=None)[n_dropped]
    kept = similarity >= least
    lowest, highest = similarity[kept & (similarity > 0)].min(initial=np.inf), similarity.max()
    if highest <= lowest:
        return np.where(kept, np.minimum(similarity, 1.0), 0.0)  # rounding makes 1.0000000000000002
    return np.where(kept & (similarity > 0), (similarity - lowest) / (highest - lowest), -PENALTY)
