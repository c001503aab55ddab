"""Training the chord annotator."""

import numpy as np
import torch

from symmv_tools.models.chord_net import ChordNet
from symmv_tools.music.beats import Beats
from symmv_tools.music.chord_features import half_beats, tonics
from symmv_tools.music.chord_path import chord_class
from symmv_tools.music.harte import Chord, parse, transposed
from symmv_tools.music.notes import Notes
from symmv_tools.sources.releases import Labels
from symmv_tools.training.chord_net import Song, _batch, batches, example, loss, scores
from symmv_tools.training.loop import fit
from symmv_tools.training.settings import FitSettings
from tests.songs import tune


def song(seed: int) -> Song:
    """A tune of eight bars with the chord of each bar, and its beats."""
    notes = tune(np.random.default_rng(seed))
    time = np.arange(0, 16, 0.5)
    beats = Beats(time, (np.arange(32) % 4 + 1).astype(np.uint8), np.ones(32, np.float32))
    labels = Labels(np.arange(0, 16, 2.0), np.full(8, 2.0), [_chord_at(notes, bar) for bar in range(8)])
    return Song(notes, beats, beats, labels, labels)


def _chord_at(notes: Notes, bar: int) -> str:
    root = int(notes.pitch[notes.onset == 2.0 * bar].min())
    return Chord(root % 12, "maj").label


SONGS = [song(seed) for seed in range(4)]


def test_four_songs_are_learned_by_heart() -> None:
    torch.manual_seed(0)
    examples = [
        example(one, one.notes, half_beats(one.notes, one.own.time, one.own.position), tonics(one.notes)[0])
        for one in SONGS
    ]
    network = ChordNet(features=examples[0].features.shape[1], channels=32, hidden=16)
    batch = _batch(examples)
    settings = FitSettings(epochs=120, learning_rate=1e-2, average_steps=5.0)
    fit(network, lambda epoch: [batch], loss, lambda net: {}, settings, lambda line: None)
    assert loss(network.eval(), batch).item() < 0.05
    assert scores(network, SONGS)["sevenths midi"] > 0.995  # the last note ends 50 ms before the last bar


def test_the_truth_of_a_cell_is_the_chord_that_both_references_name() -> None:
    one = SONGS[0]
    cells = half_beats(one.notes, one.own.time, one.own.position)
    truth = example(one, one.notes, cells, tonic=0).chord
    np.testing.assert_allclose(truth.sum(axis=1), 1.0, atol=1e-6)
    named = parse(_chord_at(one.notes, 0))
    assert named is not None
    assert truth[0].argmax() == chord_class(named)
    assert example(one, one.notes, cells, tonic=5).chord[0].argmax() == chord_class(
        parse(transposed(named.label, -5))
    )


def test_batches_hold_every_song_once_whatever_beats_cut_it() -> None:
    for seed in range(4):
        held = batches(SONGS, np.random.default_rng(seed))
        assert sum(len(batch.features) for batch in held) == len(SONGS)
        assert all(torch.isfinite(batch.features).all() for batch in held)
