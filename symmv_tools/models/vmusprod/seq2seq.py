"""Music from other music, bar by bar: melody from chords, accompaniment from both."""

from __future__ import annotations

from collections.abc import Mapping

import torch

from symmv_tools.models.vmusprod.cross import Memory
from symmv_tools.models.vmusprod.embedding import EventEmbedding, TokenBatch
from symmv_tools.models.vmusprod.generator import Generator
from symmv_tools.models.vmusprod.layers import Encoder
from symmv_tools.models.vmusprod.sizes import Sizes


class SourceToMusic(Generator):
    """An encoder of source events, and a decoder that hears of them its own bar and the bars beside it.

    The encoder itself hears the whole source. The bar of a token that is read stands for the next event too:
    when a bar begins is for the network to say.
    """

    def __init__(self, sizes: Sizes, words: Mapping[str, int]) -> None:
        half = sizes.layers // 2
        super().__init__(sizes, words, layers=sizes.layers - half, cross=True, timing=True)
        self.embed_source = EventEmbedding(sizes, words, timing=True)
        self.encoder = Encoder(sizes, half)

    def encode(self, condition: TokenBatch) -> Memory:
        """Return the encoded source with its bars."""
        value = self.encoder(self.embed_source(condition), condition.is_real)
        beyond = torch.iinfo(condition.bar.dtype).max
        return Memory(value, condition.is_real, condition.bar.masked_fill(~condition.is_real, beyond))
