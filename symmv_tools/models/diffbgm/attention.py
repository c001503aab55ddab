"""Attention of feature maps: to themselves, and to the condition's frames of their own segment.

A feature map of R rows and P columns is a sequence of R * P places, row by row: rows are time, columns pitch.

The paper's equation 9 multiplies the scores by a mask of 0 and 1 before the softmax. A score of 0 excludes
nothing: every frame would still be heard, the masked ones all alike. Here, as in the release, what is masked
scores minus infinity.
"""

from __future__ import annotations

from functools import lru_cache

import torch
from torch import Tensor, nn
from torch.nn import functional as F


@lru_cache(maxsize=64)
def hears_frames(rows: int, columns: int, beats: int, window: int, device: torch.device) -> Tensor:
    """Return which frames each place hears, (rows * columns, beats): those of the segments its row lies in.

    A segment is `window` beats; a row lasts beats / rows, and may lie in several. Made once: to be read only.
    """
    first, last = _segments(rows, beats, window, device)
    segment = torch.arange(beats, device=device) // window
    return _plain((first[:, None] <= segment) & (segment <= last[:, None]), columns)


@lru_cache(maxsize=64)
def hears_places(rows: int, columns: int, beats: int, window: int, device: torch.device) -> Tensor:
    """Return which places each place hears, (rows * columns, rows * columns): those of its own segments."""
    first, last = _segments(rows, beats, window, device)
    mask = (first[:, None] <= last) & (first <= last[:, None])
    return _plain(mask.repeat_interleave(columns, dim=1), columns)


def _segments(rows: int, beats: int, window: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """The first and the last segment of each row."""
    row = torch.arange(rows, device=device)
    return row * beats // rows // window, ((row + 1) * beats - 1) // rows // window


def _plain(mask: Tensor, columns: int) -> Tensor:
    """`mask` for all columns; never an inference tensor, which no later training could use."""
    with torch.inference_mode(False):
        return mask.repeat_interleave(columns, dim=0).clone()


class Attention(nn.Module):
    """Places (B, N, width) hear of a source (B, S, width of its own) what `hears` allows, by softmax.

    Queries, keys and values have no bias, as in Rombach et al. (CVPR 2022).
    """

    def __init__(self, width: int, source: int, heads: int) -> None:
        super().__init__()
        if width % heads:
            raise ValueError(
                f"heads must divide the channels of every level with attention; got {heads}, {width}"
            )
        self.heads = heads
        self.query = nn.Linear(width, width, bias=False)
        self.key = nn.Linear(source, width, bias=False)
        self.value = nn.Linear(source, width, bias=False)
        self.out = nn.Linear(width, width)

    def forward(self, x: Tensor, source: Tensor, hears: Tensor | None) -> Tensor:
        """`hears` is (N, S), and every place hears something; None: it hears all."""
        q, k, v = (self._split(part) for part in (self.query(x), self.key(source), self.value(source)))
        heard = F.scaled_dot_product_attention(q, k, v, attn_mask=hears)  # (B, heads, N, d)
        out: Tensor = self.out(heard.transpose(1, 2).flatten(2))
        return out

    def weights(self, x: Tensor, source: Tensor, hears: Tensor | None) -> Tensor:
        """Return what `forward` weighs the source with, (B, heads, N, S)."""
        q, k = self._split(self.query(x)), self._split(self.key(source))
        score = q @ k.transpose(-1, -2) * q.shape[-1] ** -0.5
        weight: Tensor = (score if hears is None else score.masked_fill(~hears, -torch.inf)).softmax(dim=-1)
        return weight

    def _split(self, x: Tensor) -> Tensor:
        return x.view(*x.shape[:2], self.heads, -1).transpose(1, 2)
