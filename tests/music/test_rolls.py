"""Rolls of onset and sustain."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from symmv_tools.music.quantise import Quantised
from symmv_tools.music.rolls import (
    ONSET,
    SUSTAIN,
    as_values,
    canonical,
    from_values,
    notes_of,
    roll_of,
    transposed,
    without_orphans,
)

pytestmark = pytest.mark.quick

SEEDS = st.integers(0, 2**32 - 1)


def quantised(rows: list[tuple[int, int, int]]) -> Quantised:
    """Notes from (step, duration, pitch)."""
    step, duration, pitch = np.array(rows, np.int64).reshape(-1, 3).T
    velocity = np.full(len(rows), 80, np.uint8)
    return Quantised(step, duration, pitch.astype(np.uint8), velocity, [""] * len(rows))


def triples(notes: Quantised) -> list[tuple[int, int, int]]:
    return list(zip(notes.step.tolist(), notes.duration.tolist(), notes.pitch.tolist(), strict=True))


@st.composite
def apart(draw: st.DrawFn) -> list[tuple[int, int, int]]:
    """Notes within 128 steps of which no two of one pitch overlap, in the order of step and pitch."""
    rows: list[tuple[int, int, int]] = []
    for pitch in draw(st.sets(st.integers(0, 127), max_size=6)):
        cuts = sorted(draw(st.sets(st.integers(0, 128), max_size=9)))
        rows += [(a, b - a, pitch) for a, b in zip(cuts[::2], cuts[1::2], strict=False)]
    return sorted(rows, key=lambda row: (row[0], row[2]))


ANY = st.lists(st.tuples(st.integers(-20, 150), st.integers(1, 300), st.integers(0, 127)), max_size=30)


@given(apart())
def test_notes_that_a_roll_can_hold_come_back_as_they_were(rows: list[tuple[int, int, int]]) -> None:
    assert triples(notes_of(roll_of(quantised(rows)))) == rows
    assert triples(canonical(quantised(rows))) == rows


@given(ANY)
def test_of_any_notes_exactly_the_canonical_ones_come_back(rows: list[tuple[int, int, int]]) -> None:
    kept = canonical(quantised(rows))
    assert triples(notes_of(roll_of(quantised(rows)))) == triples(kept) == triples(canonical(kept))


@given(ANY)
def test_canonical_notes_are_told_by_a_plain_loop(rows: list[tuple[int, int, int]]) -> None:
    """The longest of those struck together, each until its pitch is struck again or the roll ends."""
    longest: dict[tuple[int, int], int] = {}
    for step, duration, pitch in rows:
        if 0 <= step < 128:
            longest[step, pitch] = max(duration, longest.get((step, pitch), 0))
    expected = []
    for (step, pitch), duration in sorted(longest.items()):
        later = [s for s, p in longest if p == pitch and s > step]
        expected.append((step, min(duration, min([*later, 128]) - step), pitch))
    assert triples(canonical(quantised(rows))) == expected


@given(SEEDS, st.integers(0, 200))
def test_noise_has_notes_and_they_are_a_roll_of_their_own(seed: int, steps: int) -> None:
    noise = np.random.default_rng(seed).standard_normal((2, steps, 128))
    notes = notes_of(from_values(noise, -1.0))
    assert (notes.duration >= 1).all()
    assert (notes.step + notes.duration <= steps).all()
    assert triples(notes_of(roll_of(notes, steps))) == triples(notes)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 0.0, 1.0])
@pytest.mark.parametrize("silence", [-1.0, 0.0])
def test_no_value_is_too_odd_to_be_decoded(value: float, silence: float) -> None:
    notes = notes_of(from_values(np.full((2, 16, 128), value, np.float32), silence))
    assert len(notes.step) in (0, 16 * 128)


def test_the_first_step_is_an_onset_and_the_others_sustain_it() -> None:
    roll = roll_of(quantised([(4, 3, 60), (7, 1, 60)]))
    assert np.argwhere(roll[ONSET]).tolist() == [[4, 60], [7, 60]]
    assert np.argwhere(roll[SUSTAIN]).tolist() == [[5, 60], [6, 60]]


def test_what_sustains_nothing_is_silent() -> None:
    roll = np.zeros((2, 8, 128), bool)
    roll[SUSTAIN, :3, 60] = True
    roll[ONSET, 5, 62] = True
    assert triples(notes_of(roll)) == [(5, 1, 62)]
    assert np.argwhere(without_orphans(roll)).tolist() == [[ONSET, 5, 62]]


@given(ANY, st.integers(-12, 12))
def test_transposing_a_roll_transposes_its_notes(rows: list[tuple[int, int, int]], semitones: int) -> None:
    roll = roll_of(quantised(rows))
    moved = [(s, d, p + semitones) for s, d, p in triples(notes_of(roll)) if 0 <= p + semitones < 128]
    assert triples(notes_of(transposed(roll, semitones))) == moved


@given(SEEDS, st.sampled_from([-1.0, 0.0]))
def test_values_are_the_roll_again(seed: int, silence: float) -> None:
    roll: NDArray[np.bool_] = np.random.default_rng(seed).random((2, 9, 128)) < 0.3
    values = as_values(roll, silence)
    assert values.dtype == np.float32
    assert set(np.unique(values).tolist()) <= {silence, 1.0}
    assert np.array_equal(from_values(values, silence), roll)
