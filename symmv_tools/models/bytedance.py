"""ByteDance's piano transcription with pedals: onsets and offsets by regression.

Kong et al., "High-resolution Piano Transcription with Pedals by Regressing Onset and Offset Times"
(TASLP 2021). The networks and the note detection are those of piano_transcription_inference; the
way in (which shells out to wget and prints), the batching and the peak picking are ours.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from piano_transcription_inference import config
from piano_transcription_inference.models import Note_pedal
from piano_transcription_inference.utilities import RegressionPostProcessor

from symmv_tools.models.weights import not_weights, read_weights
from symmv_tools.music.notes import Notes, make_notes

SAMPLE_RATE: int = config.sample_rate
CHANNELS = 1

_SEGMENT = 10 * SAMPLE_RATE  # samples; segments overlap by half
_THRESHOLDS = {  # as in PianoTranscription of the package
    "onset_threshold": 0.3,
    "offset_threshold": 0.3,
    "frame_threshold": 0.1,
    "pedal_offset_threshold": 0.2,
}


@cache
def load(weights: str, device: str) -> Any:
    """Return the two networks with the weights at the path `weights`, ready on `device`."""
    states = read_weights(weights).get("model")
    if not isinstance(states, dict) or not {"note_model", "pedal_model"} <= states.keys():
        raise not_weights(weights, "it has no entry 'model' with 'note_model' and 'pedal_model'")
    model = Note_pedal(config.frames_per_second, config.classes_num)
    for part in ("note_model", "pedal_model"):
        _fill(getattr(model, part), states[part], weights)
    if device == "cpu":
        # 1.6 times as fast (docs/reference/benchmarks.md is measured so), outputs equal within 1e-6
        model = model.to(memory_format=torch.channels_last)
    return model.to(device).eval()


def _fill(network: torch.nn.Module, state: dict[str, torch.Tensor], weights: str) -> None:
    """Load `state`, of which only the front end (fixed windows and filters) may be missing."""
    try:
        missing = network.load_state_dict(state, strict=False).missing_keys
    except RuntimeError as why:
        raise not_weights(weights, "its tensors have other shapes than the published ones") from why
    learned = [k for k in missing if "_extractor." not in k and not k.endswith("num_batches_tracked")]
    if learned:
        raise not_weights(weights, f"it lacks {len(learned)} tensors, the first is {learned[0]!r}")


def transcribe(
    samples: NDArray[np.float32], model: Any, *, batch: int = 1
) -> tuple[Notes, dict[str, NDArray[Any]]]:
    """Return the notes and the sustain pedal of `samples`, (n,) at 16 kHz, `batch` segments at a time."""
    return decode(activations(samples, model, batch))


def activations(samples: NDArray[np.float32], model: Any, batch: int = 1) -> dict[str, NDArray[np.float32]]:
    """Return what the networks say of each hundredth of a second, (frames, keys) or (frames, 1), by name."""
    segments = cut(samples)
    device = next(model.parameters()).device
    outputs: dict[str, list[NDArray[np.float32]]] = {}
    with torch.inference_mode():
        for start in range(0, len(segments), batch):
            piece = torch.from_numpy(segments[start : start + batch]).to(device)
            for name, output in model(piece).items():  # (batch, frames, keys)
                outputs.setdefault(name, []).append(output.cpu().numpy())
    return {name: join(np.concatenate(pieces)) for name, pieces in outputs.items()}


def decode(outputs: dict[str, NDArray[np.float32]]) -> tuple[Notes, dict[str, NDArray[Any]]]:
    """Return notes and pedal from `activations`, with the package's thresholds."""
    picker = _PeakPicker(config.frames_per_second, config.classes_num, **_THRESHOLDS)
    notes, pedal = picker.output_dict_to_note_pedal_arrays(dict(outputs))
    return _notes(notes), _pedal(pedal)


def cut(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the segments (m, 160000) of `samples`, padded at the end; each begins half a segment later."""
    whole = max(1, -(-len(samples) // _SEGMENT)) * _SEGMENT
    padded = np.pad(samples, (0, whole - len(samples)))
    starts = range(0, whole - _SEGMENT + 1, _SEGMENT // 2)
    return np.stack([padded[start : start + _SEGMENT] for start in starts])


def join(output: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return (frames, keys) from segments' (m, 1001, keys): of each overlap the inner half of both sides."""
    if len(output) == 1:
        only: NDArray[np.float32] = output[0]
        return only
    output = output[:, :-1]  # the last frame of a segment is the first of the next but one
    quarter = output.shape[1] // 4
    inner = output[1:-1, quarter : 3 * quarter].reshape(-1, output.shape[2])
    return np.concatenate([output[0, : 3 * quarter], inner, output[-1, quarter:]])


class _PeakPicker(RegressionPostProcessor):  # type: ignore[misc]
    def get_binarized_output_from_regression(
        self, reg_output: NDArray[np.float32], threshold: float, neighbour: int
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        return pick_peaks(reg_output, threshold, neighbour)


def pick_peaks(
    output: NDArray[np.float32], threshold: float, neighbour: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return where `output` (frames, keys) peaks, and by how many frames the true peak lies beside.

    A peak is above `threshold` and falls monotonically for `neighbour` frames to both sides. The
    shift follows section III-D of the paper. The package computes the same with loops, and NaN
    where a peak is flat; there we say 0.
    """
    peak, shift = np.zeros_like(output), np.zeros_like(output)
    n_frames = len(output)
    if n_frames <= 2 * neighbour:
        return peak, shift

    def at(offset: int) -> NDArray[np.float32]:
        return output[neighbour + offset : n_frames - neighbour + offset]

    is_peak = at(0) > threshold
    for i in range(neighbour):
        is_peak &= (at(-i) >= at(-i - 1)) & (at(i) >= at(i + 1))
    slope = np.where(at(-1) > at(1), at(0) - at(1), at(0) - at(-1))
    beside = np.divide(at(1) - at(-1), slope, out=np.zeros_like(slope), where=is_peak & (slope > 0)) / 2
    peak[neighbour : n_frames - neighbour] = is_peak
    shift[neighbour : n_frames - neighbour] = beside
    return peak, shift


def _notes(rows: NDArray[np.float32]) -> Notes:
    onset, offset, pitch, loudness = rows.reshape(-1, 4).T
    duration = np.maximum(offset - onset, 1 / config.frames_per_second)
    return make_notes(onset, duration, pitch, np.clip(loudness * config.velocity_scale, 1, 127))


def _pedal(rows: NDArray[np.float32]) -> dict[str, NDArray[Any]]:
    down, up = rows.reshape(-1, 2).T.astype(np.float64)
    return {"time": down, "duration": up - down, "value": np.full(len(down), 127, np.uint8)}
