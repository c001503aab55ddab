"""Embeddings and class posteriors of sound by a pretrained network: CLAP, AST, … through transformers.

Frechet audio distance and divergence are as good as the network behind them; these are the networks that a
user names. CLAP (Wu et al., ICASSP 2023) gives what `get_audio_features` does: the projection into the
space shared with words, of length 1. A classifier such as AST (Gong et al., Interspeech 2021) gives the
softmax of its logits: AudioCraft and audioldm_eval take it so for their divergence, also of AudioSet's
classes, which do not exclude each other.

Sound is cut into windows as long as the network hears at once, one after the other, so nothing is left
to the random crops that transformers takes of longer sound.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import AutoModel, AutoModelForAudioClassification

from symmv_tools.errors import MissingCheckpoint
from symmv_tools.models import pretrained

USUAL_SECONDS = 10.0
"""How long windows are for networks that do not say how long they hear."""

LEAST_SECONDS = 0.1

_FRAMES_PER_SECOND = 100  # of the filter banks of AST and its like


@dataclass(frozen=True)
class AudioTower:
    """A loaded network with its extractor; it hears `window` samples at once at `sample_rate` per second."""

    model: Any
    extractor: Any
    sample_rate: int
    window: int


def load(folder: str, device: str) -> AudioTower:
    """Return the network in `folder` for `embed`, ready on `device`; MissingCheckpoint if it is deaf."""
    return _tower(AutoModel, folder, device)


def load_classifier(folder: str, device: str) -> AudioTower:
    """Return the network in `folder` for `posteriors`; MissingCheckpoint if it classifies no sound."""
    return _tower(AutoModelForAudioClassification, folder, device)


def classes(tower: AudioTower) -> list[str]:
    """Return the names of a classifier's classes, in the order of `posteriors`."""
    names = tower.model.config.id2label
    return [str(names[i]) for i in sorted(names)]


def embed(samples: NDArray[np.floating], tower: AudioTower, *, batch: int = 8) -> NDArray[np.float32]:
    """Return the embeddings (windows, d) of mono `samples` (n,) at the tower's rate, from -1 to 1.

    What is left of the last window is not heard, unless it is all there is: then the extractor fills the
    window in its own way (CLAP's repeats it). A batch hears what each window alone would.

    Raises ValueError if `samples` are not (n,), hold no tenth of a second, or numbers that are not finite.
    """
    return _over_windows(samples, tower, batch, _embedding)


def posteriors(samples: NDArray[np.floating], tower: AudioTower, *, batch: int = 8) -> NDArray[np.float32]:
    """Return the posteriors (windows, classes) of mono `samples` (n,), each row's sum 1; else as `embed`."""
    return _over_windows(samples, tower, batch, _posterior)


def _tower(kind: Any, folder: str, device: str) -> AudioTower:
    extractor = pretrained.feature_extractor(folder)
    network = pretrained.model(kind, folder, device)
    rate = getattr(extractor, "sampling_rate", None)
    hears = hasattr(network, "get_audio_features") or network.main_input_name == "input_values"
    if not hears or rate is None:
        raise MissingCheckpoint(
            f"{folder} holds a {type(network).__name__}, which does not listen to sound",
            "name an audio network in the Hugging Face format, e.g. a CLAP to embed or an AST to classify",
        )
    return AudioTower(network, extractor, int(rate), _window(extractor, int(rate)))


def _window(extractor: Any, rate: int) -> int:
    """Samples that the network hears at once."""
    if hasattr(extractor, "nb_max_samples"):  # CLAP's
        return int(extractor.nb_max_samples)
    if hasattr(extractor, "num_mel_bins"):  # AST's: `max_length` frames
        return int(extractor.max_length * rate // _FRAMES_PER_SECOND)
    return int(USUAL_SECONDS * rate)


def _over_windows(
    samples: NDArray[np.floating],
    tower: AudioTower,
    batch: int,
    heard: Callable[[Any, dict[str, torch.Tensor]], torch.Tensor],
) -> NDArray[np.float32]:
    windows = list(_windows(samples, tower))
    found = []
    with torch.inference_mode(), pretrained.quiet():
        for first in range(0, len(windows), batch):
            inputs = _inputs(windows[first : first + batch], tower)
            found.append(heard(tower.model, inputs).float().cpu().numpy())
    return np.concatenate(found)


def _windows(samples: NDArray[np.floating], tower: AudioTower) -> Iterator[NDArray[np.float32]]:
    if samples.ndim != 1 or len(samples) < LEAST_SECONDS * tower.sample_rate:
        raise ValueError(
            f"samples must be mono, (n,), and last {LEAST_SECONDS:g} s at least; got shape {samples.shape} "
            f"at {tower.sample_rate} per second"
        )
    if not np.isfinite(samples).all():
        raise ValueError("samples hold numbers that are not finite")
    sound = np.asarray(samples, np.float32)
    for first in range(0, max(1, len(sound) - tower.window + 1), tower.window):
        yield sound[first : first + tower.window]


def _inputs(windows: list[NDArray[np.float32]], tower: AudioTower) -> dict[str, torch.Tensor]:
    """What the extractor makes of each window alone: CLAP's draws one of a batch to be heard otherwise."""
    alone = [
        tower.extractor(window, sampling_rate=tower.sample_rate, return_tensors="pt") for window in windows
    ]
    tensors = {name: torch.cat([inputs[name] for inputs in alone]) for name in alone[0]}
    dtype = tower.model.dtype
    return {
        name: tensor.to(tower.model.device, dtype if tensor.is_floating_point() else tensor.dtype)
        for name, tensor in tensors.items()
    }


def _embedding(model: Any, inputs: dict[str, torch.Tensor]) -> torch.Tensor:
    output = model.get_audio_features(**inputs) if hasattr(model, "get_audio_features") else model(**inputs)
    pooled: torch.Tensor | None = getattr(output, "pooler_output", None)
    return output.last_hidden_state.mean(dim=1) if pooled is None else pooled  # (windows, d)


def _posterior(model: Any, inputs: dict[str, torch.Tensor]) -> torch.Tensor:
    logits: torch.Tensor = model(**inputs).logits
    return logits.float().softmax(dim=-1)  # (windows, classes)
