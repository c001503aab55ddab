"""Transformer layers: norm first, GELU, as encoder and as decoder that also goes token by token.

The paper does not say where its norms stand; norms before every part, which train without a
warm-up, are chosen by us.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, cast

from torch import Tensor, nn

from symmv_tools.models.attention import SelfAttention
from symmv_tools.models.vmusprod.cross import CrossAttention, Memory, Sight, Sources, sight
from symmv_tools.models.vmusprod.sizes import Sizes


class Encoder(nn.Module):
    """Layers in which every position hears all that are real."""

    def __init__(self, sizes: Sizes, layers: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList(_EncoderLayer(sizes) for _ in range(layers))
        self.norm = nn.LayerNorm(sizes.width)

    def forward(self, x: Tensor, is_real: Tensor) -> Tensor:
        """(B, S, width) to (B, S, width); `is_real` is (B, S)."""
        for layer in self.layers:
            x = layer(x, is_real)
        encoded: Tensor = self.norm(x)
        return encoded


class DecoderState(NamedTuple):
    """Between two tokens: the state of each layer's self-attention, its sources, and what these come from."""

    heard: list[Any]
    sources: list[Sources | None]
    memory: Memory | None


class Decoder(nn.Module):
    """Layers in which a position hears itself, those before it and, if `cross`, what it sees of a memory."""

    def __init__(self, sizes: Sizes, layers: int, cross: bool) -> None:
        super().__init__()
        each = nn.ModuleList(_DecoderLayer(sizes, cross) for _ in range(layers))
        self.layers = cast("Sequence[_DecoderLayer]", each)
        self.norm = nn.LayerNorm(sizes.width)

    def forward(self, x: Tensor, bar: Tensor, memory: Memory | None) -> Tensor:
        """(B, T, width) to (B, T, width); `bar` (B, T) never falls. Padding, at the end, is heard by none."""
        seen = None if memory is None else sight(bar, memory)
        for layer in self.layers:
            x = layer(x, layer.sources(memory), seen)
        decoded: Tensor = self.norm(x)
        return decoded

    def start(self, batch: int, memory: Memory | None) -> DecoderState:
        """Return the state before the first token."""
        sources = [layer.sources(memory) for layer in self.layers]
        return DecoderState([layer.own.start(batch) for layer in self.layers], sources, memory)

    def step(self, x: Tensor, bar: Tensor, state: DecoderState) -> tuple[Tensor, DecoderState]:
        """Return what `forward` returns at the next token, (B, width), and the state after it.

        `x` is (B, width), `bar` (B,); `state` is used up.
        """
        seen = None if state.memory is None else sight(bar[:, None], state.memory)
        after = []
        for layer, heard, sources in zip(self.layers, state.heard, state.sources, strict=True):
            x, heard = layer.step(x, heard, sources, seen)
            after.append(heard)
        return self.norm(x), state._replace(heard=after)


class _EncoderLayer(nn.Module):
    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        self.own_norm = nn.LayerNorm(sizes.width)
        self.own = SelfAttention(sizes.width, sizes.heads, sizes.attention)
        self.think = _Think(sizes)
        self.dropout = nn.Dropout(sizes.dropout)

    def forward(self, x: Tensor, is_real: Tensor) -> Tensor:
        x = x + self.dropout(self.own(self.own_norm(x), is_real))
        thought: Tensor = self.think(x)
        return thought


class _DecoderLayer(nn.Module):
    def __init__(self, sizes: Sizes, cross: bool) -> None:
        super().__init__()
        self.own_norm = nn.LayerNorm(sizes.width)
        self.own = SelfAttention(sizes.width, sizes.heads, sizes.attention)
        self.cross_norm = nn.LayerNorm(sizes.width) if cross else None
        self.cross = CrossAttention(sizes.width, sizes.heads) if cross else None
        self.think = _Think(sizes)
        self.dropout = nn.Dropout(sizes.dropout)

    def sources(self, memory: Memory | None) -> Sources | None:
        assert (memory is None) == (self.cross is None), "a memory is for layers with cross-attention"
        return None if memory is None or self.cross is None else self.cross.sources(memory)

    def forward(self, x: Tensor, sources: Sources | None, seen: Sight | None) -> Tensor:
        x = x + self.dropout(self.own.causal(self.own_norm(x)))
        return self._onwards(x, sources, seen)

    def step(self, x: Tensor, heard: Any, sources: Sources | None, seen: Sight | None) -> tuple[Tensor, Any]:
        found, heard = self.own.step(self.own_norm(x), heard)
        return self._onwards((x + found)[:, None], sources, seen)[:, 0], heard

    def _onwards(self, x: Tensor, sources: Sources | None, seen: Sight | None) -> Tensor:
        """What follows self-attention, (B, T, width)."""
        if self.cross is not None and self.cross_norm is not None:
            x = x + self.dropout(self.cross(self.cross_norm(x), sources, seen))
        thought: Tensor = self.think(x)
        return thought


class _Think(nn.Module):
    """The feed-forward layer, with the path around it."""

    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.LayerNorm(sizes.width),
            nn.Linear(sizes.width, sizes.feedforward),
            nn.GELU(),
            nn.Dropout(sizes.dropout),
            nn.Linear(sizes.feedforward, sizes.width),
            nn.Dropout(sizes.dropout),
        )

    def forward(self, x: Tensor) -> Tensor:
        thought: Tensor = x + self.layers(x)
        return thought
