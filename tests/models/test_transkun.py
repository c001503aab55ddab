"""TransKun with its own weights, which its wheel brings."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from symmv_tools import checkpoints
from symmv_tools.errors import MissingCheckpoint
from symmv_tools.io.render import render
from symmv_tools.models import transkun
from symmv_tools.music.notes import make_notes


@pytest.fixture(scope="module")
def model() -> Any:
    return transkun.load(str(checkpoints.locate("transkun-2.0")), "cpu")


@pytest.mark.timeout(180)  # it costs 15 s of CPU, and cores may be shared
def test_a_rendered_phrase_is_written_down_again(model: Any) -> None:
    onset = np.arange(8) * 0.4 + 0.5
    pitch = [60, 64, 67, 72, 71, 67, 64, 62]
    sound = render(make_notes(onset, np.full(8, 0.35), pitch, np.full(8, 80)))
    notes, pedal = transkun.transcribe(sound, model, segment_seconds=16.0, hop_seconds=14.0)
    assert notes.pitch.tolist() == pitch
    np.testing.assert_allclose(notes.onset, onset, atol=0.05)
    assert all(1 <= v <= 127 for v in notes.velocity)
    assert set(pedal) == {"time", "duration", "value"}


def test_the_filter_bank_is_the_published_one(model: Any) -> None:
    """It is built as zeros where torchaudio is missing; the checkpoint must have filled it."""
    filters = model.framewiseFeatureExtractor.freq2mels
    assert filters.shape == (2049, 229)
    assert (filters.sum(0) > 0).sum() > 220


def test_torchaudio_is_left_as_it_was() -> None:
    real = sys.modules.get("torchaudio")
    with transkun._without_torchaudio():
        assert sys.modules["torchaudio"] is not real
    assert sys.modules.get("torchaudio") is real


class Event:
    def __init__(self, start: float, end: float, pitch: int, velocity: int) -> None:
        self.start, self.end, self.pitch, self.velocity = start, end, pitch, velocity


class Package:
    """Stands in for the network: says what it was asked, and gives a note, two pedals and a print."""

    def getDevice(self) -> str:  # noqa: N802 - the package's name
        return "cpu"

    def transcribe(self, sound: torch.Tensor, **asked: float) -> list[Event]:
        self.shape, self.asked = tuple(sound.shape), asked
        print("!!!!")
        return [
            Event(2.0, 3.0, -64, 90),
            Event(1.0, 1.5, -64, 70),
            Event(0, 9, -67, 1),
            Event(0.5, 1.0, 60, 0),
        ]


def test_controllers_become_pedal_and_talk_stays_out_of_stdout(capsys: pytest.CaptureFixture[str]) -> None:
    package = Package()
    samples = np.zeros((10, 2), np.float32)
    notes, pedal = transkun.transcribe(samples, package, segment_seconds=16.0, hop_seconds=14.0)
    assert package.shape == (10, 2)
    assert package.asked == {"segmentSizeInSecond": 16.0, "stepInSecond": 14.0}
    assert (notes.pitch.tolist(), notes.velocity.tolist()) == ([60], [1])
    assert pedal["time"].tolist() == [1.0, 2.0]
    assert pedal["duration"].tolist() == [0.5, 1.0]
    assert pedal["value"].tolist() == [70, 90]
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("content", "why"),
    [({"model": {}}, "no entry 'state_dict'"), ({"state_dict": {}}, r"not those of TransKun 2\.0")],
)
def test_other_weights_are_refused(tmp_path: Path, content: dict[str, Any], why: str) -> None:
    torch.save(content, tmp_path / "other.pt")
    with pytest.raises(MissingCheckpoint, match=why):
        transkun.load(str(tmp_path / "other.pt"), "cpu")


def test_the_module_loads_neither_torchaudio_nor_tensorflow() -> None:
    code = "import sys, symmv_tools.models.transkun; print({'torchaudio', 'tensorflow'} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "set()"
