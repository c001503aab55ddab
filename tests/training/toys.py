"""A network of a few weights and songs of a few numbers, to see the training loop at work."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from symmv_tools.training.batches import Batches
from symmv_tools.training.journal import read
from symmv_tools.training.settings import FitSettings

EXACT = ("step", "epoch", "loss", "parts", "learning_rate", "gradient_norm", "scores", "kind")


class Song(NamedTuple):
    song_id: str
    x: Tensor


class Batch(NamedTuple):
    song_ids: list[str]
    x: Tensor  # (B, T, 3)
    is_real: Tensor  # (B, T)


class Songs:
    """Song n has n % 5 + 2 vectors."""

    def __init__(self, n: int) -> None:
        self._songs = [torch.randn(i % 5 + 2, 3, generator=torch.manual_seed(i)) for i in range(n)]
        self.lengths = np.array([len(song) for song in self._songs])

    def get(self, index: int, epoch: int) -> Song:
        shift = float(np.random.default_rng([epoch, index]).normal(0, 0.1))
        return Song(f"toy:{index}", self._songs[index] + shift)

    def order(self, epoch: int) -> NDArray[np.int64]:
        return np.random.default_rng(epoch).permutation(len(self._songs))


def collate(songs: list[Song]) -> Batch:
    pad = nn.utils.rnn.pad_sequence
    x = pad([song.x for song in songs], batch_first=True)
    is_real = pad([torch.ones(len(song.x)) for song in songs], batch_first=True)
    return Batch([song.song_id for song in songs], x, is_real)


def batches(n: int = 13, most: int = 2, workers: int = 0) -> Batches[Song, Batch]:
    songs = Songs(n)
    return Batches(songs, songs.lengths, collate, most=most, workers=workers)


def size(batch: Batch) -> int:
    return int(batch.is_real.sum())


def network(dropout: float = 0.3) -> nn.Module:
    torch.manual_seed(0)
    random.seed(0)
    np.random.seed(0)
    return nn.Sequential(nn.Linear(3, 8), nn.BatchNorm1d(8), nn.Dropout(dropout), nn.ReLU(), nn.Linear(8, 3))


def plain_network() -> nn.Module:
    """Without anything that looks at a batch as a whole or draws: the same however batches are dealt."""
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(3, 8), nn.Tanh(), nn.Linear(8, 3))


def loss(net: nn.Module, batch: Batch) -> dict[str, Tensor]:
    """Say the vector again; every sort of chance has its say, as in a careless trainer."""
    noise = random.random() + float(np.random.rand())
    return {**error(net, batch), "noise": 1e-3 * noise * next(net.parameters()).square().mean()}


def error(net: nn.Module, batch: Batch) -> dict[str, Tensor]:
    """The mean over vectors."""
    said = net(batch.x.flatten(0, 1)).view_as(batch.x)
    each = (said - batch.x).square().sum(dim=2)
    return {"error": (each * batch.is_real).sum() / batch.is_real.sum()}


def validate(net: nn.Module) -> dict[str, float]:
    return {"error": float(error(net, next(iter(batches()(99))))["error"])}


def settings(**changed: Any) -> FitSettings:
    values = {"epochs": 4, "accumulate": 2, "schedule": "cosine", "average_steps": 5.0, "save_minutes": 99.0}
    return FitSettings(**{**values, **changed})


def exact(folder: Path) -> list[dict[str, Any]]:
    """The log without what depends on the machine's speed."""
    return [{name: entry[name] for name in EXACT if name in entry} for entry in read(folder)]
