"""The dynamic programs under a fitness scape plot, compiled by numba.

Rows of a self-similarity matrix are the whole recording, columns are the segment under question. A path
runs through the segment from its first to its last column in steps (1, 1), (2, 1) and (1, 2) in rows and
columns: one repetition of the segment, up to twice as fast or slow. A path family is a set of paths that
share no row. Müller, Jiang and Grosche, "A robust fitness measure for capturing repetitions in music
recordings with applications to audio thumbnailing", IEEE TASLP 21(3), 2013, section III.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from symmv_tools.evaluation.structure.compiling import compiled

Matrix = NDArray[np.float64]

_ROW = 1.0
_CELL = 1048576.0  # a path's cells and rows are counted in one float: cells x 2**20 + rows, both below 2**20


@compiled
def _fitness(score: float, cells: float, rows: float, length: int, n_rows: int) -> float:
    if rows < length:  # libfmp's mean of a negative share can be anything, 2.0 for one
        return 0.0
    gain = (score - length) / cells
    coverage = (rows - length) / n_rows
    return 2 * gain * coverage / (gain + coverage + 1e-16)


@compiled
def fitness_of_segment(ssm: Matrix, start: int, length: int) -> float:
    """Return the fitness of columns `start` to `start + length - 1` of `ssm`, (n, n), no entry above 1.

    The harmonic mean of two shares: the score of the best path family per cell and the share of the
    recording it covers, what the segment gains by explaining itself taken off both.

    Ties and edges are those of MusDr and libfmp 1.3.0: docs/explanation/structure.md lists them. One long
    function because the loops over columns are eight times slower in functions of their own.
    """
    n_rows = ssm.shape[0]
    # Two columns stand before the segment's first, so that no step leaves the row; they stay at -inf.
    before = np.full(length + 2, -np.inf)
    earlier = np.full(length + 2, -np.inf)
    now = np.full(length + 2, -np.inf)
    before_count = np.zeros(length + 2)
    earlier_count = np.zeros(length + 2)
    now_count = np.zeros(length + 2)
    outside, outside_count = 0.0, 0.0  # best value with no path under way
    for row in range(n_rows):
        outside_before = outside
        if row > 0 and before[length + 1] > outside:
            outside, outside_count = before[length + 1], before_count[length + 1]
        now[2] = outside + ssm[row, start]
        now_count[2] = outside_count + _CELL + _ROW
        if length > 1:
            # The score lets a path begin in the second column, the family it is traced to does not.
            entry = outside_before if row > 0 else -np.inf
            now[3] = ssm[row, start + 1] + max(before[2], entry, earlier[2])
            now_count[3] = before_count[2] + _CELL + _ROW
            if row > 2 and earlier[2] > before[2]:
                now_count[3] = earlier_count[2] + _CELL + 2 * _ROW
        cells = ssm[row, start : start + length]
        for column in range(2, length):
            now[column + 2] = cells[column] + max(before[column + 1], before[column], earlier[column + 1])
        for column in range(2, length):  # apart from the scores: so both loops take several columns at once
            diagonal, steep, flat = before[column + 1], earlier[column + 1], before[column]
            count = before_count[column + 1] + _CELL + _ROW
            if steep > diagonal:
                count = earlier_count[column + 1] + _CELL + 2 * _ROW
            if flat > max(diagonal, steep):
                count = before_count[column] + _CELL + _ROW
            now_count[column + 2] = count
        earlier, before, now = before, now, earlier
        earlier_count, before_count, now_count = before_count, now_count, earlier_count
    score, count = before[length + 1], before_count[length + 1]
    if score < outside:
        score, count = outside, outside_count
    n_cells = np.floor(count / _CELL)
    return _fitness(score, n_cells, count - n_cells * _CELL, length, n_rows)


@compiled
def scape_plot_of(ssm: Matrix) -> Matrix:
    """Fitness of every segment: entry [length - 1, start], zero where no such segment lies."""
    n = ssm.shape[0]
    scape = np.zeros((n, n))
    for length in range(1, n + 1):
        for start in range(n - length + 1):
            scape[length - 1, start] = fitness_of_segment(ssm, start, length)
    return scape
