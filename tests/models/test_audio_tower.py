"""Tiny random networks in the hub's format: ours must hear what a direct call of transformers hears."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from numpy.typing import NDArray

from symmv_tools.errors import MissingCheckpoint
from symmv_tools.models import audio_tower
from symmv_tools.models.audio_tower import AudioTower, embed, posteriors
from tests import tiny_models

Sound = NDArray[np.float32]


def sound(seconds: float, rate: int, seed: int = 0) -> Sound:
    """Tones that slide, a little noise: every window is another."""
    t = np.arange(round(seconds * rate)) / rate
    noise = np.random.default_rng(seed).normal(size=len(t)) * 0.05
    return np.asarray(0.3 * np.sin(2 * np.pi * (300 + 150 * t) * t) + noise, np.float32)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_models.clap(tmp_path_factory.mktemp("models") / "clap")


@pytest.fixture(scope="module")
def tower(folder: Path) -> AudioTower:
    return audio_tower.load(str(folder), "cpu")


@pytest.fixture(scope="module")
def classifying(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_models.ast(tmp_path_factory.mktemp("models") / "ast")


@pytest.fixture(scope="module")
def classifier(classifying: Path) -> AudioTower:
    return audio_tower.load_classifier(str(classifying), "cpu")


def direct(folder: Path, window: Sound, rate: int) -> NDArray[np.float32]:
    """What the documentation of transformers says to do with one piece of sound."""
    from transformers import ClapFeatureExtractor, ClapModel

    model: Any = ClapModel.from_pretrained(folder)
    inputs: Any = ClapFeatureExtractor.from_pretrained(folder)(
        window, sampling_rate=rate, return_tensors="pt"
    )
    with torch.no_grad():
        found: NDArray[np.float32] = model.get_audio_features(**inputs).pooler_output[0].numpy()
    return found


def test_the_tower_hears_what_its_extractor_says(tower: AudioTower, classifier: AudioTower) -> None:
    assert (tower.sample_rate, tower.window) == (8000, 8000)
    assert (classifier.sample_rate, classifier.window) == (16000, 10240)


@pytest.mark.parametrize("fused", [False, True])
def test_embeddings_are_those_of_a_direct_call_window_by_window(tmp_path: Path, fused: bool) -> None:
    folder = tiny_models.clap(tmp_path / "clap", fused=fused)
    samples = sound(3.7, 8000)
    found = embed(samples, audio_tower.load(str(folder), "cpu"))
    assert found.shape == (3, 16)
    assert found.dtype == np.float32
    expected = [direct(folder, samples[i : i + 8000], 8000) for i in (0, 8000, 16000)]
    assert_allclose(found, expected, atol=1e-5, rtol=1e-5)
    assert_allclose(np.linalg.norm(found, axis=1), 1.0, atol=1e-5)


@pytest.mark.parametrize("fused", [False, True])
def test_a_batch_hears_what_each_window_alone_would(tmp_path: Path, fused: bool) -> None:
    """CLAP's extractor draws one of a batch and marks it as longer; asked for batches, it would roll dice."""
    tower = audio_tower.load(str(tiny_models.clap(tmp_path / "clap", fused=fused)), "cpu")
    samples = sound(5, 8000)
    alone = embed(samples, tower, batch=1)
    for batch in (2, 3, 100):
        assert_allclose(embed(samples, tower, batch=batch), alone, atol=1e-5, rtol=1e-5)
    assert np.ptp(alone, axis=0).max() > 0.01, "the windows differ, so must their embeddings"


def test_what_is_heard_twice_is_the_same(tower: AudioTower) -> None:
    samples = sound(2.5, 8000)
    assert (embed(samples, tower) == embed(samples, tower)).all()


def test_sound_shorter_than_a_window_is_heard_as_the_extractor_fills_it(
    folder: Path, tower: AudioTower
) -> None:
    samples = sound(0.4, 8000)
    assert_allclose(embed(samples, tower), [direct(folder, samples, 8000)], atol=1e-5, rtol=1e-5)


def test_posteriors_are_the_softmax_of_a_direct_calls_logits(
    classifying: Path, classifier: AudioTower
) -> None:
    from transformers import ASTFeatureExtractor, ASTForAudioClassification

    model: Any = ASTForAudioClassification.from_pretrained(classifying)
    extractor: Any = ASTFeatureExtractor.from_pretrained(classifying)
    samples = sound(1.4, 16000)
    found = posteriors(samples, classifier, batch=2)
    assert found.shape == (2, 6)
    assert_allclose(found.sum(axis=1), 1.0, atol=1e-6)
    for i, row in enumerate(found):
        inputs = extractor(samples[i * 10240 :][:10240], sampling_rate=16000, return_tensors="pt")
        with torch.no_grad():
            expected = model(**inputs).logits[0].softmax(0).numpy()
        assert_allclose(row, expected, atol=1e-5, rtol=1e-5)
    assert audio_tower.classes(classifier) == [f"class {i}" for i in range(6)]


def test_a_classifier_embeds_as_it_pools_itself(classifying: Path) -> None:
    from transformers import ASTFeatureExtractor, ASTModel

    samples = sound(0.64, 16000)
    model: Any = ASTModel.from_pretrained(classifying)
    extractor: Any = ASTFeatureExtractor.from_pretrained(classifying)
    inputs = extractor(samples, sampling_rate=16000, return_tensors="pt")
    with torch.no_grad():
        expected = model(**inputs).pooler_output.numpy()
    found = embed(samples, audio_tower.load(str(classifying), "cpu"))
    assert_allclose(found, expected, atol=1e-5, rtol=1e-5)


def test_a_network_that_pools_nothing_is_averaged_over_time(tmp_path: Path) -> None:
    from transformers import Wav2Vec2FeatureExtractor, Wav2Vec2Model

    folder = tiny_models.wav2vec2(tmp_path / "wav2vec2")
    samples = sound(1.0, 16000)
    model: Any = Wav2Vec2Model.from_pretrained(folder)
    extractor: Any = Wav2Vec2FeatureExtractor.from_pretrained(folder)
    inputs = extractor(samples, sampling_rate=16000, return_tensors="pt")
    with torch.no_grad():
        expected = model(**inputs).last_hidden_state.mean(dim=1).numpy()
    tower = audio_tower.load(str(folder), "cpu")
    assert tower.window == 160000
    assert_allclose(embed(samples, tower), expected, atol=1e-5, rtol=1e-5)


def test_loading_twice_gives_the_same_network(folder: Path, tower: AudioTower) -> None:
    assert audio_tower.load(str(folder), "cpu").model is tower.model
    assert not any(parameter.requires_grad for parameter in tower.model.parameters())


def test_networks_that_see_or_read_do_not_listen(tmp_path: Path) -> None:
    for network in (tiny_models.dinov2, tiny_models.bert):
        with pytest.raises(MissingCheckpoint):
            audio_tower.load(str(network(tmp_path / network.__name__)), "cpu")


def test_a_network_that_only_embeds_does_not_classify(folder: Path) -> None:
    with pytest.raises(MissingCheckpoint):
        audio_tower.load_classifier(str(folder), "cpu")


def test_a_pickle_is_not_opened(tmp_path: Path) -> None:
    folder = tiny_models.clap(tmp_path / "clap")
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(MissingCheckpoint, match=r"no file named model\.safetensors"):
        audio_tower.load(str(folder), "cpu")


@pytest.mark.parametrize(
    ("samples", "words"),
    [
        (np.zeros((2, 9000), np.float32), r"mono.*\(2, 9000\)"),
        (np.zeros(799, np.float32), r"last 0.1 s"),
        (np.full(9000, np.nan, np.float32), "not finite"),
    ],
)
def test_what_is_no_sound_is_refused(tower: AudioTower, samples: Sound, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        embed(samples, tower)
