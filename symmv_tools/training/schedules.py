"""How fast to learn at each step: pure functions of the step's number, so that nothing has to be saved."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

SCHEDULES = ("one-cycle", "cosine", "constant")


class Pace(NamedTuple):
    """Learning rate and first beta (the momentum) of a step."""

    learning_rate: float
    beta1: float


def pace_of(schedule: str, highest: float, warmup: float, beta1: float, steps: int) -> Callable[[int], Pace]:
    """Return the pace at each step of `steps`, the first being 0.

    `highest` is the highest learning rate and `warmup` the share of the steps in which it is reached. After
    it, `constant` stays and `cosine` falls to a tenth (chosen by us, as nanoGPT). `one-cycle` is Smith
    (2018) as torch's OneCycleLR has it: from a tenth up and down to a thousandth, beta1 meanwhile from
    .95 to .85 and back, whatever `beta1` says. After the last step the pace stays.
    """
    if schedule == "one-cycle":
        return lambda step: _one_cycle(min(step, steps - 1), highest, warmup, steps)
    rising = warmup * steps

    def pace(step: int) -> Pace:
        if step < rising:
            return Pace(highest * (step + 1) / math.ceil(rising), beta1)
        if schedule == "constant":
            return Pace(highest, beta1)
        return Pace(
            _between(highest, highest / 10, min(1.0, (step - rising) / max(steps - rising, 1))), beta1
        )

    return pace


def _one_cycle(step: int, highest: float, warmup: float, steps: int) -> Pace:
    top, end = warmup * steps - 1, steps - 1
    first, last = highest / 10, highest / 1000
    if top > 0 and step <= top:
        share = step / top
        return Pace(_between(first, highest, share), _between(0.95, 0.85, share))
    share = (step - top) / (end - top)
    return Pace(_between(highest, last, share), _between(0.85, 0.95, share))


def _between(start: float, end: float, share: float) -> float:
    """From `start` to `end` along half a cosine."""
    return end + (start - end) / 2.0 * (math.cos(math.pi * share) + 1)
