"""What the chord network sees of a song."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from symmv_tools.music.chord_features import cell_features, half_beats, tonics
from symmv_tools.music.notes import Notes, make_notes
from tests.songs import songs, transposed

NO_BEATS = (np.zeros(0), np.zeros(0, np.uint8))


@given(songs(), st.integers(-12, 12))
def test_tonics_move_with_the_notes(notes: Notes, semitones: int) -> None:
    moved = sorted((tonic + semitones) % 12 for tonic in tonics(notes))
    assert tonics(transposed(notes, semitones)) == moved


@pytest.mark.parametrize("tonic", range(12))
def test_the_tonic_of_a_scale_is_found_in_major_and_its_relative_minor(tonic: int) -> None:
    major = make_notes(
        np.arange(8), np.ones(8), 48 + tonic + np.array([0, 4, 7, 5, 9, 2, 11, 0]), np.full(8, 80)
    )
    assert tonics(major) == [tonic]
    minor = make_notes(
        np.arange(8), np.ones(8), 45 + tonic + np.array([0, 3, 7, 5, 8, 2, 10, 0]), np.full(8, 80)
    )
    assert tonics(minor) == [tonic]


def test_a_tritone_has_more_than_one_tonic() -> None:
    assert len(tonics(make_notes([0, 0], [1, 1], [60, 66], [80, 80]))) > 1


@given(songs(), st.integers(-12, 12))
def test_counted_from_the_tonic_a_transposed_song_looks_the_same(notes: Notes, semitones: int) -> None:
    cells = half_beats(notes, *NO_BEATS)
    one = cell_features(notes, cells, 0)
    other = cell_features(transposed(notes, semitones), cells, semitones % 12)
    np.testing.assert_allclose(one, other, atol=1e-6)


@given(songs(), st.integers(2, 20), st.floats(0.3, 1.2), st.integers(1, 4))
def test_the_cells_cover_all_notes_and_count_on(notes: Notes, n: int, length: float, first: int) -> None:
    beat = 1.0 + length * np.arange(n, dtype=np.float64)
    position = ((first - 1 + np.arange(n)) % 4 + 1).astype(np.uint8)
    cells = half_beats(notes, beat, position)
    assert cells.border[0] <= notes.onset[0] + 1e-6
    assert cells.border[-1] >= notes.end - 1e-6
    assert (np.diff(cells.border) > 0).all()
    assert len(cells.position) == len(cells.is_offbeat) == len(cells.border) - 1
    on_beat = cells.position[~cells.is_offbeat]
    if n >= 4:
        assert (np.diff(on_beat) % 4 == 1).all()
    assert cell_features(notes, cells, 0).shape[0] == len(cells.position)


@given(songs())
def test_without_beats_there_is_a_raster_of_unknown_positions(notes: Notes) -> None:
    cells = half_beats(notes, *NO_BEATS)
    assert cells.border[-1] >= notes.end
    assert not cells.position.any()
    assert np.isfinite(cell_features(notes, cells, 0)).all()
