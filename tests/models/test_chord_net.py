"""The chord network."""

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from symmv_tools.models.chord_net import ChordNet, hear, name_chords
from symmv_tools.music.chord_features import cell_features, half_beats, tonics
from symmv_tools.music.chord_path import CHORDS, moved
from symmv_tools.music.harte import transposed as moved_label
from symmv_tools.music.notes import Notes, make_notes
from tests.songs import songs, transposed, tune

NO_BEATS = (np.zeros(0), np.zeros(0, np.uint8))


def small_network() -> ChordNet:
    torch.manual_seed(0)
    notes = tune(np.random.default_rng(0))
    features = cell_features(notes, half_beats(notes, *NO_BEATS), 0).shape[1]
    return ChordNet(features=features, channels=16, hidden=8).eval()


NETWORK = small_network()


def test_every_cell_has_one_probability_to_share() -> None:
    notes = tune(np.random.default_rng(1))
    cells = half_beats(notes, *NO_BEATS)
    evidence = hear(notes, cells, NETWORK)
    assert evidence.shape == (len(cells.position), CHORDS)
    np.testing.assert_allclose(np.exp(evidence).sum(axis=1), 1.0)


@given(songs(most=20), st.integers(-12, 12))
@settings(max_examples=25, deadline=None)
def test_transposing_the_notes_transposes_the_evidence(notes: Notes, semitones: int) -> None:
    cells = half_beats(notes, *NO_BEATS)
    one, other = hear(notes, cells, NETWORK), hear(transposed(notes, semitones), cells, NETWORK)
    np.testing.assert_allclose(moved(one, semitones), other, atol=1e-4)


def test_transposing_a_tune_transposes_its_labels() -> None:
    notes = tune(np.random.default_rng(2))
    assert len(tonics(notes)) == 1

    def labels(semitones: int) -> list[str]:
        song = transposed(notes, semitones)
        return name_chords(song, *NO_BEATS, NETWORK, change_cost=1.0, keep_bass=True).label

    for semitones in (-7, 1, 6):
        assert labels(semitones) == [moved_label(label, semitones) for label in labels(0)]


def test_silence_has_no_chords() -> None:
    assert (
        name_chords(make_notes([], [], [], []), *NO_BEATS, NETWORK, change_cost=1.0, keep_bass=True).label
        == []
    )
