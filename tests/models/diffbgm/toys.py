"""Tiny networks whose every weight counts, and pieces of music and conditions for them."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from symmv_tools.models.diffbgm.condition import Condition
from symmv_tools.models.diffbgm.network import DiffBGM
from symmv_tools.models.diffbgm.sizes import PRESETS, Sizes

BEATS, PITCHES = 8, 16
TOY = replace(PRESETS["toy"], window=2)
"""Three levels, so that with attention a row is a beat; four segments."""

WIDTHS = {"visual": 12, "text": 10, "chord": 6}


def awake(network: DiffBGM) -> DiffBGM:
    """The network with weights by chance where it begins with zeros, in which nothing would be seen."""
    chance = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for parameter in network.parameters():
            if not parameter.any():
                parameter.copy_(torch.randn(parameter.shape, generator=chance) * 0.1)
    return network.eval()


def built(sizes: Sizes = TOY, widths: dict[str, int] | None = None) -> DiffBGM:
    torch.manual_seed(0)
    return awake(DiffBGM(sizes, WIDTHS if widths is None else widths))


def rolls(pieces: int, beats: int = BEATS, seed: int = 2) -> Tensor:
    return torch.randn(pieces, 2, 4 * beats, PITCHES, generator=torch.Generator().manual_seed(seed))


def condition(pieces: int, beats: int = BEATS, seed: int = 3) -> Condition:
    """All there is, for all; every part asks for gradients."""
    chance = torch.Generator().manual_seed(seed)
    parts = [torch.randn(pieces, beats, width, generator=chance) for width in WIDTHS.values()]
    shot = torch.randint(0, 3, (pieces, beats), generator=chance).float()
    melody = torch.randint(0, 2, (pieces, 2, 4 * beats, PITCHES), generator=chance).float()
    is_kept = torch.ones(pieces, dtype=torch.bool)
    return Condition(is_kept, *(part.requires_grad_() for part in (*parts, shot, melody)))


def rows(given: Condition, which: list[int]) -> Condition:
    """The conditions of some pieces, one of them as often as it is named."""
    others = [None if part is None else part[which].detach() for part in given[1:]]
    return Condition(given.is_kept[which], *others)


def without(given: Condition, name: str) -> Condition:
    """The same, but for one part."""
    return Condition(**(given._asdict() | {name: None}))
