"""Classifier-free guidance: away from what the network would make for nothing."""

from __future__ import annotations

import torch
from torch import Tensor

from symmv_tools.models.diffbgm.condition import Condition, kept_and_dropped
from symmv_tools.models.diffbgm.network import DiffBGM
from symmv_tools.models.diffusion.objectives import Predict


def guided(network: DiffBGM, condition: Condition | None, scale: float = 1.0) -> Predict:
    """Return what `network` predicts for `condition`, `scale` times as far from what it predicts for nothing.

    Ho & Salimans, "Classifier-free diffusion guidance" (2022), with `scale` their w + 1: 1 is the condition
    alone, and one call of the network; any other is one call of twice as many pieces. It means something
    if the condition was dropped now and then in training.
    """
    if condition is None or scale == 1.0:
        return lambda x, t: network(x, t, condition)
    both = kept_and_dropped(condition)

    def predict(x: Tensor, t: Tensor) -> Tensor:
        kept, dropped = network(torch.cat([x, x]), torch.cat([t, t]), both).chunk(2)
        guided: Tensor = dropped + scale * (kept - dropped)
        return guided

    return predict
