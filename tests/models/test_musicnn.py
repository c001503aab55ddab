"""The taggers, against what the package's own TensorFlow graphs said (tests/golden/make_musicnn.py)."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from numpy.typing import NDArray
from scipy.special import expit

from symmv_tools import checkpoints
from symmv_tools.errors import MissingCheckpoint
from symmv_tools.io import audio
from symmv_tools.models import musicnn
from symmv_tools.models.musicnn import Musicnn
from symmv_tools.music.musicnn_mel import FRAMES_PER_SECOND, patches
from tests.golden import make_musicnn

torch.set_num_threads(1)  # one patch at a time keeps no second thread busy
both = pytest.mark.parametrize("name", list(make_musicnn.MODELS))
HOP_SECONDS = make_musicnn.OVERLAP_HOP / FRAMES_PER_SECOND


@pytest.fixture(scope="module")
def golden() -> dict[str, NDArray[np.float32]]:
    """What the package said."""
    with np.load(make_musicnn.FILE) as file:
        return dict(file)


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> NDArray[np.float32]:
    """The sound of which it said so."""
    path = make_musicnn.write_sound(tmp_path_factory.mktemp("sound") / "sound.wav")
    return audio.read(path, musicnn.SAMPLE_RATE)


def network(name: str) -> Musicnn:
    return musicnn.load(str(checkpoints.locate(name)))


@both
def test_the_network_is_the_packages(name: str, golden: dict[str, NDArray[np.float32]]) -> None:
    mel = torch.from_numpy(patches(golden["mel"], make_musicnn.OVERLAP_HOP).copy())
    with torch.inference_mode():
        found = network(name)(mel)
    for layer, tolerance in (("logits", 1e-4), ("penultimate", 1e-4), ("mean_pool", 1e-4)):
        expected = golden[f"{name}/{layer}"]
        assert_allclose(getattr(found, layer).numpy(), expected, rtol=0, atol=tolerance, err_msg=layer)
    # up to 97: what adds to it in another order differs by 1e-5 of that
    assert_allclose(found.max_pool.numpy(), golden[f"{name}/max_pool"], rtol=1e-4, atol=1e-3)


@both
def test_from_the_file_to_the_tags_all_is_as_the_package_has_it(
    name: str, samples: NDArray[np.float32], golden: dict[str, NDArray[np.float32]]
) -> None:
    """Both front ends round to half precision; of some thousand places one differs in its last bit."""
    found = musicnn.hear(samples, network(name), HOP_SECONDS)
    assert_allclose(found.tags, expit(golden[f"{name}/logits"]), atol=1e-4)
    assert_allclose(found.penultimate, golden[f"{name}/penultimate"], atol=2e-4)
    assert_allclose(found.mean_pool, golden[f"{name}/mean_pool"], atol=1e-3)


@pytest.mark.parametrize("batch", [3, 100])
def test_the_size_of_a_batch_changes_nothing(batch: int, samples: NDArray[np.float32]) -> None:
    one, several = (musicnn.hear(samples, network("musicnn-mtt"), HOP_SECONDS, batch=n) for n in (1, batch))
    for layer in one._fields:
        assert_allclose(getattr(several, layer), getattr(one, layer), rtol=1e-4, atol=1e-4, err_msg=layer)


def test_embed_and_tag_are_parts_of_what_is_heard(samples: NDArray[np.float32]) -> None:
    net = network("musicnn-mtt")
    heard = musicnn.hear(samples, net)
    assert heard.tags.shape == (2, 50)
    assert_allclose(musicnn.embed(samples, net), heard.penultimate)
    assert_allclose(musicnn.tag(samples, net), heard.tags)


@pytest.mark.parametrize("n_samples", [0, 1, 16000, 47616, 47615])
def test_what_is_shorter_than_three_seconds_has_one_vector(n_samples: int) -> None:
    sound = np.random.default_rng(0).normal(0, 0.1, n_samples).astype(np.float32)
    found = musicnn.embed(sound, network("musicnn-msd"))
    assert found.shape == (1, 200)
    assert np.isfinite(found).all()


def test_plucked_chords_are_a_piano_or_a_guitar(samples: NDArray[np.float32]) -> None:
    """The names belong to the numbers: the two likeliest tags of the golden sound, which is plucked."""
    probability = musicnn.tag(samples, network("musicnn-mtt")).mean(axis=0)
    best = {musicnn.TAGS["musicnn-mtt"][i] for i in np.argsort(-probability)[:2]}
    assert best == {"piano", "guitar"}


def test_the_tags_are_the_packages() -> None:
    """Read from its configuration as text: importing its module is harmless, but nothing here does."""
    text = (checkpoints.locate("musicnn-mtt").parent / "configuration.py").read_text("utf-8")
    lists = {line.partition(" = ")[0]: line.partition(" = ")[2] for line in text.splitlines()}
    for name in ("mtt", "msd"):
        quoted = lists[f"{name.upper()}_LABELS"].strip("[]").replace("', '", "','").strip("'")
        assert tuple(quoted.split("','")) == musicnn.TAGS[f"musicnn-{name}"]
        assert len(musicnn.TAGS[f"musicnn-{name}"]) == 50


def test_the_packages_other_networks_are_refused() -> None:
    folder = checkpoints.locate("musicnn-mtt").parent / "MTT_vgg"
    with pytest.raises(MissingCheckpoint, match="weights of another network than musicnn"):
        musicnn.load(str(folder))


def test_weights_cut_short_are_refused(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(checkpoints.locate("musicnn-mtt"), tmp_path / "cut"))
    data = folder / ".data-00000-of-00001"
    data.write_bytes(data.read_bytes()[:-1000])
    with pytest.raises(MissingCheckpoint, match="is it cut short"):
        musicnn.load(str(folder))
