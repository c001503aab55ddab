"""Fitness scape plots as the papers and MusDr's Python write them: slow, step by step, nothing saved."""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]
Cell = tuple[int, int]

NEVER = -np.inf


def scape_plot(ssm: Matrix) -> Matrix:
    n = len(ssm)
    scape = np.zeros((n, n))
    for length in range(1, n + 1):
        for start in range(n - length + 1):
            scape[length - 1, start] = fitness(ssm[:, start : start + length])
    return scape


def fitness(segment: Matrix) -> float:
    """Fitness of the segment whose columns of the self-similarity matrix these are."""
    n, length = segment.shape
    best = accumulated(segment)
    score = max(best[-1, 0], best[-1, -1])
    paths = traced(best)
    cells = sum(len(path) for path in paths)
    covered = sum(path[-1][0] - path[0][0] + 1 for path in paths)
    gain, coverage = (score - length) / cells, (covered - length) / n
    if coverage < 0:  # the one place where we differ: 0, not the mean of a negative share
        return 0.0
    return float(2 * gain * coverage / (gain + coverage + 1e-16))


def accumulated(segment: Matrix) -> Matrix:
    """Best score on the way to each cell; column 0 means that no path is under way."""
    n, length = segment.shape
    best = np.full((n, length + 1), NEVER)
    best[0, 0], best[0, 1] = 0.0, segment[0, 0]
    for row in range(1, n):
        best[row, 0] = max(best[row - 1, 0], best[row - 1, -1])
        best[row, 1] = best[row, 0] + segment[row, 0]
        for column in range(2, length + 1):
            steep = best[row - 2, column - 1] if row >= 2 else NEVER
            steps = best[row - 1, column - 1], best[row - 1, column - 2], steep
            best[row, column] = segment[row, column - 1] + max(steps)
    return best


def traced(best: Matrix) -> list[list[Cell]]:
    """The paths of the best family, first cell first, found backwards."""
    last_row, last_column = best.shape[0] - 1, best.shape[1] - 1
    row, column = last_row, (0 if best[-1, -1] < best[-1, 0] else last_column)
    paths: list[list[Cell]] = [[]] if column else []
    while row > 0 or column > 0:
        if column > 0:
            paths[-1].insert(0, (row, column))
        if column == 0:
            ended = best[row - 1, last_column] > best[row - 1, 0]
            row, column = row - 1, (last_column if ended else 0)
            paths += [[]] if ended else []
        elif column == 1:
            column = 0
        else:
            row, column = _predecessor(best, row, column)
    return paths


def _predecessor(best: Matrix, row: int, column: int) -> Cell:
    steps = [(1, 1)]
    steps += [(2, 1)] if row > 2 else []
    steps += [(1, 2)] if column > 2 else []
    cells = [(row - rows, column - columns) for rows, columns in steps]
    return max(cells, key=lambda cell: float(best[cell]))  # the first of equals


def self_similarity(chroma: Matrix) -> Matrix:
    """Cell by cell: the mean along 16 steps of the diagonal, over directions, tempi and transpositions."""
    n = len(chroma)
    similarity = np.zeros((n, n))
    for shift, tempo in itertools.product(range(12), np.geomspace(0.5, 2.0, 7)):
        n_warped = int(np.ceil(round(n / tempo, 9)))
        there = [max(int(np.round((m + 1) / n_warped * n)) - 1, 0) for m in range(n_warped)]
        back = [max(int(np.round((m + 1) / n * n_warped)) - 1, 0) for m in range(n)]
        alike = (chroma @ np.roll(chroma, shift, axis=1).T)[:, there]
        for row, column, way in itertools.product(range(n), range(n), (1, -1)):
            steps = [(row + way * k, back[column] + way * k) for k in range(16)]
            inside = [alike[i, j] for i, j in steps if 0 <= i < n and 0 <= j < n_warped]
            similarity[row, column] = max(similarity[row, column], sum(inside) / 16)
    return _thresholded(similarity)


def _thresholded(similarity: Matrix) -> Matrix:
    least = sorted(similarity.ravel())[round(similarity.size * 0.75)]
    kept = similarity[(similarity >= least) & (similarity > 0)]
    scaled = np.full(similarity.shape, -2.0)
    for cell, value in np.ndenumerate(similarity):
        if value >= least and value > 0:
            scaled[cell] = (value - kept.min()) / (kept.max() - kept.min())
    np.fill_diagonal(scaled, 1.0)
    return scaled


def slow_chroma(fast: Matrix) -> Matrix:
    """Frames of a tenth of a second, (frames, 12), smoothed over 21, every fifth kept, scaled to norm 1."""
    slow = []
    for middle in range(0, len(fast), 5):
        mean = fast[max(middle - 10, 0) : middle + 11].sum(axis=0) / 21
        norm = float(np.sqrt((mean**2).sum()))
        slow.append(mean / norm if norm > 0.001 else np.full(12, 1 / np.sqrt(12)))
    return np.array(slow)
