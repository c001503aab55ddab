"""From noise to data, in as many or as few evaluations of the network as one likes.

    sample(Denoiser(predict, schedule), torch.randn(B, 2, 128, 128), sampler="dpm-solver", steps=20)

A sampler says how to go from step t to a less noisy step s, once the network has said what it takes the data
for. What it says at the least noisy step is what is returned.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor

from symmv_tools.models.diffusion.denoiser import Denoiser
from symmv_tools.models.diffusion.objectives import noise_of, noised
from symmv_tools.models.diffusion.schedule import Level, Schedule

Step = Callable[[Tensor, Tensor, int, int], Tensor]
"""From x at step t, the data predicted there, t and s, to x at step s."""

SPACINGS = ("time", "log_snr")


@torch.no_grad()
def sample(
    denoiser: Denoiser,
    noise: Tensor,
    *,
    sampler: str = "dpm-solver",
    steps: int = 20,
    spacing: str = "log_snr",
    rounds: int = 1,
    chance: torch.Generator | None = None,
) -> Tensor:
    """Turn `noise` (B, …), standard normal, into data by one of `SAMPLERS`.

    The network is asked once per step, for all B at once; with `spacing` see `times`. `chance`, on the device
    of `noise`, decides where noise is added; without, torch's own does.

    Around known data, each step but the last may be taken in several `rounds`: after each, noise is added
    again, so that what is painted has time to agree with what is known. Lugmayr et al., "RePaint" (CVPR
    2022), with jumps of one step. DPM-Solver has no rounds: it goes by the path so far, which they leave.
    """
    if sampler not in SAMPLERS:
        raise ValueError(f"sampler must be one of {', '.join(SAMPLERS)}; got {sampler!r}")
    if rounds > 1 and sampler == "dpm-solver":
        raise ValueError(f"dpm-solver takes every step once; for {rounds} rounds take ddim or ddpm")
    schedule, asked = denoiser.schedule, times(denoiser.schedule, steps, spacing)
    step = SAMPLERS[sampler](schedule, chance)
    x = denoiser.begin(noise, asked[0])
    for t, s in pairwise(asked):
        for again in reversed(range(rounds)):
            x = step(x, denoiser.x0(x, t), t, s)
            if again:
                x = noised(x, _fresh(x, chance), schedule.onward(s, t))
    return denoiser.x0(x, asked[-1])


def times(schedule: Schedule, steps: int, spacing: str = "log_snr") -> list[int]:
    """Return the steps to ask the network at, from N - 1 down to 0.

    They are as even as can be in time, as the papers of DDPM and DDIM have them, or in the logarithm of the
    signal-to-noise ratio, where some may fall together and are asked once. One step alone is N - 1; N are
    all there are. With 20 steps of DPM-Solver, the deviation of Gaussian data is a tenth off by the first
    and a hundredth by the second.

    Raises ValueError if there are less than 1 or more than N.
    """
    if not 1 <= steps <= schedule.steps:
        raise ValueError(f"steps must be 1 to {schedule.steps}; got {steps}")
    if spacing not in SPACINGS:
        raise ValueError(f"spacing must be one of {', '.join(SPACINGS)}; got {spacing!r}")
    at = np.arange(schedule.steps, dtype=np.float64)
    if spacing == "log_snr" and steps < schedule.steps:
        at = np.log((1 - schedule.alpha_bar) / schedule.alpha_bar)
    even = np.linspace(at[-1], at[0], steps)
    nearest = np.abs(at[:, None] - even).argmin(axis=0)
    return sorted(set(nearest.tolist()), reverse=True)


def ddim(schedule: Schedule, chance: torch.Generator | None, eta: float = 0.0) -> Step:
    """Song et al., "Denoising diffusion implicit models" (2021), equation 12.

    `eta` is how much noise comes back at each step: 0 none; 1 that of the posterior, which is DDPM (Ho et
    al., 2020) with the smaller of its two variances, over as many steps as there are.
    """

    def step(x: Tensor, x0: Tensor, t: int, s: int) -> Tensor:
        then, back = schedule.level(s), eta * schedule.posterior(t, s).deviation
        kept = then._replace(noise=math.sqrt(max(then.noise**2 - back**2, 0.0)))
        x = noised(x0, noise_of(x0, x, schedule.level(t)), kept)
        return x + back * _fresh(x, chance) if back else x

    return step


def dpm_solver(schedule: Schedule, chance: torch.Generator | None) -> Step:
    """DPM-Solver++(2M): Lu et al., "DPM-Solver++" (2022), algorithm 2. It adds no noise.

    It goes by what was predicted at the step before, too; the first step has none, and is of first order.
    """
    before, moved = None, math.nan

    def step(x: Tensor, x0: Tensor, t: int, s: int) -> Tensor:
        nonlocal before, moved
        now, then = schedule.level(t), schedule.level(s)
        h = _log_snr(then) - _log_snr(now)
        guess = x0 if before is None else x0 + h / (2 * moved) * (x0 - before)
        before, moved = x0, h
        return then.noise / now.noise * x - then.data * math.expm1(-h) * guess

    return step


def _log_snr(level: Level[float]) -> float:
    """Half the logarithm of the signal-to-noise ratio: their lambda."""
    return math.log(level.data / level.noise)


def _fresh(x: Tensor, chance: torch.Generator | None) -> Tensor:
    return torch.randn(x.shape, generator=chance, device=x.device, dtype=x.dtype)


SAMPLERS: dict[str, Callable[[Schedule, torch.Generator | None], Step]] = {
    "ddpm": partial(ddim, eta=1.0),
    "ddim": ddim,
    "dpm-solver": dpm_solver,
}
