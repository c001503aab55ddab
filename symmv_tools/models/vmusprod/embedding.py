"""Compound events as vectors: every attribute has its embedding, and bar, beat, tempo and time are added."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import torch
from torch import Tensor, nn

from symmv_tools.models.vmusprod.sizes import EMBEDDING_WIDTHS, TIME_WIDTH, Sizes
from symmv_tools.models.waves import waves
from symmv_tools.music.tokens.vocabulary import ATTRIBUTES


class TokenBatch(NamedTuple):
    """B sequences of T events, padded at the end.

    `event` (B, T, 6) classes in the order of `ATTRIBUTES`; `bar` (B, T), counted from 0 and never falling;
    `beat` (B, T), position in the bar in 16ths; `tempo` (B,) classes; `timing` (B, T) classes, None where the
    network has no Timing Encoding. All int64. `is_real` (B, T) is False for padding.
    """

    event: Tensor
    bar: Tensor
    beat: Tensor
    tempo: Tensor
    timing: Tensor | None
    is_real: Tensor


def bars_in_order(tokens: TokenBatch, name: str) -> Tensor:
    """Return the bars, (B, T), with padding in the last real one, whatever stood there.

    Raises ValueError, in which the tokens go by `name`, if there is no event at all or if bars fall.
    """
    if tokens.bar.shape[1] == 0:
        raise ValueError(f"{name} has no events; give one that is padding where there is no music")
    if ((tokens.bar.diff(dim=1) < 0) & tokens.is_real[:, 1:]).any():
        raise ValueError(f"bars of {name} fall; sort its events by time, and put padding at the end")
    return tokens.bar.masked_fill(~tokens.is_real, 0).cummax(dim=1).values


class EventEmbedding(nn.Module):
    """Events and where they stand to (B, T, width).

    As in CMT, the attributes' embeddings are joined and projected, and the Timing Encoding, if `timing`, is
    projected and added. Bars are counted in waves of many lengths, not looked up, since a video of ten
    minutes has more of them than any song. That, and that the others are added, is chosen by us. `words` says
    the classes of `ATTRIBUTES`, "beat", "tempo" and "timing".
    """

    def __init__(self, sizes: Sizes, words: Mapping[str, int], timing: bool) -> None:
        super().__init__()
        widths = [EMBEDDING_WIDTHS[name] * sizes.width // 512 for name in ATTRIBUTES]
        self.attributes = nn.ModuleList(
            nn.Embedding(words[name], width) for name, width in zip(ATTRIBUTES, widths, strict=True)
        )
        self.join = nn.Linear(sum(widths), sizes.width)
        self.bar = nn.Linear(sizes.width, sizes.width, bias=False)
        self.beat = nn.Embedding(words["beat"], sizes.width)
        self.tempo = nn.Embedding(words["tempo"], sizes.width) if sizes.motion else None
        self.timing = _time_embedding(sizes, words["timing"]) if timing and sizes.motion else None
        self.dropout = nn.Dropout(sizes.dropout)

    def forward(self, tokens: TokenBatch, first: int = 0) -> Tensor:
        """See the class; `first` is the place of the first event in its sequence.

        Raises ValueError if there is a Timing Encoding and `tokens` has no timing.
        """
        width, T = self.join.out_features, tokens.event.shape[1]
        each = [embed(tokens.event[..., i]) for i, embed in enumerate(self.attributes)]
        x = self.join(torch.cat(each, dim=-1)) + self.beat(tokens.beat)  # (B, T, width)
        x = x + self.bar(waves(tokens.bar, width).to(self.join.weight.dtype))
        if self.tempo is not None:
            x = x + self.tempo(tokens.tempo)[:, None]
        if self.timing is not None:
            if tokens.timing is None:
                raise ValueError("this network has a Timing Encoding, and the tokens come without `timing`")
            x = x + self.timing(tokens.timing)
        place = torch.arange(first, first + T, device=x.device)
        embedded: Tensor = self.dropout(x + waves(place, width).to(x.dtype))
        return embedded


def _time_embedding(sizes: Sizes, classes: int) -> nn.Module:
    return nn.Sequential(nn.Embedding(classes, TIME_WIDTH), nn.Linear(TIME_WIDTH, sizes.width))
