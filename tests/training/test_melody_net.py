"""Training the melody annotator."""

import numpy as np
import pytest
import torch

from symmv_tools.models.melody_net import MelodyNet
from symmv_tools.training.loop import fit
from symmv_tools.training.melody_net import (
    _THRESHOLDS,
    TRACKS,
    Song,
    _batch,
    batches,
    example,
    loss,
    note_f1,
    varied,
)
from symmv_tools.training.settings import FitSettings
from tests.songs import tune

SONGS = [tune(np.random.default_rng(i)) for i in range(4)]
TRACK = [np.array([TRACKS.index(track) for track in notes.track]) for notes in SONGS]


def network() -> MelodyNet:
    torch.manual_seed(0)
    features = example(SONGS[0], TRACK[0]).features.values.shape[1]
    return MelodyNet(features=features, channels=32, rounds=1, heads=2, tracks=len(TRACKS))


def test_four_songs_are_learned_by_heart() -> None:
    examples = [example(notes, track) for notes, track in zip(SONGS, TRACK, strict=True)]
    net, batch = network(), _batch(examples)

    def validate(net: torch.nn.Module) -> dict[str, float]:
        return {"F1": float(note_f1(net, examples).max())}

    said = list[str]()
    settings = FitSettings(epochs=80, learning_rate=1e-2, average_steps=5.0)
    fit(net, lambda epoch: [batch], loss, validate, settings, said.append)
    assert loss(net.eval(), batch).item() < 0.05
    assert "F1 1.0000" in said[-1]


def test_batches_hold_every_song_once() -> None:
    songs = [Song(notes, track, notes.duration) for notes, track in zip(SONGS, TRACK, strict=True)]
    held = batches(songs * 2, np.random.default_rng(0))
    assert [len(batch.songs.time) for batch in held] == [4, 4]


def test_silent_groups_are_the_real_ones_without_melody() -> None:
    batch = _batch([example(SONGS[0], TRACK[0]), example(SONGS[1].take(np.arange(6)), TRACK[1][:6])])
    assert not (batch.silent & ~batch.songs.is_real).any()
    sung = torch.zeros_like(batch.silent).flatten()
    sung[batch.songs.group[batch.track == TRACKS.index("melody")]] = True
    assert torch.equal(batch.silent, batch.songs.is_real & ~sung.view_as(batch.silent))


@pytest.mark.parametrize("seed", range(3))
def test_a_varied_song_keeps_some_of_its_melody(seed: int) -> None:
    clean = example(SONGS[0], TRACK[0]).is_melody.sum()
    assert (
        0.2 * clean
        <= varied(
            Song(SONGS[0], TRACK[0], 2 * SONGS[0].duration), np.random.default_rng(seed)
        ).is_melody.sum()
        <= clean
    )


def test_an_untrained_network_is_scored_for_every_threshold() -> None:
    f1 = note_f1(network().eval().requires_grad_(requires_grad=False), [example(SONGS[0], TRACK[0])])
    assert f1.shape == _THRESHOLDS.shape
    assert ((f1 >= 0) & (f1 <= 1)).all()
