"""What a network says of the data, with what is known of them: the only thing samplers ask."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from symmv_tools.models.diffusion.objectives import OBJECTIVES, Predict, noised
from symmv_tools.models.diffusion.schedule import Schedule


class Known(NamedTuple):
    """Data that are given: `value` where `is_known`, a bool tensor; both broadcast to x."""

    value: Tensor
    is_known: Tensor


@dataclass(frozen=True)
class Denoiser:
    """`predict`, trained on `schedule` for `objective`, as what it says of the data.

    Where data are `known`, they are what it says: there the samplers draw from the posterior of the true
    data, so that x_t has exactly the forward process's distribution at every step, and at the end the known
    data stand as they were given. What is painted around them fits less well than it should, because the
    network sees them as noisy as all else; more rounds of `sample` mend that.

    `bounds` clamp the prediction (rolls lie in 0 to 1); the paper has none. `watch` hears of every step t
    and the data predicted there, (B, …).
    """

    predict: Predict
    schedule: Schedule
    objective: str = "epsilon"
    known: Known | None = None
    bounds: tuple[float, float] | None = None
    watch: Callable[[int, Tensor], None] | None = None

    def x0(self, x: Tensor, t: int) -> Tensor:
        """Return the data that are predicted from `x` (B, …) at step `t`, in the type of `x`."""
        step = torch.full((len(x),), t, device=x.device)
        output = self.predict(x, step).to(x.dtype)
        x0 = OBJECTIVES[self.objective].x0(output, x, self.schedule.level(t))
        x0 = self._with_known(x0 if self.bounds is None else x0.clamp(*self.bounds))
        if self.watch is not None:
            self.watch(t, x0)
        return x0

    def begin(self, noise: Tensor, t: int) -> Tensor:
        """Return x at the first step `t`: `noise`, and what is known as noisy as that step has it."""
        if self.known is None:
            return noise
        known = noised(self.known.value.to(noise.dtype), noise, self.schedule.level(t))
        return torch.where(self.known.is_known, known, noise)

    def _with_known(self, x0: Tensor) -> Tensor:
        if self.known is None:
            return x0
        return torch.where(self.known.is_known, self.known.value.to(x0.dtype), x0)
