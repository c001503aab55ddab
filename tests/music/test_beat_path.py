"""The likeliest beats under an activation: against brute force, and where one knows the answer."""

from itertools import combinations, pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from symmv_tools.music.beat_path import BeatModel, best_beats

RATE = 10.0
SMALL = BeatModel(min_bpm=100.0, max_bpm=200.0, change_cost=3.0, reward=0.0, slip_cost=0.5, n_tempi=3)


def gain(beats: tuple[int, ...], log_odds: NDArray[np.float64], model: BeatModel) -> float:
    """The best score of these very beats, trying every sequence of tempi."""
    seconds = np.geomspace(60 / model.max_bpm, 60 / model.min_bpm, model.n_tempi)
    period = np.round(seconds * RATE)
    best = np.array([max(0.0, -np.inf) for _ in period]) + log_odds[beats[0]]
    reach = period + 1
    best[beats[0] >= reach] = -np.inf  # a beat this late has one before it
    best -= np.where(beats[0] == period, model.slip_cost, 0.0)
    for before, now in pairwise(beats):
        change = model.change_cost * np.abs(np.log(seconds[:, None] / seconds))
        slip = np.abs(now - before - period)
        best = (best[:, None] - change).max(axis=0) + np.where(slip <= 1, -model.slip_cost * slip, -np.inf)
        best += log_odds[now]
    return float(best.max())


@given(st.lists(st.floats(-3, 3), min_size=8, max_size=11))
@settings(deadline=None, max_examples=40)
def test_no_other_sequence_of_beats_is_better(values: list[float]) -> None:
    log_odds = np.array(values)
    n, tail = len(values), 6
    found = gain(tuple(best_beats(log_odds, RATE, SMALL).tolist()), log_odds, SMALL)
    every = (
        beats
        for k in range(1, n // 2 + 1)
        for beats in combinations(range(n), k)
        if beats[-1] >= n - tail and beats[0] <= 7
    )
    assert found == pytest.approx(max(gain(beats, log_odds, SMALL) for beats in every), abs=1e-9)


def bumps(at: NDArray[np.int64], n: int) -> NDArray[np.float64]:
    log_odds = np.full(n, -4.0)
    log_odds[at] = 4.0
    return log_odds


def test_beats_that_wander_and_leave_gaps_are_followed() -> None:
    rng = np.random.default_rng(1)
    truth = np.cumsum(np.round(np.linspace(38, 30, 120) + rng.uniform(-0.8, 0.8, 120)).astype(np.int64))
    seen = np.delete(truth, [20, 21, 60])
    found = best_beats(bumps(seen, int(truth[-1]) + 5), 50.0, BeatModel())
    assert len(found) == len(truth)
    assert np.abs(found - truth).max() <= 3


@given(st.lists(st.floats(-8, 8), min_size=1, max_size=400))
@settings(deadline=None, max_examples=40)
def test_beats_rise_and_reach_from_end_to_end(values: list[float]) -> None:
    model = BeatModel()
    found = best_beats(np.array(values), 50.0, model)
    assert len(found) >= 1
    assert found[0] <= 76
    assert found[-1] >= len(values) - 76
    assert (np.diff(found) >= 13).all()
    assert (np.diff(found) <= 76).all()
