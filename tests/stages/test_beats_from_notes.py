"""Beats from notes by the network that ships: laws, and songs of which one knows the beats."""

from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from symmv_tools import checkpoints
from symmv_tools.music.beats import Beats
from symmv_tools.music.notes import Notes, make_notes
from symmv_tools.settings import make
from symmv_tools.stages.beats_from_notes import CHECKPOINT, STAGE, BeatsFromNotesSettings, tracker

Rows = Sequence[tuple[float, float, int, int]]


@cache
def weights() -> dict[str, str]:
    return {CHECKPOINT: str(checkpoints.locate(CHECKPOINT))}


def tracked(notes: Notes) -> Beats:
    return tracker(BeatsFromNotesSettings(), weights())(notes)


def ballad(beat: NDArray[np.float64], per_bar: int) -> Rows:
    """A bass and a chord on each downbeat, broken chords in quavers, a tune in whole and half beats."""
    rows: list[tuple[float, float, int, int]] = []
    for i, (t, following) in enumerate(pairwise(beat.tolist())):
        root, length = (0, 9, 5, 7)[i // per_bar % 4], following - t
        if i % per_bar == 0:
            rows += [(t, length * per_bar, 36 + root, 80), (t, length * 2, 48 + root, 70)]
        rows += [
            (t + half * length / 2, length / 2, 55 + root + (0, 4, 7, 4)[(2 * i + half) % 4], 55)
            for half in (0, 1)
        ]
        rows.append((t, length, 72 + root + (0, 4, 7, 2)[i % 4], 90))
    return rows


def notes_of(rows: Rows, shift: float = 0.0, interval: int = 0) -> Notes:
    onset, duration, pitch, velocity = np.array(rows, float).reshape(-1, 4).T
    return make_notes(onset + shift, duration, pitch + interval, velocity)


STEADY = np.arange(65, dtype=np.float64) * 0.8


@pytest.mark.parametrize("per_bar", [3, 4])
def test_a_ballad_is_tracked_to_the_beat_and_the_bar(per_bar: int) -> None:
    beats = tracked(notes_of(ballad(STEADY, per_bar)))
    n = len(beats.time)
    assert n in (64, 65)
    assert np.abs(beats.time - STEADY[:n]).max() < 0.03
    assert beats.position[: 8 * per_bar].tolist() == list(range(1, per_bar + 1)) * 8


def test_a_slowing_ballad_is_followed() -> None:
    truth = np.cumsum(np.linspace(0.7, 0.95, 81), dtype=np.float64)
    beats = tracked(notes_of(ballad(truth, 4)))
    assert np.mean([np.abs(beats.time - t).min() < 0.07 for t in truth[2:-2]]) > 0.95


some_rows = st.lists(
    st.tuples(st.integers(0, 80), st.integers(1, 12), st.integers(40, 80), st.integers(1, 127)), max_size=25
).map(lambda rows: [(onset / 4, length / 4, pitch, velocity) for onset, length, pitch, velocity in rows])


@given(some_rows, st.integers(-40, 47), st.integers(0, 400), st.randoms(use_true_random=False))
@settings(max_examples=25, deadline=None)
def test_key_and_order_change_nothing_and_a_shift_only_the_times(
    rows: Rows, interval: int, quarters: int, random: Random
) -> None:
    shuffled = list(rows)
    random.shuffle(shuffled)
    ours, theirs = tracked(notes_of(rows)), tracked(notes_of(shuffled, quarters / 4, interval))
    assert np.allclose(ours.time + quarters / 4, theirs.time, atol=1e-9)
    assert ours.position.tolist() == theirs.position.tolist()
    assert ours.confidence.tolist() == theirs.confidence.tolist()


@given(some_rows)
@settings(max_examples=25, deadline=None)
def test_whatever_the_notes_the_beats_are_well_formed(rows: Rows) -> None:
    beats = tracked(notes_of(rows))
    assert len(beats.time) == len(beats.position) == len(beats.confidence)
    assert (np.diff(beats.time) > 0).all()
    assert ((beats.confidence >= 0) & (beats.confidence <= 1)).all()
    positions = beats.position.tolist()
    assert all(b in (1, a + 1) for a, b in pairwise(positions))
    assert set(positions) <= {1, 2, 3, 4}


def test_doubled_notes_do_no_harm() -> None:
    rows = ballad(STEADY, 4)
    once, twice = tracked(notes_of(rows)), tracked(notes_of([*rows, *rows]))
    assert np.allclose(once.time, twice.time, atol=1e-9)
    assert once.position.tolist() == twice.position.tolist()


def test_accents_alone_need_no_network() -> None:
    settings = make(BeatsFromNotesSettings, {"tracker": "accents"}, STAGE.name)
    assert STAGE.checkpoints(settings) == ()
    assert len(tracker(settings, {})(notes_of(ballad(STEADY, 4))).time) > 50
