"""Notes on the grid of their beats, and back."""

from collections.abc import Sequence
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from symmv_tools.music.notes import Notes, make_notes
from symmv_tools.music.quantise import Grid, Quantised, performed, quantise

# A beat of 0.25 s in 8 steps has steps of 31 ms: shorter than what counts as a chord.
beat_lengths = st.lists(st.floats(0.25, 1.5), min_size=1, max_size=12)
grids = st.builds(
    lambda lengths, begin, per_bar, upbeat, steps: Grid(
        np.cumsum(np.array([begin, *lengths]), dtype=np.float64),
        ((np.arange(len(lengths) + 1) + upbeat) % per_bar + 1).astype(np.uint8),
        steps,
    ),
    beat_lengths,
    st.floats(0, 5),
    st.integers(2, 4),
    st.integers(0, 3),
    st.sampled_from([1, 2, 3, 4, 6, 8]),
)
moments = st.lists(st.floats(-5, 30), min_size=1, max_size=20).map(np.array)
struck = st.lists(
    st.tuples(st.floats(0, 20), st.floats(0.01, 3), st.integers(21, 108), st.integers(1, 127)), max_size=25
)


def notes_of(rows: Sequence[tuple[float, float, int, int]], track: str = "") -> Notes:
    onset, duration, pitch, velocity = np.array(rows, float).reshape(-1, 4).T
    return make_notes(onset, duration, pitch, velocity, [track] * len(rows))


def steady(n: int = 17, length: float = 0.5, steps: int = 4) -> Grid:
    return Grid(1.0 + np.arange(n, dtype=np.float64) * length, (np.arange(n) % 4 + 1).astype(np.uint8), steps)


def same(one: Quantised, other: Quantised) -> bool:
    return all(np.array_equal(np.asarray(a), np.asarray(b)) for a, b in zip(one, other, strict=True))


@given(grids, moments)
def test_steps_and_seconds_are_each_others_inverse(grid: Grid, seconds: NDArray[np.float64]) -> None:
    assert np.allclose(grid.seconds_at(grid.step_at(seconds)), seconds, atol=1e-9)


@given(grids, moments)
def test_later_is_a_later_step(grid: Grid, seconds: NDArray[np.float64]) -> None:
    assert (np.diff(grid.step_at(np.sort(seconds))) >= 0).all()


@given(grids)
def test_beats_are_whole_steps(grid: Grid) -> None:
    expected = np.arange(len(grid.beat)) * grid.steps_per_beat
    assert np.allclose(grid.step_at(grid.beat), expected)
    bar, position = grid.bar_at(expected)
    assert position.tolist() == ((grid.position.astype(int) - 1) * grid.steps_per_beat).tolist()
    assert (np.diff(bar) == (grid.position[1:] == 1)).all()


@given(grids, struck)
@settings(deadline=None)
def test_what_lies_on_the_grid_stays_where_it_is(
    grid: Grid, rows: list[tuple[float, float, int, int]]
) -> None:
    once = quantise(notes_of(rows), grid)
    assert same(quantise(performed(once, grid), grid), once)


@given(grids, struck, st.randoms(use_true_random=False))
def test_the_order_of_notes_does_not_matter(
    grid: Grid, rows: list[tuple[float, float, int, int]], random: Random
) -> None:
    shuffled = list(rows)
    random.shuffle(shuffled)
    assert same(quantise(notes_of(rows), grid), quantise(notes_of(shuffled), grid))


@given(grids, struck)
def test_every_note_lasts_a_step_and_none_moves_further_than_one(
    grid: Grid, rows: list[tuple[float, float, int, int]]
) -> None:
    notes = notes_of(rows)
    found = quantise(notes, grid)
    assert (found.duration >= 1).all()
    kept = {(int(step), int(pitch)) for step, pitch in zip(found.step, found.pitch, strict=True)}
    assert len(kept) == len(found.step)
    for onset, pitch in zip(notes.onset, notes.pitch, strict=True):
        exact = float(grid.step_at(onset))
        assert any(p == pitch and abs(step - exact) <= 1.0 + 1e-9 for step, p in kept)


@given(grids, struck, st.floats(0, 50))
def test_a_shift_of_notes_and_beats_changes_no_step(
    grid: Grid, rows: list[tuple[float, float, int, int]], shift: float
) -> None:
    notes = notes_of(rows)
    moved = Grid(grid.beat + shift, grid.position, grid.steps_per_beat)
    assert np.allclose(moved.step_at(notes.onset + shift), grid.step_at(notes.onset), atol=1e-6)


def test_a_chord_struck_unevenly_lands_on_one_step() -> None:
    """Its first and last note alone would be rounded to different 16ths."""
    onset = 1.0 + 0.0625 + np.array([-0.015, 0.0, 0.010])
    found = quantise(make_notes(onset, np.ones(3), [60, 64, 67], np.full(3, 80)), steady())
    assert len(set(found.step.tolist())) == 1


def test_fast_16ths_are_no_chord() -> None:
    grid = steady(length=0.25)
    onset = grid.seconds_at(np.arange(16))
    assert quantise(
        make_notes(onset, np.full(16, 0.05), np.full(16, 60), np.full(16, 80)), grid
    ).step.tolist() == list(range(16))


@pytest.mark.parametrize(("parts", "steps"), [((0, 1 / 3, 2 / 3), [0, 1, 3]), ((0, 2 / 3), [0, 3])])
def test_triplets_and_swing_go_to_the_nearest_16ths(parts: tuple[float, ...], steps: list[int]) -> None:
    onset = 1.0 + 0.5 * np.array(parts)
    n = len(parts)
    found = quantise(make_notes(onset, np.full(n, 0.1), np.full(n, 60), np.full(n, 80)), steady())
    assert found.step.tolist() == steps


def test_twelve_steps_to_the_beat_keep_triplets_and_16ths() -> None:
    grid = steady(steps=12)
    assert np.allclose(grid.step_at(1.0 + 0.5 * np.array([1 / 3, 1 / 4, 2 / 3, 3 / 4])), [4, 3, 8, 9])


def test_doubled_notes_become_one_with_the_later_end_and_the_louder_stroke() -> None:
    found = quantise(make_notes([1.0, 1.01, 1.0], [0.5, 0.25, 0.5], [60, 60, 64], [50, 90, 70]), steady())
    assert (found.pitch.tolist(), found.duration.tolist(), found.velocity.tolist()) == (
        [60, 64],
        [4, 4],
        [90, 70],
    )


def test_melody_and_piano_may_play_the_same_note() -> None:
    notes = make_notes([1.0, 1.0], [0.5, 1.0], [60, 60], [80, 80], ["melody", "piano"])
    found = quantise(notes, steady())
    assert found.track == ["melody", "piano"]
    assert found.duration.tolist() == [4, 8]


def test_an_upbeat_and_a_coda_are_on_the_grid_too() -> None:
    grid = steady(n=5)
    found = quantise(make_notes([0.0, 0.5, 3.5, 4.0], np.full(4, 0.25), [60] * 4, [80] * 4), grid)
    assert found.step.tolist() == [-8, -4, 20, 24]
    bar, position = grid.bar_at(found.step)
    assert (bar.tolist(), position.tolist()) == ([-1, -1, 1, 1], [8, 12, 4, 8])


def test_silence_stays_silent() -> None:
    assert len(quantise(notes_of([]), steady()).step) == 0


@pytest.mark.parametrize(
    ("beat", "position", "steps", "message"),
    [
        ([1.0], [1], 4, "two beats"),
        ([1.0, 2.0], [1], 4, "1 positions"),
        ([2.0, 1.0], [1, 2], 4, "must rise"),
        ([1.0, 2.0], [1, 2], 0, "steps_per_beat"),
    ],
)
def test_what_is_no_grid_is_refused(beat: list[float], position: list[int], steps: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Grid(np.array(beat), np.array(position, np.uint8), steps)
