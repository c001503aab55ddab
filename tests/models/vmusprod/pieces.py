"""Pieces by chance for the tests of the networks: events, bars that never fall, features, padding."""

from __future__ import annotations

import torch
from torch import Tensor

from symmv_tools.models.vmusprod.controller import Features
from symmv_tools.models.vmusprod.embedding import TokenBatch
from symmv_tools.models.vmusprod.network import WORDS
from symmv_tools.music.tokens.vocabulary import ATTRIBUTES

WIDTHS = {"semantic": 12, "colour": 7}


def piece(lengths: list[int], bars: int = 6, seed: int = 0) -> TokenBatch:
    """Sequences of `lengths` events in bars 0 to `bars` - 1; what is in the padding is wild."""
    generator = torch.Generator().manual_seed(seed)
    B, T = len(lengths), max(lengths)

    def classes(name: str, *shape: int) -> Tensor:
        return torch.randint(WORDS[name], shape, generator=generator)

    event = torch.stack([classes(name, B, T) for name in ATTRIBUTES], dim=-1)
    is_real = torch.arange(T) < torch.tensor(lengths)[:, None]
    bar = torch.randint(bars, (B, T), generator=generator).masked_fill(~is_real, bars).sort(dim=1).values
    bar = bar.masked_fill(~is_real, 0)
    return TokenBatch(
        event, bar, classes("beat", B, T), classes("tempo", B), classes("timing", B, T), is_real
    )


def film(lengths: dict[str, list[int]], seed: int = 0) -> dict[str, Features]:
    """Features of films, by modality, with `lengths` of them in each."""
    generator = torch.Generator().manual_seed(seed)
    found = {}
    for name, each in lengths.items():
        value = torch.randn(len(each), max(each), WIDTHS[name], generator=generator)
        found[name] = Features(value, torch.arange(max(each)) < torch.tensor(each)[:, None])
    return found


def rows(tokens: TokenBatch, chosen: list[int]) -> TokenBatch:
    """Some of the sequences."""
    return TokenBatch(
        tokens.event[chosen],
        tokens.bar[chosen],
        tokens.beat[chosen],
        tokens.tempo[chosen],
        None if tokens.timing is None else tokens.timing[chosen],
        tokens.is_real[chosen],
    )


def between(tokens: TokenBatch, first: int, last: int) -> TokenBatch:
    """The events at places `first` to before `last`."""
    return tokens._replace(
        event=tokens.event[:, first:last],
        bar=tokens.bar[:, first:last],
        beat=tokens.beat[:, first:last],
        timing=None if tokens.timing is None else tokens.timing[:, first:last],
        is_real=tokens.is_real[:, first:last],
    )


def event(tokens: TokenBatch, t: int) -> TokenBatch:
    """The events at place `t`, as `Generator.step` reads them."""
    return between(tokens, t, t + 1)


def next_types(tokens: TokenBatch) -> Tensor:
    """The type of the event after each, a type by chance after the last."""
    return tokens.event[..., 0].roll(-1, dims=1)
