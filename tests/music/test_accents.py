"""Beats and bars from accents."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from symmv_tools.music.accents import beats_by_accents
from symmv_tools.music.notes import Notes, make_notes


def tune(beat: NDArray[np.float64], beats_per_bar: int, begin: float = 0.0, interval: int = 0) -> Notes:
    """Bass and chord on each downbeat, a lighter chord on the others, quavers above."""
    rows = []
    for i, (t, following) in enumerate(pairwise(beat)):
        root = (0, 5, 7, 9)[i // beats_per_bar % 4]
        length = following - t
        if i % beats_per_bar == 0:
            rows.append((t, length * beats_per_bar, 36 + root, 90))
        rows += [(t, length * 0.9, 60 + root + step, 60) for step in (0, 4, 7)]
        rows += [(t + part * length, length / 2, 79 + (i + k) % 5, 70) for k, part in enumerate((0.0, 0.5))]
    onset, duration, pitch, velocity = np.array(rows).T
    return make_notes(onset + begin, duration, pitch.astype(int) + interval, velocity)


STEADY = np.arange(64, dtype=np.float64) * 0.75


@pytest.mark.parametrize("beats_per_bar", [3, 4])
def test_a_steady_tune_is_tracked_to_the_beat_and_the_bar(beats_per_bar: int) -> None:
    beats = beats_by_accents(tune(STEADY[:61], beats_per_bar))
    inner = beats.time[:60]
    assert np.abs(inner - STEADY[: len(inner)]).max() < 0.01
    assert beats.position[: 4 * beats_per_bar].tolist() == list(range(1, beats_per_bar + 1)) * 4
    assert ((beats.confidence >= 0) & (beats.confidence <= 1)).all()


def test_a_slowing_tune_is_followed() -> None:
    truth = np.cumsum(np.linspace(0.6, 0.85, 80, dtype=np.float64))
    beats = beats_by_accents(tune(truth, 4))
    found = [np.abs(beats.time - t).min() < 0.07 for t in truth[2:-2]]
    assert np.mean(found) > 0.95
    assert len(beats.time) == pytest.approx(len(truth), abs=4)


@given(st.integers(-24, 24), st.integers(0, 400))
@settings(max_examples=10, deadline=None)
def test_transposition_changes_nothing_and_a_shift_only_the_times(interval: int, quarters: int) -> None:
    ours = beats_by_accents(tune(STEADY, 4))
    theirs = beats_by_accents(tune(STEADY, 4, begin=quarters / 4, interval=interval))
    assert np.allclose(ours.time + quarters / 4, theirs.time)
    assert ours.position.tolist() == theirs.position.tolist()


def test_silence_one_note_and_one_chord_have_no_beats() -> None:
    for n in (0, 1, 3):
        assert (
            len(
                beats_by_accents(
                    make_notes(np.zeros(n), np.ones(n), np.arange(60, 60 + n), np.full(n, 64))
                ).time
            )
            == 0
        )


@given(st.lists(st.tuples(st.floats(0, 20), st.floats(0.01, 3), st.integers(21, 108)), max_size=12))
@settings(max_examples=40, deadline=None)
def test_any_few_notes_end_well(drawn: list[tuple[float, float, int]]) -> None:
    onset, duration, pitch = np.array(drawn, float).reshape(-1, 3).T
    beats = beats_by_accents(make_notes(onset, duration, pitch, np.full(len(onset), 64)))
    assert len(beats.time) == len(beats.position) == len(beats.confidence)
    assert np.isfinite(beats.time).all()
    assert (np.diff(beats.time) > 0).all()
