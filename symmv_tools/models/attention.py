"""Multi-head attention of two kinds, linear and softmax, for training and for one token after another.

`KINDS` holds both, and the modules take one by name: see `linear_attention`; softmax is PyTorch's
scaled_dot_product_attention, and keeps all keys and values while it generates.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from symmv_tools.models.linear_attention import (
    causal_linear_attention,
    linear_attention,
    linear_step,
    start_linear,
)

_FIRST_ROOM = 64  # positions a cache begins with; it doubles


class Cache(NamedTuple):
    """Keys and values so far, (B, heads, room, d), of which the first `length` are filled."""

    key: Tensor
    value: Tensor
    length: int


class Kind(NamedTuple):
    """One kind of attention; arguments and shapes as in `linear_attention`."""

    causal: Callable[[Tensor, Tensor, Tensor, Tensor | None], Tensor]
    whole: Callable[[Tensor, Tensor, Tensor, Tensor | None], Tensor]
    start: Callable[[int, int, int, Tensor], Any]
    step: Callable[[Tensor, Tensor, Tensor, Any], tuple[Tensor, Any]]


def attend(q: Tensor, k: Tensor, v: Tensor, sees: Tensor) -> Tensor:
    """Return softmax attention where `sees` (broadcast to (B, heads, T, S)) allows it, (B, heads, T, e).

    What sees nothing hears zeros, and so do its gradients.
    """
    blind = ~sees.any(dim=-1, keepdim=True)
    heard = F.scaled_dot_product_attention(q, k, v, attn_mask=sees | blind)
    return heard.masked_fill(blind, 0)


def causal_softmax_attention(q: Tensor, k: Tensor, v: Tensor, is_real: Tensor | None = None) -> Tensor:
    """The softmax counterpart of `causal_linear_attention`."""
    if is_real is None:
        return F.scaled_dot_product_attention(q, k, v, is_causal=True)
    T = q.shape[2]
    return attend(q, k, v, is_real[:, None, None, :] & q.new_ones((T, T), dtype=torch.bool).tril())


def softmax_attention(q: Tensor, k: Tensor, v: Tensor, is_real: Tensor | None = None) -> Tensor:
    """The softmax counterpart of `linear_attention`."""
    if is_real is None:
        return F.scaled_dot_product_attention(q, k, v)
    return attend(q, k, v, is_real[:, None, None, :])


def start_softmax(batch: int, heads: int, d: int, like: Tensor) -> Cache:
    """Return an empty cache of the type and on the device of `like`."""
    key, value = like.new_zeros(2, batch, heads, _FIRST_ROOM, d)
    return Cache(key, value, 0)


def softmax_step(q: Tensor, k: Tensor, v: Tensor, state: Cache) -> tuple[Tensor, Cache]:
    """The softmax counterpart of `linear_step`; the old state is used up."""
    key, value, length = state
    if length == key.shape[2]:
        key, value = (torch.cat([kept, torch.zeros_like(kept)], dim=2) for kept in (key, value))
    key[:, :, length], value[:, :, length] = k, v
    query = q[:, :, None].to(key.dtype)  # (B, heads, 1, d)
    heard = F.scaled_dot_product_attention(query, key[:, :, : length + 1], value[:, :, : length + 1])
    return heard[:, :, 0].to(q.dtype), Cache(key, value, length + 1)


KINDS = {
    "linear": Kind(causal_linear_attention, linear_attention, start_linear, linear_step),
    "softmax": Kind(causal_softmax_attention, softmax_attention, start_softmax, softmax_step),
}


class SelfAttention(nn.Module):
    """A sequence that hears itself: (B, T, width) to (B, T, width). `kind` is one of `KINDS`."""

    def __init__(self, width: int, heads: int, kind: str) -> None:
        super().__init__()
        if width % heads:
            raise ValueError(f"width must be a multiple of heads; got {width} and {heads}")
        self.heads, self.kind = heads, KINDS[kind]
        self.query_key_value = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)

    def forward(self, x: Tensor, is_real: Tensor | None = None) -> Tensor:
        """Every position hears all that are real, (B, T)."""
        return self._joined(self.kind.whole(*self._split(x), is_real))

    def causal(self, x: Tensor, is_real: Tensor | None = None) -> Tensor:
        """Every position hears itself and the earlier ones."""
        return self._joined(self.kind.causal(*self._split(x), is_real))

    def start(self, batch: int) -> Any:
        """Return the state before the first `step`."""
        weight = self.out.weight
        return self.kind.start(batch, self.heads, weight.shape[0] // self.heads, weight.detach())

    def step(self, x: Tensor, state: Any) -> tuple[Tensor, Any]:
        """Return what `causal` returns at the next position (B, width), and the state after it.

        `state` is used up: keep none but the newest.
        """
        q, k, v = (part[:, :, 0] for part in self._split(x[:, None]))  # (B, heads, d)
        heard, state = self.kind.step(q, k, v, state)
        return self.out(heard.flatten(1)), state

    def _split(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Queries, keys and values, (B, heads, T, d)."""
        parts = self.query_key_value(x).unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        q, k, v = parts.unbind()
        return q, k, v

    def _joined(self, heard: Tensor) -> Tensor:
        joined: Tensor = self.out(heard.transpose(1, 2).flatten(2))
        return joined
