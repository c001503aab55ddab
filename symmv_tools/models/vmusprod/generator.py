"""What all stages share: events in, the next event's logits out, all at once or one after another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from symmv_tools.models.vmusprod.cross import Memory
from symmv_tools.models.vmusprod.embedding import EventEmbedding, TokenBatch
from symmv_tools.models.vmusprod.heads import Heads
from symmv_tools.models.vmusprod.layers import Decoder, DecoderState
from symmv_tools.models.vmusprod.sizes import Sizes


class State(NamedTuple):
    """Between two events: what the decoder keeps, and how many events it has read."""

    decoder: DecoderState
    length: int


class Generator(nn.Module):
    """A decoder of events with something to go by; `VideoToMusic` and `SourceToMusic` say what that is.

    `encode(condition)` makes a memory of it, or None where the network goes by nothing.
    """

    def __init__(
        self, sizes: Sizes, words: Mapping[str, int], *, layers: int, cross: bool, timing: bool
    ) -> None:
        super().__init__()
        self.embed = EventEmbedding(sizes, words, timing)
        self.decoder = Decoder(sizes, layers, cross)
        self.heads = Heads(sizes, words)

    def encode(self, condition: Any) -> Memory | None:
        """Return what the decoder hears of `condition`."""
        raise NotImplementedError

    def forward(self, read: TokenBatch, next_type: Tensor, condition: Any) -> dict[str, Tensor]:
        """Return the logits of the event after each one, (B, T, classes) by attribute.

        Teacher forcing: of events e, START first, `read` are all but the last, and `next_type` (B, T) the
        types of all but the first.
        """
        return self.heads(self.decode(read, self.encode(condition)), next_type)  # type: ignore[no-any-return]

    def decode(self, read: TokenBatch, memory: Memory | None) -> Tensor:
        """Return (B, T, width), of which `heads` makes logits."""
        bar = read.bar.cummax(dim=1).values  # so that padding, whatever its bar, stays in the last one
        decoded: Tensor = self.decoder(self.embed(read), bar, memory)
        return decoded

    @torch.no_grad()
    def start(self, condition: Any, variants: int = 1) -> State:
        """Return the state before the first event, for `variants` pieces of music of each of B conditions.

        Without a condition B is 1. The rows are the variants of the first, then those of the second, …
        """
        memory = self.encode(condition)
        memory = None if memory is None else memory.repeated(variants)
        batch = variants if memory is None else len(memory.value)
        return State(self.decoder.start(batch, memory), 0)

    @torch.no_grad()
    def step(self, read: TokenBatch, state: State) -> tuple[Tensor, State]:
        """Read one event, T = 1, of each row; return (B, width) and the state after it.

        Of what is returned, `heads.type_head` makes the logits of the next type, and with the type that was
        drawn `heads.given_type` those of the other attributes: the same as `forward`'s. `state` is used up.
        """
        x = self.embed(read, first=state.length)[:, 0]
        hidden, after = self.decoder.step(x, read.bar[:, 0], state.decoder)
        return hidden, State(after, state.length + 1)
