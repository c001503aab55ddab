"""From noise to data, in as many or as few evaluations of the network as one likes.

sample(Denoiser(predict, schedule), torch.randn(B, 2, 128, 128), sampler="dpm-solver", steps=20)
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor

from symmv_tools.models.diffusion.denoiser import Denoiser
from symmv_tools.models.diffusion.objectives import noise_of, noised
from symmv_tools.models.diffusion.schedule import Level, Schedule

SPACINGS = ("time", "log_snr")


@torch.no_grad()
def sample(
    denoiser: Denoiser,
    noise: Tensor,
    *,
    sampler: str = "dpm-solver",
    steps: int = 20,
    spacing: str = "time",
    chance: torch.Generator | None = None,
) -> Tensor:
    """Turn `noise` (B, …), standard normal, into data by one of `SAMPLERS`.

    The network is asked once per step, for all B at once; with `spacing` see `times`. `chance`, on the device
    of `noise`, is asked by samplers that add noise. In the same batch, on the same device, the same noise and
    chance give the same data.
    """
    if sampler not in SAMPLERS:
        raise ValueError(f"sampler must be one of {', '.join(SAMPLERS)}; got {sampler!r}")
    return SAMPLERS[sampler](denoiser, noise, times(denoiser.schedule, steps, spacing), chance)


def times(schedule: Schedule, steps: int, spacing: str = "time") -> list[int]:
    """Return the steps to ask the network at, from N - 1 down to 0.

    They are as even as can be in time, or in the logarithm of the signal-to-noise ratio, where some may fall
    together and are asked once. One step alone is N - 1.

    Raises ValueError if there are less than 1 or more than N.
    """
    if not 1 <= steps <= schedule.steps:
        raise ValueError(f"steps must be 1 to {schedule.steps}; got {steps}")
    if spacing not in SPACINGS:
        raise ValueError(f"spacing must be one of {', '.join(SPACINGS)}; got {spacing!r}")
    at = np.arange(schedule.steps, dtype=np.float64)
    if spacing == "log_snr":
        at = np.log((1 - schedule.alpha_bar) / schedule.alpha_bar)
    even = np.linspace(at[-1], at[0], steps)
    nearest = np.abs(at[:, None] - even).argmin(axis=0)
    return sorted(set(nearest.tolist()), reverse=True)


def ddim(
    denoiser: Denoiser, noise: Tensor, times: Sequence[int], chance: torch.Generator | None, eta: float = 0.0
) -> Tensor:
    """Song et al., "Denoising diffusion implicit models" (2021), equation 12.

    `eta` is how much noise comes back at each step: 0 none; 1 that of the posterior, which is DDPM (Ho et
    al., 2020) with the smaller of its two variances, over as many steps as there are.
    """
    x = denoiser.begin(noise, times[0])
    for t, s in pairwise([*times, -1]):
        x0 = denoiser.x0(x, t)
        level, fresh = denoiser.schedule.level(s), eta * denoiser.schedule.posterior(t, s).deviation
        old = math.sqrt(max(level.noise**2 - fresh**2, 0.0))
        x = noised(x0, noise_of(x0, x, denoiser.schedule.level(t)), level._replace(noise=old))
        if fresh:
            x = x + fresh * torch.randn(x.shape, generator=chance, device=x.device, dtype=x.dtype)
    return x


def dpm_solver(
    denoiser: Denoiser, noise: Tensor, times: Sequence[int], chance: torch.Generator | None = None
) -> Tensor:
    """DPM-Solver++(2M): Lu et al., "DPM-Solver++" (2022), algorithm 2; it adds no noise.

    Its last step, to the data, is of first order, and so is the first.
    """
    x, before, moved = denoiser.begin(noise, times[0]), None, math.nan
    for t, s in pairwise(times):
        x0, now, then = denoiser.x0(x, t), denoiser.schedule.level(t), denoiser.schedule.level(s)
        h = _log_snr(then) - _log_snr(now)
        guess = x0 if before is None else x0 + h / (2 * moved) * (x0 - before)
        x = then.noise / now.noise * x - then.data * math.expm1(-h) * guess
        before, moved = x0, h
    return denoiser.x0(x, times[-1])


def _log_snr(level: Level[float]) -> float:
    """Half the logarithm of the signal-to-noise ratio: their lambda."""
    return math.log(level.data / level.noise)


SAMPLERS: dict[str, Callable[[Denoiser, Tensor, Sequence[int], torch.Generator | None], Tensor]] = {
    "ddpm": partial(ddim, eta=1.0),
    "ddim": ddim,
    "dpm-solver": dpm_solver,
}
