"""The melody network."""

import numpy as np
import pytest
import torch

from symmv_tools.models.melody_net import MelodyNet, as_batch, hear
from symmv_tools.music.melody_features import note_features
from tests.songs import tune


@pytest.fixture
def network() -> MelodyNet:
    torch.manual_seed(0)
    features = note_features(tune(np.random.default_rng(0))).values.shape[1]
    return MelodyNet(features=features, channels=16, rounds=2, heads=2, tracks=3).eval()


def test_the_notes_of_a_chord_and_none_share_one_probability(network: MelodyNet) -> None:
    songs = as_batch([note_features(tune(np.random.default_rng(i), bars=3 + i)) for i in range(3)])
    chosen, none, _ = network(songs)
    total = none.exp().flatten().index_add(0, songs.group, chosen.exp())
    torch.testing.assert_close(total, torch.ones_like(total))


def test_a_song_is_judged_alike_alone_and_among_others(network: MelodyNet) -> None:
    tunes = [tune(np.random.default_rng(i), bars=bars) for i, bars in enumerate((2, 9, 5))]
    batch = as_batch([note_features(notes) for notes in tunes])
    together = network(batch)[0].exp().detach().numpy()
    alone = np.concatenate([hear(notes, network)[1] for notes in tunes])
    np.testing.assert_allclose(together, alone, atol=1e-5)


def test_one_note_is_judged_too(network: MelodyNet) -> None:
    group, probability = hear(tune(np.random.default_rng(0)).take(np.array([0])), network)
    assert group.tolist() == [0]
    assert 0 <= probability[0] <= 1
