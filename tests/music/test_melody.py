"""The skyline."""

from dataclasses import replace
from functools import partial
from random import Random

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from symmv_tools.music.melody import (
    ACCOMPANIMENT,
    MELODY,
    onset_groups,
    skyline,
    split_melody,
    split_melody_16,
    split_melody_symmv,
)
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


# --- in 16ths, as SymMV's text has it -------------------------------------------------------------

NO_BEATS = np.zeros(0)


def tune(
    notes: Notes, beat: NDArray[np.float64] = NO_BEATS, floor: int = 0
) -> list[tuple[float, float, int]]:
    """Onset, duration and pitch of the melody by 16ths."""
    split = split_melody_16(notes, beat, lowest_pitch=floor)
    rows = zip(split.onset.tolist(), split.duration.tolist(), split.pitch.tolist(), split.track, strict=True)
    return [(onset, duration, pitch) for onset, duration, pitch, track in rows if track == MELODY]


@given(rows)
def test_on_the_raster_quantising_changes_nothing(drawn: Drawn) -> None:
    notes = notes_of(drawn)  # onsets and durations in eighths of a second, which are 16ths at 120 bpm
    split = split_melody_16(notes, NO_BEATS, lowest_pitch=0)
    assert np.allclose(split.duration, notes.duration)
    assert [(onset, pitch) for onset, _, pitch in tune(notes)] == melody(notes)


@given(rows, st.floats(0.3, 2.0), st.lists(st.floats(-0.04, 0.04), min_size=30, max_size=30))
def test_every_duration_is_a_whole_number_of_16ths_of_the_beats(
    drawn: Drawn, beat_seconds: float, jitter: list[float]
) -> None:
    notes = notes_of(drawn)
    notes = replace(notes, onset=np.sort(notes.onset + np.array(jitter[: len(notes)])))
    beat = 1.0 + np.arange(4, dtype=np.float64) * beat_seconds
    in_16ths = split_melody_16(notes, beat, lowest_pitch=0).duration / (beat_seconds / 4)
    assert np.allclose(in_16ths, np.round(in_16ths))
    assert (np.round(in_16ths) >= 1).all()


@given(rows, st.integers(-30, 30), st.integers(0, 40))
def test_transposing_and_shifting_by_whole_16ths_leave_the_choice_of_16ths_alone(
    drawn: Drawn, interval: int, cells: int
) -> None:
    notes = notes_of(drawn)
    moved = make_notes(
        notes.onset + cells / 8, notes.duration, notes.pitch.astype(int) + interval, notes.velocity
    )
    expected = [(onset + cells / 8, duration, pitch + interval) for onset, duration, pitch in tune(notes)]
    assert np.allclose(tune(moved), expected)


def test_a_jittered_chord_is_struck_together_on_its_16th() -> None:
    notes = make_notes([0.0, 0.05, 0.13], [0.3, 0.4, 0.02], [60, 72, 64], [64] * 3)
    assert np.allclose(tune(notes), [(0.05, 0.375, 72), (0.13, 0.125, 64)])


def test_16ths_follow_the_beats() -> None:
    notes = make_notes([0.0, 2.0], [0.6, 0.6], [72, 72], [64] * 2)
    beat = np.array([0.0, 1.0, 2.0, 4.0])  # a 16th lasts .25 s, and .5 s from the third beat on
    assert np.allclose(tune(notes, beat), [(0.0, 0.5, 72), (2.0, 0.5, 72)])


def test_the_floor_holds_in_16ths_too() -> None:
    assert tune(make_notes([0, 1], [1, 1], [40, 72], [64, 64]), floor=60) == [(1.0, 1.0, 72)]


# --- as SymMV's files have it ---------------------------------------------------------------------


def test_both_parts_stand_in_one_song_in_order() -> None:
    notes = make_notes([0.0, 0.0, 0.5], [1.0, 1.0, 0.5], [48, 72, 60], [64, 65, 66], ["piano"] * 3)
    both = split_melody_symmv(notes)
    assert both.onset.tolist() == [0.0, 0.0, 0.5, 0.5, 0.5]
    assert both.duration.tolist() == [1.0, 0.5, 0.5, 0.5, 0.5]
    assert both.pitch.tolist() == [48, 72, 60, 60, 72]
    assert both.track == [ACCOMPANIMENT, MELODY, MELODY, ACCOMPANIMENT, ACCOMPANIMENT]


def test_silence_splits_into_nothing_by_every_rule() -> None:
    nothing = make_notes([], [], [], [])
    assert split_melody_symmv(nothing).track == []
    assert split_melody_16(nothing, NO_BEATS, lowest_pitch=0).track == []
    assert tune(make_notes([3.0], [0.01], [72], [64])) == [(3.0, 0.125, 72)]
