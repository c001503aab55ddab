"""Where in the bar each beat stands, from how much each is like a downbeat."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from symmv_tools.music.viterbi import viterbi


def bar_positions(
    log_odds: NDArray[np.float64], beats_per_bar: Sequence[int], change_cost: float, slip_cost: float
) -> NDArray[np.uint8]:
    """Return the position in the bar (1 = downbeat) of every beat, by one path through bars of all lengths.

    `log_odds` (n,) are those of each beat being a downbeat. Going over to bars of another length costs
    `change_cost`, a bar that ends early `slip_cost`; positions count up by 1 or go back to 1.
    """
    if len(log_odds) == 0:
        return np.zeros(0, np.uint8)
    length = np.repeat(beats_per_bar, beats_per_bar)  # of the bar, for each state
    position = np.concatenate([np.arange(n) for n in beats_per_bar])
    reward = np.where(position == 0, log_odds[:, None], 0.0)
    return (position[viterbi(reward, _steps(length, position, change_cost, slip_cost))] + 1).astype(np.uint8)


def _steps(
    length: NDArray[np.int64], position: NDArray[np.int64], change_cost: float, slip_cost: float
) -> NDArray[np.float64]:
    """Gain of going from state i to j: 0 within a bar and from its end to the next one like it."""
    is_same = length[:, None] == length
    goes_on = is_same & (position[:, None] + 1 == position)
    begins = np.broadcast_to(position == 0, goes_on.shape)
    is_full = (position == length - 1)[:, None]
    price = np.where(is_same, 0.0, change_cost) + np.where(is_full, 0.0, slip_cost)
    return np.where(goes_on, 0.0, np.where(begins, -price, -np.inf))
