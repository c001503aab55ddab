"""What is refused of a folder in the hub's format, and in which words."""

from __future__ import annotations

import importlib
import json
import os
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModel

from symmv_tools import checkpoints
from symmv_tools.errors import MissingCheckpoint
from symmv_tools.models import pretrained
from tests import tiny_models


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tiny_models.clip(tmp_path / "clip")


def load(folder: Path | str) -> Any:
    return pretrained.model(AutoModel, str(folder), "cpu")


class Trap:
    """A pickle that runs something when it is opened."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return os.mkdir, (str(self.path),)


def as_pickle(folder: Path, content: Any = None) -> Path:
    """Replace safetensors by a pickle, of the same tensors unless other content is given."""
    tensors = load_file(folder / "model.safetensors")
    (folder / "model.safetensors").unlink()
    torch.save(tensors if content is None else content, folder / "pytorch_model.bin")
    return folder


def test_a_pickle_is_not_opened(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(MissingCheckpoint, match=r"no file named model\.safetensors") as caught:
        load(as_pickle(folder, Trap(tmp_path / "sprung")))
    assert "save_pretrained" in caught.value.hint
    assert not (tmp_path / "sprung").exists()


def test_a_pickle_that_the_manifest_lists_is_read_as_tensors(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = load_file(folder / "model.safetensors")
    monkeypatch.setattr(checkpoints, "is_published", lambda path: True)
    found = load(as_pickle(folder)).state_dict()
    assert all(torch.equal(found[name], tensor) for name, tensor in expected.items())


def test_not_even_then_is_anything_run(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoints, "is_published", lambda path: True)
    with pytest.raises(MissingCheckpoint, match="torch cannot read it"):
        load(as_pickle(folder, Trap(tmp_path / "sprung")))
    assert not (tmp_path / "sprung").exists()


def test_code_that_comes_with_a_checkpoint_is_not_run(folder: Path, tmp_path: Path) -> None:
    sprung = tmp_path / "sprung"
    (folder / "own.py").write_text(f"import os; os.mkdir({str(sprung)!r})", encoding="utf-8")
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    config |= {"model_type": "own", "auto_map": {"AutoConfig": "own.Config", "AutoModel": "own.Model"}}
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    with pytest.raises(MissingCheckpoint, match="can use"):
        load(folder)
    assert not sprung.exists()


@pytest.mark.parametrize("change", ["drop", "reshape"])
def test_weights_with_a_gap_are_refused_and_not_made_up(folder: Path, change: str) -> None:
    tensors = load_file(folder / "model.safetensors")
    kept = tensors.pop("visual_projection.weight")
    if change == "reshape":
        tensors["visual_projection.weight"] = kept[:, :-1].contiguous()
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(MissingCheckpoint, match=r"visual_projection\.weight"):
        load(folder)


@pytest.mark.parametrize("file", ["config.json", "model.safetensors", "preprocessor_config.json"])
@pytest.mark.parametrize("content", [None, b"", b"\x80\x04garbage"])
def test_a_damaged_folder_is_a_sentence(folder: Path, file: str, content: bytes | None) -> None:
    (folder / file).unlink()
    if content is not None:
        (folder / file).write_bytes(content)
    look = pretrained.image_processor if file == "preprocessor_config.json" else load
    with pytest.raises(MissingCheckpoint, match="does not hold a checkpoint") as caught:
        look(str(folder))
    assert "\n" not in caught.value.message


def test_no_folder_is_asked_of_nobody(tmp_path: Path) -> None:
    with pytest.raises(MissingCheckpoint, match="does not hold a checkpoint"):
        load(tmp_path / "nowhere")


def test_a_pickle_in_the_name_of_safetensors_is_refused(folder: Path, tmp_path: Path) -> None:
    (folder / "model.safetensors").write_bytes(pickle.dumps(Trap(tmp_path / "sprung")))
    with pytest.raises(MissingCheckpoint):
        load(folder)
    assert not (tmp_path / "sprung").exists()


def test_transformers_talks_as_it_did_before() -> None:
    logging: Any = importlib.import_module("transformers.utils.logging")
    before = logging.get_verbosity(), logging.is_progress_bar_enabled()
    with pretrained.quiet():
        assert logging.get_verbosity() == logging.ERROR
        assert not logging.is_progress_bar_enabled()
    assert (logging.get_verbosity(), logging.is_progress_bar_enabled()) == before


TALK = """
import sys
from symmv_tools.models import captioner, text_encoder, vision_tower
from tests.tiny_models import pictures
clip, blip, bert = sys.argv[1:]
vision_tower.encode(pictures(2), vision_tower.load(clip, "cpu"))
captioner.describe(pictures(2), captioner.load(blip, "cpu", max_tokens=4))
captioner.describe(pictures(2), captioner.load(blip, "cpu", max_tokens=4, sentences=2, prompt="ab"))
text_encoder.encode(["ab " * 900], text_encoder.load(bert, "cpu"))
"""


@pytest.mark.slow  # a process imports torch and transformers: up to 10 s
def test_not_a_word_is_said_and_no_bar_is_drawn(folder: Path, tmp_path: Path) -> None:
    """In a process of its own: transformers warns once per process, and perhaps did so already here."""
    paths = [folder, tiny_models.blip(tmp_path / "blip"), tiny_models.bert(tmp_path / "bert")]
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", TALK, *map(str, paths)],
        capture_output=True,
        text=True,
        check=False,
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
