"""A network that hears beats and downbeats in notes: dilated convolutions over frames.

After Davies & Böck, "Temporal convolutional networks for musical audio beat tracking" (EUSIPCO 2019) and
Böck & Davies (ISMIR 2020), which see a spectrogram; ours sees what `music.beat_features` makes of notes,
and needs no layers for frequency.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from symmv_tools.models.networks import read_network
from symmv_tools.music.beat_features import FRAMES_PER_SECOND, HALVES, N_FEATURES, beat_features
from symmv_tools.music.notes import Notes

CELLS_PER_SECOND = FRAMES_PER_SECOND * HALVES


class BeatNet(nn.Module):
    """Features of frames to logits of beat and downbeat, two per frame.

    With `depth` 10 a frame sees 82 s to either side, most of a song: the tempo of a whole song says more
    than that of a bar.
    """

    def __init__(self, width: int = 48, depth: int = 10, kernel: int = 5, dropout: float = 0.1) -> None:
        super().__init__()
        self.shape = {"width": width, "depth": depth, "kernel": kernel}
        self.stem = nn.Conv1d(N_FEATURES, width, 5, padding=2)
        self.blocks = nn.ModuleList(_Block(width, kernel, 2**i, dropout) for i in range(depth))
        self.head = nn.Conv1d(width, HALVES * 2, 1)
        assert self.head.bias is not None
        nn.init.constant_(self.head.bias, -3.0)  # most cells hold no beat

    def forward(self, features: Tensor) -> Tensor:
        """Turn (B, T, N_FEATURES) into logits (B, T * HALVES, 2): beat, downbeat."""
        x = self.stem(features.transpose(1, 2))  # (B, width, T)
        for block in self.blocks:
            x = block(x)
        logits: Tensor = self.head(nn.functional.elu(x))  # (B, HALVES * 2, T)
        return logits.transpose(1, 2).reshape(len(features), -1, 2)


class _Block(nn.Module):
    """One dilated convolution beside a path that skips it."""

    def __init__(self, width: int, kernel: int, dilation: int, dropout: float) -> None:
        super().__init__()
        self.wide = nn.Conv1d(width, width, kernel, dilation=dilation, padding=kernel // 2 * dilation)
        self.mix = nn.Conv1d(width, width, 1)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.mix(self.dropout(nn.functional.elu(self.wide(x))))
        return x + y


@torch.inference_mode()
def hear(notes: Notes, network: BeatNet) -> NDArray[np.float64]:
    """Return the log odds of beat and downbeat, (cells, 2); cell 0 is the first onset of `notes`."""
    device = next(network.parameters()).device
    features = torch.from_numpy(beat_features(notes)).to(device)
    logits: NDArray[np.float64] = network(features[None])[0].double().cpu().numpy()
    return logits


@cache
def load(path: str, device: str = "cpu") -> BeatNet:
    """Return the network in a file of `training.beat_net`; raises MissingCheckpoint if it is none."""
    weights, about = read_network(path)
    network = BeatNet(**about["shape"])
    network.load_state_dict(weights)
    return network.eval().to(device)
