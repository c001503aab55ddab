"""Bars from how much each beat is like a downbeat."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from symmv_tools.music.bars import bar_positions

log_odds = st.lists(st.floats(-7, 7), max_size=30).map(lambda values: np.array(values, np.float64))


def sure(positions: list[int]) -> NDArray[np.float64]:
    return np.where(np.array(positions) == 1, 4.0, -4.0)


@given(log_odds)
def test_positions_count_up_or_go_back_to_one(odds: NDArray[np.float64]) -> None:
    positions = bar_positions(odds, (3, 4), change_cost=5.0, slip_cost=3.0).astype(int)
    assert len(positions) == len(odds)
    assert set(positions) <= {1, 2, 3, 4}
    assert all(b in (1, a + 1) for a, b in pairwise(positions))


@pytest.mark.parametrize("length", [3, 4])
@pytest.mark.parametrize("upbeat", [0, 1, 2])
def test_clear_bars_are_found_with_their_upbeat(length: int, upbeat: int) -> None:
    truth = [(i - upbeat) % length + 1 for i in range(40)]
    assert bar_positions(sure(truth), (3, 4), change_cost=10.0, slip_cost=6.0).tolist() == truth


def test_one_false_accent_is_not_believed_but_a_bar_cut_short_is() -> None:
    four = [1, 2, 3, 4]
    doubtful = sure(four * 8)
    doubtful[14] = 4.0
    assert bar_positions(doubtful, (3, 4), change_cost=10.0, slip_cost=6.0).tolist() == four * 8
    cut = [*four * 4, 1, 2, *four * 4]
    assert bar_positions(sure(cut), (3, 4), change_cost=10.0, slip_cost=6.0).tolist() == cut


def test_a_song_may_go_over_to_a_waltz() -> None:
    truth = [*[1, 2, 3, 4] * 8, *[1, 2, 3] * 8]
    assert bar_positions(sure(truth), (3, 4), change_cost=10.0, slip_cost=6.0).tolist() == truth
