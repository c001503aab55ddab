"""Causal attention in linear time: a positive feature map in place of the softmax.

Katharopoulos et al., "Transformers are RNNs" (ICML 2020), with their map elu(x) + 1. In training all
positions are computed together, in chunks: within a chunk by the products of queries and keys, before it by
the sum that all earlier chunks leave behind. In generation one position follows another, and the sum is all
that is kept, however long the music. Both are the same numbers.

Sums are taken in float32 whatever comes in, because they grow with the sequence; what is returned has the
type of the values.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

CHUNK = 64  # positions; 32 to 64 are the fastest on a CPU, and GPUs multiply tiles of this size
_EPSILON = 1e-6  # as fast_transformers: what sees nothing gets zeros, not NaN


class LinearState(NamedTuple):
    """What positions leave behind: sums of key times value (B, heads, d, e) and of keys (B, heads, d)."""

    key_value: Tensor
    key: Tensor


def feature_map(x: Tensor) -> Tensor:
    """Return elu(x) + 1, which is positive."""
    return F.elu(x.float()) + 1


def causal_linear_attention(q: Tensor, k: Tensor, v: Tensor, is_real: Tensor | None = None) -> Tensor:
    """Return what every position hears of itself and those before it, (B, heads, T, e).

    `q`, `k` are (B, heads, T, d), `v` is (B, heads, T, e), T is 1 or more; `is_real` (B, T) is False where
    padding must not be heard. Memory grows with T * (CHUNK + d * e / CHUNK).
    """
    T = q.shape[2]
    with torch.autocast(q.device.type, enabled=False):
        q_, k_, v_ = (_in_chunks(x) for x in (feature_map(q), _real(feature_map(k), is_real), v.float()))
        score = (q_ @ k_.transpose(-1, -2)).tril()  # (B, heads, N, CHUNK, CHUNK)
        key_value, key = _before(k_.transpose(-1, -2) @ v_), _before(k_.sum(dim=3))
        heard = score @ v_ + q_ @ key_value  # (B, heads, N, CHUNK, e)
        weight = score.sum(dim=-1, keepdim=True) + q_ @ key[..., None]  # (B, heads, N, CHUNK, 1)
        return (heard / (weight + _EPSILON)).flatten(2, 3)[:, :, :T].to(v.dtype)


def linear_attention(q: Tensor, k: Tensor, v: Tensor, is_real: Tensor | None = None) -> Tensor:
    """Return what every position hears of all, later ones too; shapes as in `causal_linear_attention`.

    Queries and keys may differ in number: `is_real` is about the keys.
    """
    with torch.autocast(q.device.type, enabled=False):
        q_, k_ = feature_map(q), _real(feature_map(k), is_real)
        weight = q_ @ k_.sum(dim=2)[..., None]  # (B, heads, T, 1)
        return (q_ @ (k_.transpose(-1, -2) @ v.float()) / (weight + _EPSILON)).to(v.dtype)


def start_linear(batch: int, heads: int, d: int, like: Tensor) -> LinearState:
    """Return the state before the first position, on the device of `like`; values are as wide as keys."""
    zeros = torch.zeros(batch, heads, d, d, device=like.device)
    return LinearState(zeros, zeros[..., 0])


def linear_step(q: Tensor, k: Tensor, v: Tensor, state: LinearState) -> tuple[Tensor, LinearState]:
    """Return what the next position hears, (B, heads, e), and the state after it.

    `q`, `k`, `v` are (B, heads, d). The old state stays as it was: generation may step back to it.
    """
    with torch.autocast(q.device.type, enabled=False):
        q_, k_ = feature_map(q), feature_map(k)
        after = LinearState(state.key_value + k_[..., None] * v.float()[..., None, :], state.key + k_)
        weight = (q_ * after.key).sum(dim=-1, keepdim=True)  # (B, heads, 1)
        heard = (q_[..., None, :] @ after.key_value)[..., 0, :]  # (B, heads, e)
        return (heard / (weight + _EPSILON)).to(v.dtype), after


def _real(k: Tensor, is_real: Tensor | None) -> Tensor:
    return k if is_real is None else k * is_real[:, None, :, None]


def _in_chunks(x: Tensor) -> Tensor:
    """(B, heads, T, d) to (B, heads, N, CHUNK, d), zeros at the end.

    They come after the feature map, so that they weigh nothing.
    """
    B, heads, T, d = x.shape
    return F.pad(x, (0, 0, 0, -T % CHUNK)).view(B, heads, -1, CHUNK, d)


def _before(x: Tensor) -> Tensor:
    """The sum over all earlier chunks, chunks being the third dimension."""
    return F.pad(x.transpose(2, -1), (1, 0))[..., :-1].cumsum(dim=-1).transpose(2, -1)
