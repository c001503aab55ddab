"""Which chord is heard in each half-beat: convolutions for the bar, a recurrent layer for the song.

Pitch classes and roots count from the song's tonic (`music.chord_features`), so that chords move
with the notes. Architecture chosen by us.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from symmv_tools.models.networks import read_network
from symmv_tools.music.chord_features import Cells, cell_bass, cell_features, half_beats, tonics
from symmv_tools.music.chord_path import CHORDS, likeliest_chords, moved
from symmv_tools.music.chords import Chords
from symmv_tools.music.notes import Notes

_DILATIONS = (1, 2, 4, 8)


class ChordNet(nn.Module):
    """Half-beats (B, T, features) to logits (B, T, CHORDS)."""

    def __init__(self, *, features: int, channels: int, hidden: int) -> None:
        super().__init__()
        self.see = nn.Linear(features, channels)
        self.bars = nn.ModuleList(_Bar(channels, dilation) for dilation in _DILATIONS)
        self.song = nn.GRU(channels, hidden, batch_first=True, bidirectional=True)
        self.drop = nn.Dropout(0.2)
        self.chord = nn.Linear(2 * hidden + channels, CHORDS)

    def forward(self, cells: Tensor) -> Tensor:
        """See the class."""
        x = self.drop(F.gelu(self.see(cells)))  # (B, T, C)
        for bar in self.bars:
            x = x + self.drop(bar(x))
        heard, _ = self.song(x.float())  # (B, T, 2 hidden)
        logits: Tensor = self.chord(torch.cat([self.drop(heard), x], dim=2))
        return logits


class _Bar(nn.Module):
    def __init__(self, channels: int, dilation: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(channels)
        self.conv = nn.Conv1d(channels, channels, 3, padding=dilation, dilation=dilation)
        self.out = nn.Linear(channels, channels)

    def forward(self, x: Tensor) -> Tensor:
        around = self.conv(self.norm(x).transpose(1, 2)).transpose(1, 2)  # (B, T, C)
        seen: Tensor = self.out(F.gelu(around))
        return seen


@cache
def load(weights: str) -> ChordNet:
    """Return the network in the file `weights`, ready to listen."""
    state, about = read_network(weights)
    network = ChordNet(**about["shape"])
    network.load_state_dict(state)
    return network.eval()


def name_chords(
    notes: Notes,
    beat: NDArray[np.float64],
    position: NDArray[np.uint8],
    network: nn.Module,
    *,
    change_cost: float,
    keep_bass: bool,
) -> Chords:
    """Return the chords of a song, equal neighbours merged; none where there are no notes.

    `beat` (beats,) in seconds with their `position` in the bar; without them chords may change every quarter
    second. See `chord_path.likeliest_chords` for the rest.
    """
    if len(notes) == 0:
        return Chords(np.zeros(0), np.zeros(0), [], np.zeros(0))
    cells = half_beats(notes, beat, position)
    return likeliest_chords(
        hear(notes, cells, network),
        cells,
        notes.end,
        change_cost=change_cost,
        bass=cell_bass(notes, cells) if keep_bass else None,
    )


def hear(notes: Notes, cells: Cells, network: nn.Module) -> NDArray[np.float64]:
    """Return the log-probability of each chord in each cell, (cells, CHORDS); `notes` are not empty.

    Where several tonics fit a song equally well, it is the mean over them.
    """
    heard = [_heard_from(notes, cells, tonic, network) for tonic in tonics(notes)]
    mean: NDArray[np.float64] = np.mean(heard, axis=0)
    return mean


def _heard_from(notes: Notes, cells: Cells, tonic: int, network: nn.Module) -> NDArray[np.float64]:
    with torch.inference_mode():
        logits = network(torch.from_numpy(cell_features(notes, cells, tonic))[None])
    return moved(F.log_softmax(logits[0].double(), dim=1).numpy(), tonic)
