"""Gaussian schedules: how much of the data and how much noise there is at each step.

Steps are counted from 0, the least noisy, to N - 1; the paper counts from 1.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Amount = TypeVar("Amount", float, Tensor)
_LARGEST_BETA = 0.999  # Nichol & Dhariwal (2021): the last step would leave nothing at all


class Level(NamedTuple, Generic[Amount]):
    """x_t = data * x_0 + noise * epsilon, where data squared and noise squared are 1 together.

    Numbers, or tensors that broadcast to x.
    """

    data: Amount
    noise: Amount


class Posterior(NamedTuple):
    """q(x_s | x_t, x_0), of an earlier step s: of_x0 * x_0 + of_x * x_t, and noise of this `deviation`."""

    of_x0: float
    of_x: float
    deviation: float


@dataclass(frozen=True, eq=False)
class Schedule:
    """`alpha_bar` (N,) float64 is the product of all 1 - beta so far: it falls, between 1 and 0."""

    alpha_bar: NDArray[np.float64]

    def __post_init__(self) -> None:
        a = self.alpha_bar
        if a.ndim != 1 or not len(a) or not (a[-1] > 0 and a[0] < 1 and (np.diff(a) < 0).all()):
            raise ValueError("alpha bar must be one row that falls, above 0 and below 1")

    @property
    def steps(self) -> int:
        """N."""
        return len(self.alpha_bar)

    def level(self, t: int) -> Level[float]:
        """Return the level of a step."""
        share = float(self.alpha_bar[t])
        return Level(share**0.5, (1.0 - share) ** 0.5)

    def levels(self, t: Tensor, like: Tensor) -> Level[Tensor]:
        """Return the levels of steps `t` (B,), in the type and on the device of `like` (B, …)."""
        share = torch.from_numpy(self.alpha_bar)
        shape = (-1, *[1] * (like.ndim - 1))
        data, noise = (part.to(like)[t].view(shape) for part in (share.sqrt(), (1 - share).sqrt()))
        return Level(data, noise)

    def snr(self, t: Tensor) -> Tensor:
        """Return the signal-to-noise ratios alpha bar / (1 - alpha bar) of steps `t` (B,), float32."""
        ratio = torch.from_numpy(self.alpha_bar / (1 - self.alpha_bar))
        return ratio.to(t.device, torch.float32)[t]

    def onward(self, s: int, t: int) -> Level[float]:
        """Return how x_t is made of x_s, `s` < `t`: data times x_s, and noise."""
        now, then = self.level(t), self.level(s)
        kept = now.data / then.data
        return Level(kept, (now.noise**2 - (kept * then.noise) ** 2) ** 0.5)

    def posterior(self, t: int, s: int) -> Posterior:
        """Return the posterior of step `s` when x_t, `t` > `s`, and the data are known.

        Ho et al., "Denoising diffusion probabilistic models" (2020), equation 7, for any two steps.
        """
        assert 0 <= s < t, (t, s)
        now, then = float(self.alpha_bar[t]), float(self.alpha_bar[s])
        kept = now / then
        of_x0 = then**0.5 * (1 - kept) / (1 - now)
        of_x = kept**0.5 * (1 - then) / (1 - now)
        return Posterior(of_x0, of_x, ((1 - kept) * (1 - then) / (1 - now)) ** 0.5)


def scaled_linear(steps: int, first: float = 0.00085, last: float = 0.012) -> Schedule:
    """Return the schedule whose betas' square roots rise evenly; with N = 1,000, that of the release."""
    beta = np.linspace(first**0.5, last**0.5, steps) ** 2
    return Schedule(np.cumprod(1 - beta))


def cosine(steps: int, offset: float = 0.008) -> Schedule:
    """Return the cosine schedule: Nichol & Dhariwal (2021), "Improved DDPM", equation 17."""
    at = np.linspace(0.0, 1.0, steps + 1)
    share = np.cos((at + offset) / (1 + offset) * np.pi / 2) ** 2
    return Schedule(np.cumprod(1 - np.minimum(1 - share[1:] / share[:-1], _LARGEST_BETA)))


SCHEDULES: dict[str, Callable[[int], Schedule]] = {"scaled_linear": scaled_linear, "cosine": cosine}
