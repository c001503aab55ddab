"""What the melody network sees of a song, and what it must not see."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from symmv_tools.music.melody_features import note_features
from symmv_tools.music.notes import Notes, make_notes
from tests.songs import at_speed, later, songs, transposed


@given(songs(), st.integers(-12, 12))
def test_a_transposed_song_looks_the_same(notes: Notes, semitones: int) -> None:
    one, other = note_features(notes), note_features(transposed(notes, semitones))
    np.testing.assert_array_equal(one.values, other.values)
    np.testing.assert_array_equal(one.voices, other.voices)


@given(songs(), st.sampled_from([0.5, 2.0, 4.0]))
def test_a_song_at_another_speed_looks_the_same(notes: Notes, factor: float) -> None:
    one, other = note_features(notes), note_features(at_speed(notes, factor))
    np.testing.assert_array_equal(one.group, other.group)
    np.testing.assert_allclose(one.values, other.values, atol=1e-5)


@given(songs(), st.integers(0, 400))
def test_a_later_song_looks_the_same(notes: Notes, seconds: int) -> None:
    one, other = note_features(notes), note_features(later(notes, seconds))
    np.testing.assert_allclose(one.values, other.values, atol=1e-5)
    np.testing.assert_allclose(one.time, other.time, atol=1e-9)


@given(songs())
def test_everything_the_network_sees_is_finite_and_small(notes: Notes) -> None:
    assert np.isfinite(note_features(notes).values).all()
    assert np.abs(note_features(notes).values).max() < 16


def test_the_voices_of_a_chord_are_told_apart() -> None:
    chord = make_notes([0, 0, 0, 1], np.ones(4), [60, 64, 67, 72], np.full(4, 80))
    seen = note_features(chord)
    assert seen.group.tolist() == [0, 0, 0, 1]
    assert seen.voices.tolist() == [[2, 1, 0], [3, 4, 3]]  # 4 is nobody


def test_notes_35_milliseconds_apart_are_one_chord_and_40_are_not() -> None:
    two = make_notes([0, 0.035, 1], np.ones(3), [60, 64, 60], np.full(3, 80))
    assert note_features(two).group.tolist() == [0, 0, 1]
    assert note_features(later(two, 0.04)).group.tolist() == [0, 0, 1]
    apart = make_notes([0, 0.04, 1], np.ones(3), [60, 64, 60], np.full(3, 80))
    assert note_features(apart).group.tolist() == [0, 1, 2]


def test_an_empty_song_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        note_features(make_notes([], [], [], []))
