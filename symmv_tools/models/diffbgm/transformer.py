"""Transformer layers over a feature map: it hears itself, then the condition, then thinks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import torch
from torch import Tensor, nn

from symmv_tools.models.diffbgm.attention import Attention, hears_frames, hears_places
from symmv_tools.models.diffbgm.norms import group_norm, silenced
from symmv_tools.models.diffbgm.sizes import Sizes
from symmv_tools.models.waves import waves


class Transformer(nn.Module):
    """(B, C, rows, columns) to the same; row r of R stands for the beats from r * beats / R on."""

    def __init__(self, sizes: Sizes, channels: int) -> None:
        super().__init__()
        self.mask, self.window, self.time_encoding = sizes.mask, sizes.window, sizes.time_encoding
        self.norm = group_norm(channels)
        self.inwards = nn.Conv2d(channels, channels, 1)
        layers = nn.ModuleList(_Layer(sizes, channels) for _ in range(sizes.layers))
        self.layers = cast("Sequence[_Layer]", layers)
        self.outwards = silenced(nn.Conv2d(channels, channels, 1))

    def forward(self, x: Tensor, frames: Tensor) -> Tensor:
        """`frames` is (B, beats, width)."""
        rows, columns = x.shape[2:]
        h = self.inwards(self.norm(x)).flatten(2).transpose(1, 2)  # (B, rows * columns, C)
        if self.time_encoding:
            h = h + self._time(rows, columns, frames.shape[1], h)
        own, frame = self._masks(rows, columns, frames.shape[1], frames.device)
        for layer in self.layers:
            h = layer(h, frames, own, frame)
        out: Tensor = x + self.outwards(h.transpose(1, 2).unflatten(2, (rows, columns)))
        return out

    def _time(self, rows: int, columns: int, beats: int, like: Tensor) -> Tensor:
        """The beat at which each row begins, in waves, for all columns; frames have the same."""
        beat = torch.arange(rows, device=like.device) * (beats / rows)
        return waves(beat, like.shape[-1]).to(like.dtype).repeat_interleave(columns, dim=0)

    def _masks(
        self, rows: int, columns: int, beats: int, device: torch.device
    ) -> tuple[Tensor | None, Tensor | None]:
        """What places hear of places, and of frames; None: everything."""
        size = (rows, columns, beats, self.window, device)
        own = hears_places(*size) if self.mask == "release" else None
        return own, None if self.mask == "none" else hears_frames(*size)


class _Layer(nn.Module):
    def __init__(self, sizes: Sizes, width: int) -> None:
        super().__init__()
        self.own_norm, self.cross_norm, self.think_norm = (nn.LayerNorm(width) for _ in range(3))
        self.own = Attention(width, width, sizes.heads)
        self.cross = Attention(width, sizes.width, sizes.heads)
        self.think = _Think(width, sizes.dropout)
        self.dropout = nn.Dropout(sizes.dropout)

    def forward(self, x: Tensor, frames: Tensor, own: Tensor | None, frame: Tensor | None) -> Tensor:
        normed = self.own_norm(x)
        x = x + self.dropout(self.own(normed, normed, own))
        x = x + self.dropout(self.cross(self.cross_norm(x), frames, frame))
        thought: Tensor = x + self.think(self.think_norm(x))
        return thought


class _Think(nn.Module):
    """The feed-forward layer, four times as wide inside: GeGLU (Shazeer, "GLU variants", 2020)."""

    def __init__(self, width: int, dropout: float) -> None:
        super().__init__()
        self.wide = nn.Linear(width, 8 * width)
        self.dropout = nn.Dropout(dropout)
        self.narrow = nn.Linear(4 * width, width)

    def forward(self, x: Tensor) -> Tensor:
        value, gate = self.wide(x).chunk(2, dim=-1)
        thought: Tensor = self.narrow(self.dropout(value * nn.functional.gelu(gate)))
        return thought
