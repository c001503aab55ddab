"""Our own networks as files."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from symmv_tools.errors import MissingCheckpoint
from symmv_tools.models.networks import read_network, write_network


def test_a_network_comes_back_to_half_precision(tmp_path: Path) -> None:
    network = nn.GRU(3, 5)
    write_network(tmp_path / "net.npz", network, {"channels": 5, "said": "“quite well”"})
    weights, about = read_network(tmp_path / "net.npz")
    assert about == {"channels": 5, "said": "“quite well”"}
    for name, tensor in network.state_dict().items():
        torch.testing.assert_close(weights[name], tensor, rtol=1e-3, atol=1e-3)
    nn.GRU(3, 5).load_state_dict(weights)


def test_only_the_finished_file_is_left(tmp_path: Path) -> None:
    write_network(tmp_path / "net.npz", nn.Linear(2, 2), {})
    assert [path.name for path in tmp_path.iterdir()] == ["net.npz"]


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 cut short", b"no archive"])
def test_another_file_is_refused_with_a_remedy(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "net.npz").write_bytes(content)
    with pytest.raises(MissingCheckpoint, match=r"net\.npz does not hold a network"):
        read_network(tmp_path / "net.npz")


def test_a_pickle_inside_is_not_opened(tmp_path: Path) -> None:
    np.savez(tmp_path / "net.npz", weights=np.array([{}], object))
    with pytest.raises(MissingCheckpoint):
        read_network(tmp_path / "net.npz")
