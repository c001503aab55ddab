"""The network that hears beats, with weights by chance."""

from pathlib import Path

import numpy as np
import pytest
import torch

from symmv_tools.errors import MissingCheckpoint
from symmv_tools.models.beat_net import BeatNet, hear, load
from symmv_tools.models.networks import write_network
from symmv_tools.music.beat_features import HALVES, N_FEATURES
from symmv_tools.music.notes import make_notes


def small() -> BeatNet:
    torch.manual_seed(0)
    return BeatNet(width=8, depth=3).eval()


def test_every_frame_gets_two_logits_for_each_half() -> None:
    assert small()(torch.zeros(2, 50, N_FEATURES)).shape == (2, 50 * HALVES, 2)


def test_a_later_song_is_heard_alike() -> None:
    """What lies beyond the reach of the convolutions does not matter."""
    features = torch.randn(1, 200, N_FEATURES, generator=torch.Generator().manual_seed(0))
    whole, part = small()(features), small()(features[:, 50:])
    assert torch.allclose(whole[:, 100 + 40 : 360], part[:, 40:260], atol=1e-5)


def test_songs_of_a_batch_do_not_hear_each_other() -> None:
    features = torch.randn(2, 60, N_FEATURES, generator=torch.Generator().manual_seed(0))
    assert torch.allclose(small()(features)[1], small()(features[1:])[0], atol=1e-5)


def test_a_written_network_hears_as_before(tmp_path: Path) -> None:
    notes = make_notes(np.arange(20) / 2, np.full(20, 0.4), np.arange(50, 70), np.full(20, 64))
    network = small()
    write_network(tmp_path / "a.npz", network, {"shape": network.shape})
    again = load(str(tmp_path / "a.npz"))
    assert again.shape == network.shape
    # half precision keeps three digits of a weight
    assert np.allclose(hear(notes, again), hear(notes, network), atol=0.02)


def test_a_file_that_is_no_network_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.npz").write_bytes(b"do re mi")
    with pytest.raises(MissingCheckpoint, match="does not hold a network"):
        load(str(tmp_path / "a.npz"))
