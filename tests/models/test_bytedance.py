"""Our way through ByteDance's networks against the package's own."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from piano_transcription_inference import PianoTranscription
from piano_transcription_inference.models import Note_pedal
from piano_transcription_inference.utilities import RegressionPostProcessor

from symmv_tools.errors import MissingCheckpoint
from symmv_tools.models import bytedance

SEGMENT = 160_000
ROLLS = ("reg_onset_output", "reg_offset_output", "frame_output", "velocity_output")
PEDALS = ("reg_pedal_onset_output", "reg_pedal_offset_output", "pedal_frame_output")


@given(
    arrays(np.float32, (30, 2), elements=st.sampled_from([0.0, 0.1, 0.25, 0.4, 0.5])), st.sampled_from([2, 4])
)
def test_peaks_are_those_of_the_package_but_for_flat_ones(
    output: NDArray[np.float32], neighbour: int
) -> None:
    picker = RegressionPostProcessor(100, 88, 0.3, 0.3, 0.1, 0.2)
    with np.errstate(invalid="ignore"):
        peak, shift = picker.get_binarized_output_from_regression(output, 0.2, neighbour)
    ours = bytedance.pick_peaks(output, 0.2, neighbour)
    np.testing.assert_array_equal(ours[0], peak)
    np.testing.assert_array_equal(ours[1], np.nan_to_num(shift))


@pytest.mark.parametrize("n_samples", [0, 1, SEGMENT, SEGMENT + 1, 3 * SEGMENT - 7])
def test_segments_are_those_of_the_package(n_samples: int) -> None:
    samples = np.random.default_rng(0).normal(size=n_samples).astype(np.float32)
    ours = bytedance.cut(samples)
    padded = np.pad(samples, (0, max(1, -(-n_samples // SEGMENT)) * SEGMENT - n_samples))
    np.testing.assert_array_equal(ours, PianoTranscription.enframe(None, padded[None], SEGMENT))


@pytest.mark.parametrize("n_segments", [1, 2, 3, 7])
def test_segments_are_joined_as_the_package_does(n_segments: int) -> None:
    output = np.random.default_rng(0).random((n_segments, 1001, 3), np.float32)
    np.testing.assert_array_equal(bytedance.join(output), PianoTranscription.deframe(None, output))


class Heard(torch.nn.Module):
    """Stands in for the networks: hears middle C at 2 s of every segment, for half a second, pedal down."""

    def __init__(self) -> None:
        super().__init__()
        self.nothing = torch.nn.Parameter(torch.zeros(1))
        self.batches: list[int] = []

    def forward(self, samples: torch.Tensor) -> dict[str, torch.Tensor]:
        self.batches.append(len(samples))
        roll = {name: torch.zeros(len(samples), 1001, 88) for name in ROLLS}
        roll |= {name: torch.zeros(len(samples), 1001, 1) for name in PEDALS}
        bump = torch.tensor([0.1, 0.3, 0.6, 0.9, 0.6, 0.3, 0.1])
        roll["reg_onset_output"][:, 297:304, 39] = bump
        roll["reg_offset_output"][:, 347:354, 39] = bump
        roll["frame_output"][:, 300:350, 39] = 0.8
        roll["velocity_output"][:, :, 39] = 0.5
        roll["pedal_frame_output"][:, 310:340] = 0.9
        roll["reg_pedal_offset_output"][:, 337:344, 0] = bump
        return roll


def test_what_the_networks_hear_becomes_notes_and_pedal() -> None:
    notes, pedal = bytedance.transcribe(np.zeros(SEGMENT, np.float32), Heard())
    assert notes.pitch.tolist() == [60]
    assert notes.velocity.tolist() == [64]
    np.testing.assert_allclose([notes.onset[0], notes.duration[0]], [3.0, 0.5], atol=1e-6)
    np.testing.assert_allclose([pedal["time"][0], pedal["duration"][0]], [3.1, 0.3], atol=1e-6)
    assert pedal["value"].tolist() == [127]


def test_the_batch_changes_nothing_but_the_number_of_calls() -> None:
    samples = np.zeros(3 * SEGMENT, np.float32)  # five segments
    one, four = Heard(), Heard()
    by_one, by_four = (
        bytedance.transcribe(samples, one, batch=1),
        bytedance.transcribe(samples, four, batch=4),
    )
    assert (one.batches, four.batches) == ([1] * 5, [4, 1])
    np.testing.assert_array_equal(by_one[0].onset, by_four[0].onset)
    assert by_one[0].onset.tolist() == pytest.approx([3.0, 8.0, 13.0, 18.0, 23.0])


def test_nothing_heard_is_no_notes_and_no_pedal() -> None:
    class Deaf(Heard):
        def forward(self, samples: torch.Tensor) -> dict[str, torch.Tensor]:
            return {name: torch.zeros_like(value) for name, value in super().forward(samples).items()}

    notes, pedal = bytedance.transcribe(np.zeros(5, np.float32), Deaf())
    assert len(notes) == len(pedal["time"]) == 0


@pytest.mark.parametrize("content", [b"", b"not a pickle", b"\x80\x02}q\x00."])
def test_a_file_that_holds_no_weights_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "weights.pth"
    path.write_bytes(content)
    with pytest.raises(MissingCheckpoint, match=r"weights\.pth does not hold the weights"):
        bytedance.load(str(path), "cpu")


def test_a_pickle_that_would_run_code_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "weights.pth"
    torch.save({"model": Path}, path)
    with pytest.raises(MissingCheckpoint, match="torch cannot read it"):
        bytedance.load(str(path), "cpu")


def test_weights_of_another_network_are_refused(tmp_path: Path) -> None:
    torch.save({"state_dict": {}}, tmp_path / "other.pth")
    with pytest.raises(MissingCheckpoint, match="it has no entry 'model'"):
        bytedance.load(str(tmp_path / "other.pth"), "cpu")


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_checkpoint_of_the_published_form_gives_what_the_package_gives(tmp_path: Path) -> None:
    torch.manual_seed(0)
    net = Note_pedal(100, 88)
    states = {part: getattr(net, part).state_dict() for part in ("note_model", "pedal_model")}
    path = tmp_path / "random.pth"
    torch.save({"model": states}, path)
    samples = np.random.default_rng(0).normal(0, 0.1, SEGMENT + 5).astype(np.float32)
    with contextlib.redirect_stdout(io.StringIO()), np.errstate(invalid="ignore"):
        package: Any = PianoTranscription(checkpoint_path=str(path), device=torch.device("cpu"))
        theirs = package.transcribe(samples, None)
    # Ours runs channels-last and in a batch: other sums of the same products, so not bit for bit.
    ours = bytedance.activations(samples, bytedance.load(str(path), "cpu"), batch=3)
    for name in ours:
        np.testing.assert_allclose(ours[name], theirs["output_dict"][name], atol=1e-5)
    notes, pedal = bytedance.decode({name: theirs["output_dict"][name] for name in ours})
    expected = sorted((e["onset_time"], e["midi_note"]) for e in theirs["est_note_events"])
    finite = [pair for pair in expected if np.isfinite(pair[0])]  # the package says NaN for flat peaks
    found = set(zip(notes.onset.tolist(), notes.pitch.tolist(), strict=True))
    assert len(notes) == len(expected)
    assert {(float(time), pitch) for time, pitch in finite} <= found
    assert len(pedal["time"]) == len(theirs["est_pedal_events"])


@pytest.mark.slow
def test_a_checkpoint_with_a_tensor_missing_says_which(tmp_path: Path) -> None:
    net = Note_pedal(100, 88)
    states = {part: getattr(net, part).state_dict() for part in ("note_model", "pedal_model")}
    del states["note_model"]["frame_fc.weight"]
    torch.save({"model": states}, tmp_path / "broken.pth")
    with pytest.raises(MissingCheckpoint, match=r"lacks 1 tensors, the first is 'frame_fc\.weight'"):
        bytedance.load(str(tmp_path / "broken.pth"), "cpu")
