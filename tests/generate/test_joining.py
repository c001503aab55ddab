"""Stretches of eight bars, joined."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symmv_tools.generate.joining import Rolls, Stretch, joined, starts
from symmv_tools.music.quantise import Quantised
from symmv_tools.music.rolls import notes_of, roll_of, without_orphans

pytestmark = pytest.mark.quick


def song(seed: int, steps: int, longest: int) -> Rolls:
    """Two pieces with many notes, none longer than that."""
    rng = np.random.default_rng(seed)
    pieces = []
    for _ in range(2):
        step = rng.integers(0, steps, steps // 2)
        duration, pitch = rng.integers(1, longest + 1, len(step)), rng.integers(40, 60, len(step))
        nobody = np.zeros(len(step), np.uint8)
        notes = Quantised(step, duration, pitch.astype(np.uint8), nobody, [""] * len(step))
        pieces.append(roll_of(notes, steps))
    return np.stack(pieces)


def as_segments(whole: Rolls, stretch: Stretch) -> Rolls:
    """What a network paints that knows the music: its segment there, which begins with its first step."""
    there = np.zeros((2, 2, 128, 128), bool)
    part = whole[:, :, stretch.first : stretch.first + 128]
    there[:, :, : part.shape[2]] = [without_orphans(roll) for roll in part]
    return there


@settings(deadline=None)
@given(st.integers(0, 999), st.integers(1, 500), st.sampled_from([16, 32, 64, 112]))
def test_notes_sound_on_across_joins(seed: int, steps: int, overlap: int) -> None:
    whole = song(seed, steps, longest=overlap)
    found = joined(lambda stretch: as_segments(whole, stretch), 2, steps, overlap)
    assert np.array_equal(found, whole)


def test_a_note_longer_than_what_is_given_ends_with_the_stretch_in_which_it_was_struck() -> None:
    """It was struck in step 10; the second stretch is given the bars from step 64 on, without it."""
    one = Quantised(np.array([10]), np.array([180]), np.array([60], np.uint8), np.zeros(1, np.uint8), [""])
    whole = np.stack([roll_of(one, 256)] * 2)
    found = joined(lambda stretch: as_segments(whole, stretch), 2, 256, 64)
    assert notes_of(found[0]).duration.tolist() == [128 - 10]


def test_without_overlap_every_stretch_is_its_own() -> None:
    whole = song(1, 256, longest=60)
    given_steps = list[int]()

    def paint(stretch: Stretch) -> Rolls:
        given_steps.append(stretch.given.shape[2])
        return as_segments(whole, stretch)

    found = joined(paint, 2, 256, 0)
    assert given_steps == [0, 0]
    assert np.array_equal(found[:, 0], whole[:, 0])


def test_what_is_given_is_the_end_of_what_was_painted() -> None:
    """Here the painter ignores it: what was painted first stands all the same."""
    painted = list[Rolls]()

    def paint(stretch: Stretch) -> Rolls:
        expected = (
            [without_orphans(roll) for roll in painted[-1][:, :, 96:]]
            if painted
            else np.zeros((2, 2, 0, 128))
        )
        assert np.array_equal(stretch.given, expected)
        painted.append(song(len(painted), 128, longest=40))
        return painted[-1]

    found = joined(paint, 2, 300, 32)
    assert np.array_equal(found[:, :, :128], painted[0])
    assert np.array_equal(found[:, :, 128:224], painted[1][:, :, 32:])
    assert found.shape == (2, 2, 300, 128)


@given(st.integers(1, 2000), st.integers(0, 127))
def test_stretches_cover_the_music_and_no_more_than_one_is_too_many(steps: int, overlap: int) -> None:
    first = list(starts(steps, overlap))
    assert first[0] == 0
    assert set(np.diff(first).tolist()) <= {128 - overlap}
    assert first[-1] + 128 >= steps
    assert len(first) == 1 or first[-2] + 128 < steps
