"""The network of Diff-BGM: a U-Net over piano rolls that knows how noisy they are and what they are for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

import torch
from torch import Tensor, nn

from symmv_tools.models.diffbgm.blocks import Block, Doubled, Halved
from symmv_tools.models.diffbgm.condition import Condition, ConditionEncoder, melody_rolls
from symmv_tools.models.diffbgm.norms import group_norm, silenced
from symmv_tools.models.diffbgm.sizes import Sizes
from symmv_tools.models.waves import waves

ROLLS = 2
"""Onset and sustain."""

STEPS_PER_BEAT = 4


class DiffBGM(nn.Module):
    """The paper's epsilon, or what else it is trained to predict: (B, 2, T, pitches) to the same.

    T is four times the beats. T and the pitches, 128 and 128 in the paper, are multiples of 4 and of 2 to the
    number of levels less one. `widths`, of "visual", "text" and "chord", are those of the features that the
    data have; for one that `sizes` asks for and the data have not, the learned frame stands.

    Raises ValueError for sizes that make no network.
    """

    def __init__(self, sizes: Sizes, widths: Mapping[str, int]) -> None:
        super().__init__()
        _refuse_nonsense(sizes)
        self.sizes, c = sizes, sizes.channels
        self.condition = ConditionEncoder(sizes, widths)
        self.moment = nn.Sequential(nn.Linear(c, 4 * c), nn.SiLU(), nn.Linear(4 * c, 4 * c))
        self.first = nn.Conv2d(2 * ROLLS if sizes.melody else ROLLS, c, 3, padding=1)
        down, kept = _going_down(sizes)
        self.down = cast("Sequence[Block | Halved]", down)
        self.middle = cast("Sequence[Block]", _between(sizes, kept[-1]))
        self.up = cast("Sequence[Block | Doubled]", _going_up(sizes, kept))
        self.last = nn.Sequential(group_norm(c), nn.SiLU(), silenced(nn.Conv2d(c, ROLLS, 3, padding=1)))

    def forward(self, x: Tensor, t: Tensor, condition: Condition | None = None) -> Tensor:
        """Return the prediction for rolls `x` with the noise of step `t` (B,), int64, 0 the least noisy.

        Without a condition everything is made for nothing, as where `is_kept` is False.
        Raises ValueError if what the network goes by did not come, or `x` has no such size.
        """
        self._check(x)
        frames = self.condition(t, condition, x.shape[2] // STEPS_PER_BEAT)
        moment = self.moment(waves(t, self.sizes.channels).to(self.first.weight.dtype))
        h = self.first(torch.cat([x, melody_rolls(x, condition)], dim=1) if self.sizes.melody else x)
        kept = [h]
        for down in self.down:
            h = down(h) if isinstance(down, Halved) else down(h, moment, frames)
            kept.append(h)
        for block in self.middle:
            h = block(h, moment, frames)
        for up in self.up:
            h = up(h) if isinstance(up, Doubled) else up(torch.cat([h, kept.pop()], dim=1), moment, frames)
        prediction: Tensor = self.last(h)
        return prediction

    def _check(self, x: Tensor) -> None:
        least = max(2 ** (len(self.sizes.multipliers) - 1), STEPS_PER_BEAT)
        if x.ndim != 4 or x.shape[1] != ROLLS or x.shape[2] % least or x.shape[3] % least:
            raise ValueError(
                f"rolls must be (B, {ROLLS}, time, pitch), both multiples of {least}; got {tuple(x.shape)}"
            )


def _refuse_nonsense(sizes: Sizes) -> None:
    if sizes.window < 1:
        raise ValueError(f"window must be 1 or more; got {sizes.window}")
    if sizes.channels < 2 or sizes.channels % 2:
        raise ValueError(f"channels must be even; got {sizes.channels}")
    last = len(sizes.multipliers) - 1
    if beyond := [level for level in sizes.attention_levels if not 0 <= level <= last]:
        raise ValueError(f"levels with attention must be of 0 to {last}; got {beyond[0]}")


def _going_down(sizes: Sizes) -> tuple[nn.ModuleList, list[int]]:
    """The parts, and the channels that are there before the first and after each."""
    parts, kept = nn.ModuleList(), [sizes.channels]
    for level, multiple in enumerate(sizes.multipliers):
        if level:
            parts.append(Halved(kept[-1]))
            kept.append(kept[-1])
        for _ in range(sizes.blocks):
            parts.append(Block(sizes, kept[-1], multiple * sizes.channels, level in sizes.attention_levels))
            kept.append(multiple * sizes.channels)
    return parts, kept


def _between(sizes: Sizes, channels: int) -> nn.ModuleList:
    return nn.ModuleList(Block(sizes, channels, channels, attention) for attention in (True, False))


def _going_up(sizes: Sizes, kept: Sequence[int]) -> nn.ModuleList:
    """The parts; each block also gets what was kept going down, the last one first."""
    parts, kept, here = nn.ModuleList(), list(kept), kept[-1]
    for level, multiple in reversed(list(enumerate(sizes.multipliers))):
        for _ in range(sizes.blocks + 1):
            out = multiple * sizes.channels
            parts.append(Block(sizes, here + kept.pop(), out, level in sizes.attention_levels))
            here = out
        if level:
            parts.append(Doubled(here))
    return parts
