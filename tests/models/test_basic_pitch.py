"""Basic Pitch with its own weights, against its own inference code."""

from __future__ import annotations

import logging
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from symmv_tools import checkpoints
from symmv_tools.errors import MissingCheckpoint
from symmv_tools.io.render import render, write_wav
from symmv_tools.models import basic_pitch
from symmv_tools.music.notes import make_notes


@pytest.fixture(scope="module")
def model() -> Any:
    return basic_pitch.load(str(checkpoints.locate("basic-pitch-icassp-2022")), "cpu")


@pytest.fixture(scope="module")
def sound() -> NDArray[np.float32]:
    onset = np.arange(12) * 0.5 + 0.25
    notes = make_notes(onset, np.full(12, 0.45), 60 + np.arange(12) % 7, np.full(12, 90))
    return np.ascontiguousarray(render(notes, sample_rate=22050).mean(1))


def test_notes_are_those_of_the_package(model: Any, sound: NDArray[np.float32], tmp_path: Path) -> None:
    with basic_pitch._quietly():
        from basic_pitch.inference import Model, predict
    write_wav(tmp_path / "sound.wav", sound, 22050)
    sound = (np.round(sound * 32767) / 32768).astype(np.float32)  # as the WAV file holds it
    weights = checkpoints.locate("basic-pitch-icassp-2022")
    _, _, events = predict(tmp_path / "sound.wav", Model(weights))
    expected = sorted((start, pitch, end, round(127 * float(loud))) for start, end, pitch, loud, _ in events)
    notes = basic_pitch.transcribe(sound, model)
    ours = list(zip(notes.onset, notes.pitch, notes.offset, notes.velocity, strict=True))
    assert len(ours) >= 10
    np.testing.assert_allclose(np.array(ours, float), np.array(expected, float), atol=1e-6)


def test_the_batch_changes_nothing(model: Any, sound: NDArray[np.float32]) -> None:
    one, many = (basic_pitch.transcribe(sound, model, batch=n) for n in (1, 5))
    np.testing.assert_array_equal(one.onset, many.onset)
    np.testing.assert_array_equal(one.pitch, many.pitch)


@pytest.mark.parametrize("n_samples", [0, 1, 255, 256, 5000, 36164, 43844, 50000])
def test_any_length_is_heard_to_its_end(model: Any, n_samples: int) -> None:
    windows = basic_pitch.cut(np.ones(n_samples, np.float32))
    assert windows.shape[1:] == (43844, 1)
    frames = basic_pitch.join(np.zeros((len(windows), 172, 88), np.float32), n_samples)
    assert len(frames) == int(n_samples * (86 / 22050))
    assert len(basic_pitch.transcribe(np.zeros(n_samples, np.float32), model)) == 0


def test_a_file_that_is_no_network_is_refused(tmp_path: Path) -> None:
    (tmp_path / "net.onnx").write_bytes(b"not a network")
    with pytest.raises(MissingCheckpoint, match="onnxruntime cannot read it"):
        basic_pitch.load(str(tmp_path / "net.onnx"), "cpu")


def test_importing_it_says_nothing_and_loads_no_other_framework() -> None:
    code = (
        "import sys, logging, symmv_tools.models.basic_pitch\n"
        "print({'tensorflow', 'coremltools', 'torch'} & set(sys.modules), logging.root.handlers)"
    )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "set() []"
    assert "WARNING" not in done.stderr
    assert logging.root.manager.disable == logging.NOTSET
