"""What a network is trained by: the squared error of its prediction, for each piece at its own step."""

from __future__ import annotations

import torch
from torch import Tensor

from symmv_tools.models.diffusion.objectives import OBJECTIVES, Predict, noised
from symmv_tools.models.diffusion.schedule import Schedule


def losses(
    predict: Predict,
    schedule: Schedule,
    x0: Tensor,
    t: Tensor,
    noise: Tensor,
    *,
    objective: str = "epsilon",
    min_snr: float = 0.0,
) -> Tensor:
    """Return the mean squared error of each piece, (B,) float32; its mean is the paper's equation 10.

    With `min_snr`, gamma, above 0, each is weighed by `min_snr_weight`.
    """
    level = schedule.levels(t, x0)
    target = OBJECTIVES[objective].target(x0, noise, level)
    error = (predict(noised(x0, noise, level), t).float() - target.float()).square()
    return error.flatten(1).mean(dim=1) * min_snr_weight(schedule.snr(t), objective, min_snr)


def min_snr_weight(snr: Tensor, objective: str, gamma: float) -> Tensor:
    """Return the weights (B,) that make it min(snr, gamma) times the squared error of x_0; 1 if `gamma` is 0.

    Hang et al., "Efficient diffusion training via min-SNR weighting strategy" (ICCV 2023); they use 5.
    """
    if not gamma:
        return torch.ones_like(snr)
    # how many times the squared error of x_0 that of the prediction is
    of_x0 = {"epsilon": snr, "v": snr + 1, "x0": torch.ones_like(snr)}[objective]
    return snr.clamp(max=gamma) / of_x0


def drawn_steps(schedule: Schedule, like: Tensor, chance: torch.Generator | None = None) -> Tensor:
    """Return a step for each piece of `like` (B, …), any as likely; without `chance`, by torch's own."""
    return torch.randint(schedule.steps, (len(like),), generator=chance, device=like.device)
