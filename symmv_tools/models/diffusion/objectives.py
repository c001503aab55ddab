"""What a network predicts, and what it says of the data: the noise, the velocity or the data themselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from torch import Tensor

from symmv_tools.models.diffusion.schedule import Level

Predict = Callable[[Tensor, Tensor], Tensor]
"""A network with its condition: x (B, …) and steps t (B,), int64, to a prediction (B, …)."""


class Objective(NamedTuple):
    """`target(x0, noise, level)` should be predicted; `x0(output, x, level)` are the data it stands for."""

    target: Callable[[Tensor, Tensor, Level[Any]], Tensor]
    x0: Callable[[Tensor, Tensor, Level[Any]], Tensor]


OBJECTIVES = {
    # Ho et al. (2020): what the paper predicts
    "epsilon": Objective(
        lambda x0, noise, level: noise,
        lambda output, x, level: (x - level.noise * output) / level.data,
    ),
    # Salimans & Ho (2022), "Progressive distillation", which holds up where there is hardly any data left
    "v": Objective(
        lambda x0, noise, level: level.data * noise - level.noise * x0,
        lambda output, x, level: level.data * x - level.noise * output,
    ),
    "x0": Objective(
        lambda x0, noise, level: x0,
        lambda output, x, level: output,
    ),
}


def noised(x0: Tensor, noise: Tensor, level: Level[Any]) -> Tensor:
    """Return x_t: the forward process, all steps at once."""
    x: Tensor = level.data * x0 + level.noise * noise
    return x


def noise_of(x0: Tensor, x: Tensor, level: Level[Any]) -> Tensor:
    """Return the noise that makes `x` of `x0`."""
    noise: Tensor = (x - level.data * x0) / level.noise
    return noise
