"""Cross-attention: to all of what an encoder made, or only to the bars around.

Bars never fall, so what a token may see is one stretch of the source. Queries go together in groups, and only
the stretches that a group needs are touched: the cost grows with the music, not with its square.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from symmv_tools.models.attention import attend

REACH = 1  # bars to either side: "within the previous current or next bar" (the paper's section 4.2)
_GROUP = 32  # queries


class Memory(NamedTuple):
    """What an encoder made: `value` (B, S, width), S is 1 or more, and `is_real` (B, S).

    `bar` (B, S) never falls, padding lies beyond every bar; None where everything may be seen.
    """

    value: Tensor
    is_real: Tensor
    bar: Tensor | None

    def repeated(self, times: int) -> Memory:
        """Every sequence `times` times, one after the other."""
        value, is_real = (part.repeat_interleave(times, dim=0) for part in self[:2])
        bar = None if self.bar is None else self.bar.repeat_interleave(times, dim=0)
        return Memory(value, is_real, bar)


class Sight(NamedTuple):
    """What queries see of a memory.

    `rows` (B * groups, W) are places in the memories of the batch, one behind the other, for each group of
    `group` queries; None means the whole memory for all. `sees` is (B * groups, 1, group, W) or (B, 1, 1, S).
    """

    rows: Tensor | None
    sees: Tensor
    group: int


class Sources(NamedTuple):
    """Keys and values of a memory, (B, S, width)."""

    key: Tensor
    value: Tensor


def sight(bar: Tensor, memory: Memory) -> Sight:
    """Return what tokens in `bar` (B, T) see: bars `bar` - REACH to `bar` + REACH, or all without bars."""
    if memory.bar is None:
        return Sight(None, memory.is_real[:, None, None, :], bar.shape[1])
    S, group = memory.is_real.shape[1], min(_GROUP, bar.shape[1])
    bar = bar.contiguous()  # searchsorted complains else
    first, last = (_in_groups(place, group) for place in stretches(bar, memory))  # (B * groups, group)
    begin = first.amin(dim=1, keepdim=True)
    width = max(1, int((last.amax(dim=1, keepdim=True) - begin).max()))
    place = begin + torch.arange(width, device=bar.device)  # (B * groups, W)
    sees = (place[:, None] >= first[..., None]) & (place[:, None] < last[..., None])
    memories = torch.arange(len(bar), device=bar.device).repeat_interleave(len(place) // len(bar))
    rows = place.clamp(max=S - 1) + S * memories[:, None]
    return Sight(rows, sees[:, None], group)


def stretches(bar: Tensor, memory: Memory) -> tuple[Tensor, Tensor]:
    """Return the first place of the memory that each token sees and the first after it, both (B, T)."""
    assert memory.bar is not None
    first = torch.searchsorted(memory.bar, bar - REACH)
    last = torch.searchsorted(memory.bar, bar + REACH, right=True)
    return first, last


def _in_groups(place: Tensor, group: int) -> Tensor:
    """(B, T) to (B * groups, group); the last place is repeated."""
    missing = -place.shape[1] % group
    return torch.cat([place, place[:, -1:].expand(-1, missing)], dim=1).reshape(-1, group)


class CrossAttention(nn.Module):
    """Tokens hear what they see of a memory: (B, T, width) to (B, T, width).

    Always softmax: what it sees is short or of fixed length, and the sums of linear attention know no bars.
    """

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.query = nn.Linear(width, width)
        self.key = nn.Linear(width, width)
        self.value = nn.Linear(width, width)
        self.out = nn.Linear(width, width)

    def sources(self, memory: Memory) -> Sources:
        """Return the keys and values; in generation this is done once."""
        return Sources(self.key(memory.value), self.value(memory.value))

    def forward(self, x: Tensor, sources: Sources, sight: Sight) -> Tensor:
        """See the class. Where a token sees nothing, it hears zeros."""
        B, T, _ = x.shape
        query = F.pad(self.query(x), (0, 0, 0, -T % sight.group))
        query = query.reshape(-1, sight.group, query.shape[-1])  # (B * groups, group, width)
        q, k, v = (self._split(part) for part in (query, *(_seen(part, sight) for part in sources)))
        hear = attend if sight.rows is None else _attend_near
        heard = hear(q, k, v, sight.sees)  # (B * groups, heads, group, d)
        joined = heard.transpose(1, 2).reshape(B, -1, x.shape[-1])
        out: Tensor = self.out(joined[:, :T])
        return out

    def _split(self, x: Tensor) -> Tensor:
        return x.view(*x.shape[:2], self.heads, -1).transpose(1, 2)


def _attend_near(q: Tensor, k: Tensor, v: Tensor, sees: Tensor) -> Tensor:
    """`attend`, written out: where there is little to see a CPU is done a third sooner, forth and back."""
    blind = ~sees.any(dim=-1, keepdim=True)
    score = (q * q.shape[-1] ** -0.5) @ k.transpose(-1, -2)
    weight = score.masked_fill(~(sees | blind), -torch.inf).softmax(dim=-1)
    heard: Tensor = (weight @ v).masked_fill(blind, 0)
    return heard


def _seen(source: Tensor, sight: Sight) -> Tensor:
    """(B, S, width) to (B * groups, W, width)."""
    if sight.rows is None:
        return source
    # index_select adds gradients up row by row; indexing with tensors would sort them first
    chosen = source.reshape(-1, source.shape[-1]).index_select(0, sight.rows.flatten())
    return chosen.view(*sight.rows.shape, -1)
