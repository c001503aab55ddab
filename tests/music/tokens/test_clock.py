"""Bars on the grid of any beats, and how far the music has come."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from symmv_tools.music.quantise import Grid
from symmv_tools.music.tokens.clock import Bars, bars_of, steady_bars, timing
from symmv_tools.music.tokens.vocabulary import MOST_BEATS, TEMPO_CLASSES, TIMING_CLASSES, tempo_class
from tests.music.tokens.said import BARS, GRIDS

pytestmark = pytest.mark.quick

SPANS = st.tuples(st.integers(-60, 250), st.integers(1, 200))


def grid_of(position: list[int]) -> Grid:
    return Grid(np.arange(len(position), dtype=np.float64) * 0.5, np.array(position, np.uint8))


@given(GRIDS, SPANS)
def test_bars_cover_what_is_asked_for_and_no_more(grid: Grid, span: tuple[int, int]) -> None:
    first, end = span[0], sum(span)
    found = bars_of(grid, first, end)
    assert found.start[0] <= first < found.start[1]
    assert found.start[-2] < end <= found.start[-1]


@given(GRIDS, SPANS)
def test_every_downbeat_begins_a_bar(grid: Grid, span: tuple[int, int]) -> None:
    found = bars_of(grid, span[0], sum(span))
    downbeats = 4 * np.flatnonzero(grid.position == 1)
    assert set(downbeats[found.hold(downbeats)].tolist()) <= set(found.start.tolist())


@given(st.sampled_from([2, 3, 4, 6]), st.integers(0, 5), st.integers(8, 40), SPANS)
def test_bars_are_those_of_the_grid(metre: int, upbeat: int, beats: int, span: tuple[int, int]) -> None:
    grid = grid_of([(i + upbeat) % metre + 1 for i in range(beats + metre)])
    found = bars_of(grid, span[0], sum(span))
    step = np.arange(found.start[0], found.start[-1])
    bar, position = grid.bar_at(step)
    which = np.searchsorted(found.start, step, side="right") - 1
    assert np.array_equal(which, bar - bar[0])
    assert np.array_equal(step - found.start[which], position)


@pytest.mark.parametrize(
    ("position", "beats"),
    [
        ([1, 2, 3, 4, 1, 2, 3, 1, 2, 3, 4, 1], [4, 3, 4, 4]),
        ([4, 1, 2, 3, 4, 1, 2, 3, 4], [4, 4, 4]),
        ([1, 2, 3, 4, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 1, 2, 3, 4, 1], [4, 4, 4, 2, 4, 4]),
        ([1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6, 1], [6, 6, 6]),
        ([2, 3, 2, 3], [3, 3]),
        ([0, 0, 0], [4]),
        ([9, 9, 9], [4]),
    ],
    ids=["odd bars", "an upbeat", "too long", "in six", "no downbeat", "no positions", "nonsense"],
)
def test_bars_of_odd_beats(position: list[int], beats: list[int]) -> None:
    grid = grid_of(position)
    assert bars_of(grid, 0, 4 * len(position)).beats.tolist() == beats


@pytest.mark.parametrize("start", [[], [0, 3], [0, 0], [4, 0], [0, 4 * MOST_BEATS + 4]])
def test_what_are_no_bars_is_refused(start: list[int]) -> None:
    with pytest.raises(ValueError, match="1 to 6 whole beats"):
        Bars(np.array(start, np.int64))


@given(BARS)
def test_timing_goes_from_1_towards_101(bars: Bars) -> None:
    bar = np.repeat(np.arange(len(bars)), bars.beats * 4)
    beat = np.concatenate([np.arange(4 * n) for n in bars.beats])
    found = timing(bar, beat, bars)
    assert found[0] == 1
    assert (np.diff(found) >= 0).all()
    assert found.tolist() == [round(100 * i / bars.steps) + 1 for i in range(bars.steps)]
    assert timing(len(bars) + 3, 0, bars) == TIMING_CLASSES - 1


def test_timing_of_four_bars() -> None:
    assert timing([0, 1, 2, 3, 3], [0, 0, 0, 0, 12], steady_bars(4)).tolist() == [1, 26, 51, 76, 95]


@given(st.floats(1, 1000))
def test_tempos_of_a_class_are_alike(bpm: float) -> None:
    assert 1 <= tempo_class(bpm) < TEMPO_CLASSES
    assert tempo_class(bpm) <= tempo_class(bpm * 1.01)
    if bpm >= 30 and bpm * 1.052 <= 240:
        assert tempo_class(bpm) < tempo_class(bpm * 1.052)


@pytest.mark.parametrize("bpm", [0.0, -1.0, float("nan"), float("inf")])
def test_what_is_no_tempo_is_refused(bpm: float) -> None:
    with pytest.raises(ValueError, match="positive number"):
        tempo_class(bpm)
