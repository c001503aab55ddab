"""Spotify's Basic Pitch: light transcription of any instrument, through ONNX.

Bittner et al., "A Lightweight Instrument-Agnostic Model for Polyphonic Note Transcription and
Multipitch Estimation" (ICASSP 2022). The note creation is the package's own, with its defaults;
windows and inference are ours, so that neither TensorFlow nor Core ML is ever imported.
"""

from __future__ import annotations

import contextlib
import logging
import sys
import warnings
from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
import onnxruntime
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from symmv_tools.models.weights import not_weights
from symmv_tools.music.notes import Notes, make_notes

SAMPLE_RATE = 22050
CHANNELS = 1

_HOP = 256  # samples per frame
_WINDOW = 2 * SAMPLE_RATE - _HOP  # samples; gives 172 frames
_OVERLAP = 30  # frames that neighbouring windows share
_STEP = _WINDOW - _OVERLAP * _HOP
_FRAMES_PER_SECOND = SAMPLE_RATE // _HOP
_OUTPUTS = {"note": "StatefulPartitionedCall:1", "onset": "StatefulPartitionedCall:2"}


@contextlib.contextmanager
def _quietly() -> Iterator[None]:
    """Hide the frameworks that basic_pitch probes on import (a second each), and its warnings about them."""
    hidden = [name for name in ("coremltools", "tensorflow", "tflite_runtime") if name not in sys.modules]
    handlers = logging.root.handlers[:]
    logging.disable(logging.WARNING)
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]  # None makes the import fail
    try:
        with warnings.catch_warnings(action="ignore"):  # resampy's of pkg_resources
            yield
    finally:
        for name in hidden:
            del sys.modules[name]
        logging.disable(logging.NOTSET)
        logging.root.handlers[:] = handlers  # logging.warning() installs one


with _quietly():
    from basic_pitch.note_creation import model_frames_to_time, output_to_notes_polyphonic


@cache
def load(weights: str, device: str, threads: int = 1) -> Any:
    """Return the ONNX session of the file `weights`, on the CPU whatever `device` says: it is light."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    try:
        return onnxruntime.InferenceSession(weights, options, providers=["CPUExecutionProvider"])
    except Exception as why:  # onnxruntime's own exceptions have no common base
        raise not_weights(weights, f"onnxruntime cannot read it ({type(why).__name__})") from why


def transcribe(samples: NDArray[np.float32], model: Any, *, batch: int = 8) -> Notes:
    """Return the notes of `samples`, (n,) at 22.05 kHz, `batch` windows at a time; pedals are not heard."""
    windows = cut(samples)
    pieces = [
        model.run(list(_OUTPUTS.values()), {"serving_default_input_2:0": windows[i : i + batch]})
        for i in range(0, len(windows), batch)
    ]
    note, onset = (join(np.concatenate(parts), len(samples)) for parts in zip(*pieces, strict=True))
    if len(note) < 2:
        return make_notes([], [], [], [])
    return _notes(note, onset)


def cut(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the windows (m, 43844, 1) of `samples`; the first begins half an overlap before the music."""
    before = _OVERLAP // 2 * _HOP
    n_windows = -(-(before + len(samples)) // _STEP)
    after = (n_windows - 1) * _STEP + _WINDOW - before - len(samples)
    padded = np.pad(samples, (before, max(after, 0)))
    return np.ascontiguousarray(sliding_window_view(padded, _WINDOW)[::_STEP][:n_windows, :, None])


def join(output: NDArray[np.float32], n_samples: int) -> NDArray[np.float32]:
    """Return (frames, keys) from windows' (m, 172, keys): overlaps are halved, the end cut to the music."""
    inner = output[:, _OVERLAP // 2 : -(_OVERLAP // 2)]
    n_frames = int(n_samples * (_FRAMES_PER_SECOND / SAMPLE_RATE))
    return inner.reshape(-1, output.shape[2])[:n_frames]


def _notes(note: NDArray[np.float32], onset: NDArray[np.float32]) -> Notes:
    with np.errstate(invalid="ignore"):  # where nothing sounds, the package divides 0 by 0
        found = output_to_notes_polyphonic(
            note,
            onset,
            onset_thresh=0.5,
            frame_thresh=0.3,
            min_note_len=11,
            infer_onsets=True,
            max_freq=None,
            min_freq=None,
        )
    if not found:
        return make_notes([], [], [], [])
    start, end, pitch, amplitude = (np.array(column) for column in zip(*found, strict=True))
    time = model_frames_to_time(len(note))
    return make_notes(time[start], time[end] - time[start], pitch, np.clip(np.round(127 * amplitude), 1, 127))
