"""From probabilities to one note at a time."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from symmv_tools.music.melody_line import distinct_notes, melody_line, merging
from symmv_tools.music.notes import Notes, make_notes
from tests.songs import songs


def test_one_key_struck_by_two_tracks_is_one_note() -> None:
    notes = make_notes([0.0, 0.02, 0.0], [1.0, 2.0, 0.5], [60, 60, 64], [50, 70, 60])
    merged, label = distinct_notes(notes, np.array([1, 0, 2]))
    assert merged.onset.tolist() == [0.0, 0.0]
    assert merged.duration.tolist() == [2.02, 0.5]
    assert merged.pitch.tolist() == [60, 64]
    assert merged.velocity.tolist() == [70, 60]
    assert label.tolist() == [2, 1] if notes.pitch[0] == 64 else [1, 2]


@given(songs())
def test_merged_notes_need_no_more_merging(notes: Notes) -> None:
    merged, label = distinct_notes(notes, np.arange(len(notes)))
    again, _ = distinct_notes(merged, label)
    np.testing.assert_array_equal(again.onset, merged.onset)
    np.testing.assert_array_equal(again.pitch, merged.pitch)


@given(songs())
def test_every_note_belongs_to_a_bunch_of_its_pitch(notes: Notes) -> None:
    first, owner = merging(notes)
    merged, _ = distinct_notes(notes, np.zeros(len(notes), np.int64))
    np.testing.assert_array_equal(notes.pitch, merged.pitch[owner])
    np.testing.assert_array_equal(notes.onset[first], merged.onset)
    assert set(owner.tolist()) == set(range(len(first)))


@given(st.lists(st.tuples(st.integers(0, 5), st.floats(0, 1)), min_size=1), st.floats(0, 1))
def test_a_line_has_at_most_one_note_at_a_time(judged: list[tuple[int, float]], threshold: float) -> None:
    places = np.unique(np.sort([place for place, _ in judged]), return_inverse=True)[1]
    probability = np.array([p for _, p in judged])
    line = melody_line(places, probability, threshold)
    assert np.bincount(places[line], minlength=1).max() <= 1
    assert (probability[line] > threshold).all()
    silent = np.setdiff1d(places, places[line])
    assert (probability[np.isin(places, silent)] <= threshold).all()


def test_nothing_has_no_line() -> None:
    assert melody_line(np.zeros(0, np.int64), np.zeros(0), 0.5).tolist() == []
