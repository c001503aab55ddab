"""The skyline."""

from functools import partial
from random import Random

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from symmv_tools.music.melody import onset_groups, skyline, split_melody
from symmv_tools.music.notes import Notes, make_notes

Drawn = list[tuple[int, int, int]]
rows = st.lists(
    st.tuples(st.integers(0, 40), st.integers(1, 8), st.integers(30, 90)),
    max_size=30,
    unique_by=lambda row: (row[0], row[2]),
)


def notes_of(drawn: Drawn) -> Notes:
    onset, duration, pitch = np.array(drawn, float).reshape(-1, 3).T
    return make_notes(onset / 8, duration / 8, pitch, np.full(len(onset), 64))


def melody(notes: Notes, tolerance: float = 0.0, floor: int = 0) -> list[tuple[float, int]]:
    mask = skyline(notes, onset_tolerance_seconds=tolerance, lowest_pitch=floor)
    return sorted(zip(notes.onset[mask].tolist(), notes.pitch[mask].tolist(), strict=True))


@given(rows)
def test_the_melody_is_the_highest_note_of_each_onset(drawn: Drawn) -> None:
    notes = notes_of(drawn)
    highest: dict[float, int] = {}
    for onset, pitch in zip(notes.onset.tolist(), notes.pitch.tolist(), strict=True):
        highest[onset] = max(pitch, highest.get(onset, 0))
    assert melody(notes) == sorted(highest.items())


@given(rows, st.integers(-30, 30))
def test_transposition_leaves_the_choice_alone(drawn: Drawn, interval: int) -> None:
    notes = notes_of(drawn)
    moved = make_notes(notes.onset, notes.duration, notes.pitch.astype(int) + interval, notes.velocity)
    assert melody(moved, 0.03, 60 + interval) == [(t, p + interval) for t, p in melody(notes, 0.03, 60)]


@given(rows, st.randoms(use_true_random=False))
def test_the_order_of_notes_does_not_matter(drawn: Drawn, random: Random) -> None:
    shuffled = random.sample(drawn, len(drawn))
    assert melody(notes_of(drawn), 0.2) == melody(notes_of(shuffled), 0.2)


def test_a_rolled_chord_has_one_melody_note() -> None:
    notes = make_notes([0, 0.012, 0.025, 0.5], [1, 1, 1, 1], [67, 64, 72, 60], [64] * 4)
    assert melody(notes, 0.03) == [(0.025, 72), (0.5, 60)]
    assert melody(notes, 0.0) == [(0.0, 67), (0.012, 64), (0.025, 72), (0.5, 60)]


def test_the_tolerance_counts_from_the_first_note_and_does_not_creep() -> None:
    assert onset_groups(np.array([0.0, 0.02, 0.04, 0.06, 1.0]), 0.03).tolist() == [0, 0, 1, 1, 2]


def test_low_notes_are_never_melody() -> None:
    assert melody(make_notes([0, 1], [1, 1], [40, 72], [64, 64]), floor=60) == [(1.0, 72)]


def test_of_two_equal_pitches_the_longer_wins() -> None:
    notes = make_notes([0, 0], [1, 2], [60, 60], [64, 64])
    assert skyline(notes, onset_tolerance_seconds=0.0, lowest_pitch=0).tolist() == [False, True]


def test_silence_and_one_note_have_tracks() -> None:
    split = partial(split_melody, onset_tolerance_seconds=0.03, lowest_pitch=60)
    assert split(make_notes([], [], [], [])).track == []
    assert split(make_notes([0], [1], [72], [64])).track == ["melody"]
    assert split(make_notes([0], [1], [32], [64])).track == ["accompaniment"]
