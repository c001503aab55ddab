"""What the network looks at: how much the notes of each beat hear the frames of each beat."""

from __future__ import annotations

import math
from contextlib import ExitStack
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from symmv_tools.models.diffbgm.attention import Attention
from symmv_tools.models.diffbgm.condition import Condition
from symmv_tools.models.diffbgm.network import STEPS_PER_BEAT, DiffBGM
from symmv_tools.models.diffbgm.transformer import Transformer


@torch.no_grad()
def attention_over_time(network: DiffBGM, x: Tensor, t: Tensor, condition: Condition | None = None) -> Tensor:
    """Return the weights of cross-attention, (B, beats, beats): of the notes' beats, and of the frames'.

    They are means over all transformers, heads and pitches, where a row of a coarser map stands for all of
    its beats. For one beat of notes they are 1 together. Arguments are those of `network`.
    """
    beats, seen = x.shape[2] // STEPS_PER_BEAT, list[Tensor]()

    def look(attention: Attention, given: tuple[Any, ...]) -> None:
        weight = attention.weights(*given).mean(dim=1)  # (B, places, beats)
        rows = round(math.sqrt(weight.shape[1] * x.shape[2] / x.shape[3]))
        of_rows = weight.view(len(weight), rows, -1, beats).mean(dim=2)  # (B, rows, beats)
        seen.append(_of_beats(of_rows, beats))

    with ExitStack() as stack:
        for module in network.modules():
            if isinstance(module, Transformer):
                for layer in module.layers:
                    stack.callback(layer.cross.register_forward_pre_hook(look).remove)
        network(x, t, condition)
    return torch.stack(seen).mean(dim=0)


def _of_beats(weight: Tensor, beats: int) -> Tensor:
    """(B, rows, S) to (B, beats, S): means where there are more rows than beats, else repeated."""
    return F.interpolate(weight.transpose(1, 2), beats, mode="area").transpose(1, 2)
