"""TransKun 2: piano transcription with pedals, by a transformer and a neural semi-Markov CRF.

Yan and Duan, "Scoring Time Intervals Using Non-Hierarchical Transformer for Automatic Piano
Transcription" (ISMIR 2024). The network and its decoding are the package's own; we load them
without torchaudio and without unpickling code.
"""

from __future__ import annotations

import contextlib
import json
import sys
import warnings
from collections.abc import Iterator
from functools import cache
from importlib import resources
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from transkun.ModelTransformer import ModelConfig, TransKun

from symmv_tools.models.weights import not_weights, read_weights
from symmv_tools.music.notes import Notes, make_notes

SAMPLE_RATE = 44100
CHANNELS = 2  # the network averages the power of the channels, which no phase can cancel

_SUSTAIN = -64  # TransKun writes controllers as negative pitches; -67 is the soft pedal, which the Row lacks


@cache
def load(weights: str, device: str) -> Any:
    """Return the network with the weights at the path `weights`, ready on `device`."""
    config = ModelConfig()
    for name, value in _published_config().items():
        setattr(config, name, value)
    with _without_torchaudio():
        model = TransKun(conf=config)
    content = read_weights(weights)
    state = content.get("best_state_dict", content.get("state_dict"))
    if state is None:
        raise not_weights(weights, "it has no entry 'state_dict'")
    try:
        model.load_state_dict(state, strict=True)
    except RuntimeError as why:
        raise not_weights(weights, "its tensors are not those of TransKun 2.0") from why
    return model.to(device).eval()


def transcribe(
    samples: NDArray[np.float32], model: Any, *, segment_seconds: float, hop_seconds: float
) -> tuple[Notes, dict[str, NDArray[Any]]]:
    """Return the notes and the sustain pedal of `samples`, (n, channels) at 44.1 kHz.

    The music is read in windows of `segment_seconds`, each `hop_seconds` after the one before; what
    a window leaves open is continued in the next.
    """
    sound = torch.from_numpy(samples).to(model.getDevice())
    with torch.inference_mode(), _package_talk_aside():
        events = model.transcribe(sound, stepInSecond=hop_seconds, segmentSizeInSecond=segment_seconds)
    return _notes([e for e in events if e.pitch > 0]), _pedal([e for e in events if e.pitch == _SUSTAIN])


@contextlib.contextmanager
def _package_talk_aside() -> Iterator[None]:
    """Send the package's prints to stderr, and drop torch's advice on training, which it provokes."""
    with contextlib.redirect_stdout(sys.stderr), warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=UserWarning, module="torch")
        yield


def _notes(events: list[Any]) -> Notes:
    return make_notes(
        [e.start for e in events],
        [e.end - e.start for e in events],
        [e.pitch for e in events],
        np.clip([e.velocity for e in events], 1, 127),  # 0 would be the end of a note
    )


def _pedal(events: list[Any]) -> dict[str, NDArray[Any]]:
    events = sorted(events, key=lambda e: e.start)
    return {
        "time": np.array([e.start for e in events], np.float64),
        "duration": np.array([e.end - e.start for e in events], np.float64),
        "value": np.array([e.velocity for e in events], np.uint8),
    }


def _published_config() -> dict[str, Any]:
    text = resources.files("transkun").joinpath("pretrained/2.0.conf").read_text("utf-8")
    config: dict[str, Any] = json.loads(text)["Model"]["config"]
    return config


@contextlib.contextmanager
def _without_torchaudio() -> Iterator[None]:
    """Let TransKun build itself where torchaudio is missing, or does not fit the installed torch.

    It asks torchaudio for one thing only: the mel filter bank, which the checkpoint brings too. So
    an empty matrix of its shape will do, and strict loading proves that it has been filled.
    """

    def melscale_fbanks(n_freqs: int, n_mels: int, **_: Any) -> torch.Tensor:
        return torch.zeros(n_freqs, n_mels)

    stand_in: Any = SimpleNamespace(functional=SimpleNamespace(melscale_fbanks=melscale_fbanks))
    real = sys.modules.get("torchaudio")
    sys.modules["torchaudio"] = stand_in
    try:
        yield
    finally:
        del sys.modules["torchaudio"]
        if real is not None:
            sys.modules["torchaudio"] = real
