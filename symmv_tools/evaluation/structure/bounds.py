"""How fit can segments be that start and end near each other? An upper bound from two dynamic programs.

We compare the path families of all segments at once: a path may begin in any of their first columns and stop
in any of their last ones. `fitness_bound` says why that bounds the fitness.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from symmv_tools.evaluation.structure.compiling import compiled

Matrix = NDArray[np.float64]

_BONUS = 0.7  # of a steep step; between 0.6 and 1.0 the search takes about as long
_SCORES, _SIZES = 16, 32  # how finely scores and numbers of cells are told apart


@compiled
def highest_score(
    ssm: Matrix, first_start: int, last_start: int, first_end: int, last_end: int, bonus: float
) -> float:
    """Return a score that no path family of a segment exceeds whose start and end lie in these columns.

    `last_start` and `last_end` are included. To the score of a family comes `bonus` for each steep step,
    (2, 1). A path may begin one column late, as in the score of `fitness_of_segment`.
    """
    width = last_end - first_start + 1
    before = np.full(width + 2, -np.inf)  # as there, two columns stand before the first
    earlier = np.full(width + 2, -np.inf)
    now = np.full(width + 2, -np.inf)
    n_starts = min(last_start - first_start + 2, width)
    outside = 0.0
    for row in range(ssm.shape[0]):
        for end in range(max(first_end - first_start, 0), width):
            outside = max(outside, before[end + 2])
        cells = ssm[row, first_start : last_end + 1]
        for column in range(width):
            steps = max(before[column + 1], before[column], earlier[column + 1] + bonus)
            now[column + 2] = cells[column] + steps
        for column in range(n_starts):
            now[column + 2] = max(now[column + 2], cells[column] + outside)
        earlier, before, now = before, now, earlier
    for end in range(max(first_end - first_start, 0), width):
        outside = max(outside, before[end + 2])
    return outside


@compiled
def fitness_bound(
    ssm: Matrix,
    first_start: int,
    last_start: int,
    first_end: int,
    last_end: int,
    length: int,
    penalty: float,
) -> float:
    """Return a fitness that no segment of `length` or more columns exceeds whose start and end lie here.

    No entry of `ssm` is above 1 or below -`penalty`. Let a segment have the score s, and k cells, b steep
    steps, so k + b rows, in the family that is traced. Its fitness is the harmonic mean of
    (s - length) / k and (k + b - length) / n, and grows with s and b: the first share is never negative,
    and where the second is, we call the fitness 0.

    - s <= `highest_score` without bonus.
    - The cells traced add up to less than s, if at all, by `penalty` for each path (where its score began in
      the second column) and by 1 more in the first three rows; and a path has at least length / 2 cells. So
      they add up to a >= s - 1 - k 2 penalty / length; and a <= k, for a cell adds at most 1.
    - a + bonus b <= `highest_score` with bonus.

    Over all s and k that this allows, in small intervals, we take the largest mean that an interval could
    hold. The bound falls with `length`, so it holds for longer segments, too.
    """
    n = ssm.shape[0]
    highest = highest_score(ssm, first_start, last_start, first_end, last_end, 0.0)
    favoured = highest_score(ssm, first_start, last_start, first_end, last_end, _BONUS)
    loss = 2 * penalty / length
    bound = 0.0
    for step in range(_SCORES):
        low = length + (highest - length) * step / _SCORES
        high = length + (highest - length) * (step + 1) / _SCORES
        fewest = max((low - 1) / (1 + loss), length / 2)
        ratio = max(1.0, n / fewest) ** (1 / _SIZES)
        for _ in range(_SIZES):
            most = fewest * ratio
            gain = (high - length) / fewest
            rows = most + min(most, (favoured - low + 1 + most * loss) / _BONUS)
            coverage = (min(rows, n) - length) / n
            if gain > 0 and coverage > 0:
                bound = max(bound, 2 * gain * coverage / (gain + coverage))
            fewest = most
    return bound * (1 + 1e-9)
