"""The best path through a table of rewards."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def viterbi(reward: NDArray[np.float64], transition: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the best path through `reward` (steps, states); going from i to j adds `transition[i, j]`."""
    best = reward[0]
    came_from = np.zeros(reward.shape, np.int64)
    for step in range(1, len(reward)):
        ways = best[:, None] + transition
        came_from[step] = ways.argmax(axis=0)
        best = ways.max(axis=0) + reward[step]
    path = np.empty(len(reward), np.int64)
    path[-1] = best.argmax()
    for step in range(len(reward) - 1, 0, -1):
        path[step - 1] = came_from[step, path[step]]
    return path
