"""Tiny random networks in the hub's format: ours must see what a direct call of transformers sees."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from numpy.typing import NDArray
from PIL import Image

from symmv_tools.errors import MissingCheckpoint
from symmv_tools.models import vision_tower
from symmv_tools.models.vision_tower import VisionTower, encode
from tests import tiny_models
from tests.tiny_models import pictures


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_models.clip(tmp_path_factory.mktemp("models") / "clip")


@pytest.fixture(scope="module")
def tower(folder: Path) -> VisionTower:
    return vision_tower.load(str(folder), "cpu")


def direct(folder: Path, frames: list[NDArray[np.uint8]]) -> NDArray[np.float32]:
    """What the documentation of transformers says to do, picture by picture, on Pillow images."""
    from transformers import CLIPImageProcessorPil, CLIPModel

    model: Any = CLIPModel.from_pretrained(folder)
    processor = CLIPImageProcessorPil.from_pretrained(folder)
    rows = []
    with torch.no_grad():
        for frame in frames:
            inputs = processor(images=Image.fromarray(frame), return_tensors="pt")
            rows.append(model.get_image_features(**inputs).pooler_output[0].numpy())
    return np.stack(rows)


@pytest.mark.parametrize(("height", "width"), [(40, 64), (64, 40), (32, 32), (33, 59), (270, 480)])
def test_features_are_those_of_a_direct_call(
    folder: Path, tower: VisionTower, height: int, width: int
) -> None:
    frames = pictures(5, height, width)
    found = encode(frames, tower)
    assert found.shape == (5, 16)
    assert found.dtype == np.float32
    # one batch of five adds in another order than five batches of one: float32, hence 1e-5
    assert_allclose(found, direct(folder, frames), atol=1e-5, rtol=1e-5)


def test_a_batch_sees_what_each_picture_alone_shows(tower: VisionTower) -> None:
    frames = pictures(7)
    alone = np.concatenate([encode([frame], tower) for frame in frames])
    assert_allclose(encode(frames, tower), alone, atol=1e-5, rtol=1e-5)
    assert np.ptp(alone, axis=0).max() > 0.01, "the pictures differ, so must their features"


def test_a_picture_three_pixels_high_is_no_picture_of_three_colours(folder: Path, tower: VisionTower) -> None:
    frames = pictures(2, 3, 3)
    assert_allclose(encode(frames, tower), direct(folder, frames), atol=1e-5, rtol=1e-5)


def test_a_network_without_words_is_pooled_as_it_pools_itself(tmp_path: Path) -> None:
    from transformers import AutoModel

    folder = tiny_models.dinov2(tmp_path / "dinov2")
    tower = vision_tower.load(str(folder), "cpu")
    frames = pictures(3)
    pixels = tower.processor(images=frames, return_tensors="pt")["pixel_values"]
    model: Any = AutoModel.from_pretrained(folder)
    with torch.no_grad():
        expected = model(pixel_values=pixels).pooler_output.numpy()
    assert_allclose(encode(frames, tower), expected, atol=1e-5, rtol=1e-5)


def test_loading_twice_gives_the_same_network(folder: Path, tower: VisionTower) -> None:
    assert vision_tower.load(str(folder), "cpu").model is tower.model
    assert not any(parameter.requires_grad for parameter in tower.model.parameters())


def test_the_size_it_sees_is_the_processors(tower: VisionTower) -> None:
    assert tower.shortest_edge == tiny_models.SIZE


def test_a_network_that_reads_is_no_network_that_sees(tmp_path: Path) -> None:
    with pytest.raises(MissingCheckpoint, match=r"cannot|can use|look"):
        vision_tower.load(str(tiny_models.bert(tmp_path / "bert")), "cpu")
