"""What the music is made for: features of each beat, chosen by how much noise is left, as frames."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from typing import NamedTuple

import torch
from torch import Tensor, nn

from symmv_tools.models.diffbgm.sizes import SELECTIONS, Sizes
from symmv_tools.models.waves import waves


class Condition(NamedTuple):
    """Conditions of B pieces of S beats, with 4 steps to a beat; None where nobody goes by it.

    `is_kept` (B,) bool: False means made for nothing, whatever the others say. `visual` (B, S, d) and `text`
    (B, S, d) are the features of each beat, `chord` (B, S, d) says its chord, `shot` (B, S) how many shots
    open within it. `melody` (B, 2, 4 S, pitches) is a roll of onsets and sustain in {0, 1}.
    """

    is_kept: Tensor
    visual: Tensor | None = None
    text: Tensor | None = None
    chord: Tensor | None = None
    shot: Tensor | None = None
    melody: Tensor | None = None


def kept_and_dropped(condition: Condition) -> Condition:
    """Return the condition of every piece, and then of every piece none: (2 B) of them, for guidance."""
    twice = [None if part is None else torch.cat([part, part]) for part in condition[1:]]
    return Condition(torch.cat([condition.is_kept, torch.zeros_like(condition.is_kept)]), *twice)


class ConditionEncoder(nn.Module):
    """Features of each beat to frames (B, S, width), as `sizes.selection` has it at each t.

    `widths` says how wide "visual", "text" and "chord" are, where the data have them. Text is projected, and
    visual features too unless they are as wide as a frame: these go in as they are, as in the release.
    Chords and shots are projected and added, at any t. What is not there at all, and what is dropped, is one
    learned frame; the release instead drops nothing in training, and guides by frames of -1, which its
    network has never met.
    """

    def __init__(self, sizes: Sizes, widths: Mapping[str, int]) -> None:
        super().__init__()
        first, later = SELECTIONS[sizes.selection]
        self.first, self.later = (tuple(name for name in names if name in widths) for names in (first, later))
        widths = {"shot": 1} | dict(widths)
        self.always = tuple(name for name in ("chord", "shot") if getattr(sizes, name) and name in widths)
        self.t0, self.width, self.time_encoding = sizes.t0, sizes.width, sizes.time_encoding
        named = sorted({*self.first, *self.later, *self.always})
        self.project = nn.ModuleDict({name: _projection(name, widths[name], sizes.width) for name in named})
        self.nothing = nn.Parameter(torch.randn(sizes.width) * 0.02)

    def forward(self, t: Tensor, condition: Condition | None, beats: int) -> Tensor:
        """Return the frames at `t` (B,). Raises ValueError if the condition lacks what is gone by."""
        frames = self.nothing.expand(len(t), beats, -1)
        if condition is not None and len(self.project):
            frames = torch.where(condition.is_kept[:, None, None], self._said(t, condition, frames), frames)
        if not self.time_encoding:
            return frames
        return frames + waves(torch.arange(beats, device=t.device), self.width).to(frames.dtype)

    def _said(self, t: Tensor, condition: Condition, nothing: Tensor) -> Tensor:
        """The frames of pieces that keep their condition, each at its own t."""
        each = {name: self._projected(name, condition, nothing.shape[1]) for name in self.project}
        first, later = (_sum([each[name] for name in names], nothing) for names in (self.first, self.later))
        chosen = torch.where((t > self.t0)[:, None, None], first, later)
        return _sum([chosen, *(each[name] for name in self.always)], nothing)

    def _projected(self, name: str, condition: Condition, beats: int) -> Tensor:
        value = _given(condition, name)
        if value.shape[1] != beats:
            raise ValueError(f"{name} has {value.shape[1]} beats, and the music {beats}")
        wide = value[..., None] if name == "shot" else value
        projected: Tensor = self.project[name](wide.to(self.nothing.dtype))
        return projected


def melody_rolls(x: Tensor, condition: Condition | None) -> Tensor:
    """Return the given melodies in the shape and type of `x`; -1, which no roll is, where it is dropped."""
    if condition is None:
        return torch.full_like(x, -1)
    given = _given(condition, "melody").to(x.dtype)
    return given.masked_fill(~condition.is_kept[:, None, None, None], -1)


def _given(condition: Condition, name: str) -> Tensor:
    value: Tensor | None = getattr(condition, name)
    if value is None:
        raise ValueError(
            f"this network goes by `{name}`, and the condition has none; for pieces without it, give zeros "
            "and set is_kept to False"
        )
    return value


def _projection(name: str, width: int, frame: int) -> nn.Module:
    return nn.Identity() if name == "visual" and width == frame else nn.Linear(width, frame)


def _sum(parts: list[Tensor], nothing: Tensor) -> Tensor:
    """The sum of the parts; `nothing` where there are none."""
    return reduce(torch.add, parts) if parts else nothing
