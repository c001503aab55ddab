"""Examples of Diff-BGM side by side, as the network takes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from symmv_tools.models.diffbgm.condition import Condition
from symmv_tools.music.rolls import PITCHES, STEPS, as_values
from symmv_tools.training.diffbgm_examples import Example

BEATS = STEPS // 4


class Batch(NamedTuple):
    """Segments side by side: `music` (B, 2, 128, 128) in the values that are painted, and its condition.

    A segment that lacks one of the conditions is made for nothing: its `condition.is_kept` is False.
    """

    song_ids: list[str]
    music: Tensor
    condition: Condition


class Collate:
    """Puts examples side by side, with the conditions of these `widths`; goes to the workers as a pickle."""

    def __init__(self, widths: Mapping[str, int], silence: float) -> None:
        self._widths, self._silence = dict(widths), silence

    def __call__(self, examples: list[Example]) -> Batch:
        """Return the batch; examples keep their order."""
        music = np.stack([as_values(example.roll, self._silence) for example in examples])
        is_known = [all(getattr(e, name) is not None for name in self._widths) for e in examples]
        told = {name: self._told(name, examples) for name in self._widths}
        ids = [example.song_id for example in examples]
        return Batch(ids, torch.from_numpy(music), Condition(torch.tensor(is_known), **told))

    def _told(self, name: str, examples: list[Example]) -> Tensor:
        """One condition of all examples; zeros where it is not known."""
        nothing = np.zeros(shape_of(name, self._widths[name]), np.float32)
        found = (getattr(example, name) for example in examples)
        return torch.from_numpy(
            np.stack([nothing if one is None else one for one in found]).astype(np.float32)
        )


def shape_of(condition: str, width: int, beats: int = BEATS) -> tuple[int, ...]:
    """Return the shape of a condition of so many beats, of which features and chords are `width` wide."""
    shapes = {"shot": (beats,), "melody": (2, STEPS * beats // BEATS, PITCHES)}
    return shapes.get(condition, (beats, width))
