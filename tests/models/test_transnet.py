"""TransNet V2: streamed in batches it says what the package says of the whole video at once."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
import torch

from symmv_tools import checkpoints
from symmv_tools.errors import MissingCheckpoint
from symmv_tools.models import transnet
from symmv_tools.models.transnet import NetworkFinder
from symmv_tools.video.shots import Shots
from tests.films import Pictures, scene


@pytest.fixture(scope="module")
def weights() -> str:
    """The weights that come with the package."""
    return str(checkpoints.locate("transnetv2"))


def dissolved(length: int) -> Pictures:
    """A scene that melts into another over so many frames."""
    share = (np.arange(1, length + 1) / (length + 1))[:, None, None, None]
    blend = ((1 - share) * scene(0, 1, 27, 48) + share * scene(1, 1, 27, 48)).astype(np.uint8)
    return np.concatenate([scene(0, 60, 27, 48), blend, scene(1, 60, 27, 48)])


def shots_of(pictures: Pictures, weights: str, batch: int = 2) -> Shots:
    finder = NetworkFinder(transnet.load(weights, "cpu"), 0.3, 0.25, batch)
    for i, picture in enumerate(pictures):
        finder.feed(i / 25, picture)
    return finder.finish(1 / 25)


@pytest.mark.parametrize(("length", "batch"), [(1, 1), (50, 4), (120, 2)])
def test_frames_as_they_come_are_judged_as_the_package_judges_them_all(
    length: int, batch: int, weights: str
) -> None:
    pictures = np.concatenate([scene(seed, 33, 27, 48) for seed in range(4)])[:length]
    network = transnet.load(weights, "cpu")
    finder = NetworkFinder(network, 0.3, 0.25, batch)
    for i, picture in enumerate(pictures):
        finder.feed(i / 25, picture)
    finder.finish(1 / 25)
    found = np.concatenate(finder._found)[:length]
    single, every = network.predict_frames(torch.from_numpy(pictures), quiet=True)
    np.testing.assert_allclose(found, torch.stack([single, every], dim=1).numpy(), atol=1e-5)


def test_a_cut_opens_its_shot_on_the_first_new_frame(weights: str) -> None:
    pictures = np.concatenate([scene(0, 70, 27, 48), scene(1, 60, 27, 48)])
    shots = shots_of(pictures, weights)
    assert shots.value == ["start", "cut"]
    assert shots.time[1] == pytest.approx(70 / 25)


def test_a_dissolve_opens_its_shot_near_its_middle(weights: str) -> None:
    shots = shots_of(dissolved(20), weights)
    assert shots.value == ["start", "dissolve"]
    assert 65 <= shots.time[1] * 25 <= 75


def test_a_fade_opens_its_shot_where_the_picture_leaves_black(weights: str) -> None:
    rising = np.concatenate([np.linspace(1, 0, 15), np.zeros(8), np.linspace(0, 1, 15)])
    ramp = scene(0, len(rising), 27, 48)
    ramp[18:] = scene(1, len(rising) - 18, 27, 48)
    ramp = (ramp * rising[:, None, None, None]).astype(np.uint8)
    shots = shots_of(np.concatenate([scene(0, 60, 27, 48), ramp, scene(1, 60, 27, 48)]), weights)
    assert shots.value == ["start", "fade"]
    assert 0 <= shots.time[1] * 25 - (60 + 15 + 8) <= 3


def test_no_frame_is_no_shot(weights: str) -> None:
    assert len(NetworkFinder(transnet.load(weights, "cpu"), 0.3, 0.25, 2).finish(0.04)) == 0


def test_loading_leaves_the_process_as_it_was(weights: str) -> None:
    """The package's own constructor seeds three random generators and changes torch's algorithms."""
    transnet.load.cache_clear()
    random.seed(7)
    expected = random.random()
    random.seed(7)
    transnet.load(weights, "cpu")
    assert random.random() == expected
    assert not torch.are_deterministic_algorithms_enabled()


def test_weights_of_another_network_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.pth"
    torch.save({"fc1.weight": torch.zeros(3)}, path)
    with pytest.raises(MissingCheckpoint, match="not those of TransNet"):
        transnet.load(str(path), "cpu")
