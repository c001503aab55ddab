"""Musicnn: small networks that tag three seconds of music, and whose inner layers describe it.

Pons & Serra, "musicnn: pre-trained convolutional neural networks for music audio tagging"
(arXiv:1909.06654). Two sets of weights come in the wheel of musicnn 0.1.0 (ISC): one trained on
MagnaTagATune, one on the Million Song Dataset. The network is written anew in torch;
`tests/models/test_musicnn.py` holds it against what the package's own TensorFlow graph said.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from symmv_tools.checkpoints.tf_bundle import read_bundle
from symmv_tools.errors import MissingCheckpoint
from symmv_tools.music.musicnn_mel import SAMPLE_RATE, hop_frames, log_mel, patches

__all__ = ["SAMPLE_RATE", "TAGS", "Heard", "Musicnn", "embed", "hear", "load", "tag"]

TAGS = {
    "musicnn-mtt": (
        "guitar", "classical", "slow", "techno", "strings", "drums", "electronic", "rock", "fast", "piano",
        "ambient", "beat", "violin", "vocal", "synth", "female", "indian", "opera", "male", "singing",
        "vocals", "no vocals", "harpsichord", "loud", "quiet", "flute", "woman", "male vocal", "no vocal",
        "pop", "soft", "sitar", "solo", "man", "classic", "choir", "voice", "new age", "dance", "male voice",
        "female vocal", "beats", "harp", "cello", "no voice", "weird", "country", "metal", "female voice",
        "choral",
    ),
    "musicnn-msd": (
        "rock", "pop", "alternative", "indie", "electronic", "female vocalists", "dance", "00s",
        "alternative rock", "jazz", "beautiful", "metal", "chillout", "male vocalists", "classic rock",
        "soul", "indie rock", "Mellow", "electronica", "80s", "folk", "90s", "chill", "instrumental", "punk",
        "oldies", "blues", "hard rock", "ambient", "acoustic", "experimental", "female vocalist", "guitar",
        "Hip-Hop", "70s", "party", "country", "easy listening", "sexy", "catchy", "funk", "electro",
        "heavy metal", "Progressive rock", "60s", "rnb", "indie pop", "sad", "House", "happy",
    ),
}  # fmt: skip
"""By the short name of the weights: what each of the 50 tags means, in order."""

_N_TAGS = 50
_TIMBRE, _TEMPO, _MIDDLE, _DENSE = 204, 51, 64, 200  # channels
_EPSILON = 1e-3  # of the batch norms: TensorFlow's default


class Heard(NamedTuple):
    """What the network makes of n patches, in the package's words; float32.

    `tags` (n, 50) are probabilities. `penultimate` (n, 200) is what they are made of by one linear layer;
    `mean_pool` and `max_pool` (n, 753) are the mean and the largest of every channel over the patch.
    """

    tags: NDArray[np.float32]
    penultimate: NDArray[np.float32]
    mean_pool: NDArray[np.float32]
    max_pool: NDArray[np.float32]


class Layers(NamedTuple):
    """As `Heard`, as tensors, the tags as logits."""

    logits: Tensor
    penultimate: Tensor
    mean_pool: Tensor
    max_pool: Tensor


class Musicnn(nn.Module):
    """Filters shaped like timbres and rhythms, three convolutions over time, pooling, two dense layers."""

    def __init__(self) -> None:
        super().__init__()
        self.level = nn.BatchNorm2d(1, _EPSILON)
        self.timbre = nn.ModuleList(_Filters(_TIMBRE, 7, bands) for bands in (38, 67))
        self.tempo = nn.ModuleList(_Filters(_TEMPO, frames, 1) for frames in (128, 64, 32))
        front = 2 * _TIMBRE + 3 * _TEMPO
        self.middle = nn.ModuleList(_OverTime(channels) for channels in (front, _MIDDLE, _MIDDLE))
        pooled = 2 * (front + 3 * _MIDDLE)
        self.flat_norm, self.dense = nn.BatchNorm1d(pooled, _EPSILON), nn.Linear(pooled, _DENSE)
        self.dense_norm, self.tags = nn.BatchNorm1d(_DENSE, _EPSILON), nn.Linear(_DENSE, _N_TAGS)

    def forward(self, mel: Tensor) -> Layers:
        """Turn patches (B, 187, 96) of `music.musicnn_mel` into the layers; other lengths work, too."""
        x = self.level(mel[:, None])  # (B, 1, T, 96)
        front = torch.cat([filters(x) for filters in (*self.timbre, *self.tempo)], dim=1)  # (B, 561, T)
        first = self.middle[0](front)  # (B, 64, T)
        second = self.middle[1](first) + first
        third = self.middle[2](second) + second
        channels = torch.cat([front, first, second, third], dim=1)  # (B, 753, T)
        max_pool, mean_pool = channels.amax(dim=2), channels.mean(dim=2)  # (B, 753)
        flat = torch.stack([max_pool, mean_pool], dim=2).flatten(1)  # channel by channel, max beside mean
        penultimate = self.dense_norm(torch.relu(self.dense(self.flat_norm(flat))))  # (B, 200)
        return Layers(self.tags(penultimate), penultimate, mean_pool, max_pool)


class _Filters(nn.Module):
    """Filters over time and frequency, of which the loudest place in frequency counts."""

    def __init__(self, channels: int, frames: int, bands: int) -> None:
        super().__init__()
        self.before, self.after = (frames - 1) // 2, frames // 2  # of silence, as TensorFlow pads to "same"
        self.filters = nn.Conv2d(1, channels, (frames, bands))
        self.norm = nn.BatchNorm2d(channels, _EPSILON)

    def forward(self, x: Tensor) -> Tensor:
        padded = nn.functional.pad(x, (0, 0, self.before, self.after))
        loudest: Tensor = self.norm(torch.relu(self.filters(padded))).amax(dim=3)
        return loudest  # (B, channels, T)


class _OverTime(nn.Module):
    """A convolution over time, all channels together."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.filters = nn.Conv1d(channels, _MIDDLE, 7, padding=3)
        self.norm = nn.BatchNorm1d(_MIDDLE, _EPSILON)

    def forward(self, x: Tensor) -> Tensor:
        heard: Tensor = self.norm(torch.relu(self.filters(x)))
        return heard  # (B, 64, T)


# --- listening ----------------------------------------------------------------------------------------


def embed(
    samples: NDArray[np.floating], network: Musicnn, hop_seconds: float = 3.0, *, batch: int = 1
) -> NDArray[np.float32]:
    """Return the penultimate layer for every three seconds of `samples`, (n, 200); see `hear`."""
    return hear(samples, network, hop_seconds, batch=batch).penultimate


def tag(
    samples: NDArray[np.floating], network: Musicnn, hop_seconds: float = 3.0, *, batch: int = 1
) -> NDArray[np.float32]:
    """Return the probability of each tag for every three seconds of `samples`, (n, 50); see `hear`."""
    return hear(samples, network, hop_seconds, batch=batch).tags


def hear(
    samples: NDArray[np.floating], network: Musicnn, hop_seconds: float = 3.0, *, batch: int = 1
) -> Heard:
    """Return what the network makes of mono `samples` (m,) at 16 kHz, three seconds at a time.

    A patch of 2.992 s begins every `hop_seconds` (3 s: one right after the other), and what is left over
    at the end is dropped. Sound shorter than one patch is repeated until it fills one, so there is always
    one patch at least. `batch` patches are computed at once.
    """
    device = network.tags.bias.device
    cut = patches(log_mel(samples), hop_frames(hop_seconds))
    found = []
    with torch.inference_mode():
        for start in range(0, len(cut), batch):
            mel = torch.tensor(cut[start : start + batch], device=device)
            logits, *layers = network(mel)
            found.append([tensor.cpu().numpy() for tensor in (torch.sigmoid(logits), *layers)])
    return Heard(*map(np.concatenate, zip(*found, strict=True)))


# --- the weights --------------------------------------------------------------------------------------


@cache
def load(folder: str, device: str = "cpu") -> Musicnn:
    """Return the network with the weights in `folder`, as `checkpoints.locate("musicnn-mtt")` gives it.

    Raises MissingCheckpoint if there is no TensorFlow checkpoint of this network.
    """
    network, weights = Musicnn(), read_bundle(folder)
    try:
        for name, module in _by_name(network):
            _fill(module, name, weights)
    except (KeyError, RuntimeError) as why:
        raise MissingCheckpoint(
            f"{folder} holds weights of another network than musicnn ({str(why).splitlines()[0]})",
            "name the folder MTT_musicnn or MSD_musicnn of the package musicnn (its vgg ones do not fit)",
        ) from why
    return network.eval().to(device)


def _by_name(network: Musicnn) -> list[tuple[str, nn.Module]]:
    """Return each layer with its TensorFlow name, which says only in which order it was made."""
    blocks = [*network.timbre, *network.tempo, *network.middle]
    norms = [network.level, *(b.norm for b in blocks), network.flat_norm, network.dense_norm]
    kinds: tuple[tuple[str, Sequence[nn.Module]], ...] = (
        ("conv2d", [b.filters for b in blocks]),
        ("batch_normalization", norms),
        ("dense", [network.dense, network.tags]),
    )
    return [(f"{kind}_{i}" if i else kind, layer) for kind, layers in kinds for i, layer in enumerate(layers)]


_OF_NORM = {
    "gamma": "weight",
    "beta": "bias",
    "moving_mean": "running_mean",
    "moving_variance": "running_var",
}
_OF_OTHERS = {"kernel": "weight", "bias": "bias"}


def _fill(layer: nn.Module, name: str, weights: Mapping[str, NDArray[Any]]) -> None:
    """Give `layer` the tensors that are called `name`/…; KeyError or RuntimeError if they are not its own."""
    parts = _OF_NORM if isinstance(layer, nn.BatchNorm1d | nn.BatchNorm2d) else _OF_OTHERS
    state = {ours: torch.tensor(_turned(weights[f"{name}/{theirs}"])) for theirs, ours in parts.items()}
    if isinstance(layer, nn.Conv1d):
        state["weight"] = (
            state["weight"].squeeze(1).transpose(1, 2)
        )  # there, channels lie along an axis of space
    layer.load_state_dict(state, strict=False)  # the one left out counts batches of training


def _turned(tensor: NDArray[Any]) -> NDArray[Any]:
    """Return a kernel with its axes as torch has them: outputs, inputs, then space."""
    if tensor.ndim == 4:
        return tensor.transpose(3, 2, 0, 1)
    return tensor.T
