"""What a score would be by chance: the same music and the same picture, turned against each other in time.

Turning round a circle keeps everything about either side (how many events, how evenly, how loud) but
where they lie against each other, which is what is to be tested. So a score that any music of this
tempo would get shows as one: its chance is as high as itself. A film that is cut to a click meets the
click again at every beat it is turned by: one song says little, however well it fits. Many do: the mean of
`score - chance` over songs is 0 where there is no link, and its interval says how surely it is not.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

TURNS = 1000
SEED = 0
LEVEL = 0.95

Floats = NDArray[np.float64]
_SAME = 1e-9  # relative: what rounding makes of two equal scores


class Scored(NamedTuple):
    """A score beside its chance; what is undefined is NaN.

    `chance` is the mean over all turns and `chance_95` what 95 % of them do not exceed. `z` is the
    score's distance from the mean in standard deviations of the turns, NaN where they all score alike.
    `percentile` (0 to 100) is the share of turns that score less, equal ones counting half: 50 for
    music that does neither better nor worse than itself displaced.
    """

    score: float
    chance: float = math.nan
    chance_95: float = math.nan
    z: float = math.nan
    percentile: float = math.nan


UNDEFINED = Scored(math.nan)


def against(score: float, turned: Floats) -> Scored:
    """Return `score` beside the scores `turned` (K,) of the same things turned in time; K may be 0."""
    if math.isnan(score) or not len(turned):
        return Scored(score)
    mean, deviation = float(turned.mean()), float(turned.std())
    slack = _SAME * max(1.0, abs(score))
    z = (score - mean) / deviation if deviation > slack else math.nan
    below, equal = (turned < score - slack).mean(), (np.abs(turned - score) <= slack).mean()
    high = float(np.quantile(turned, LEVEL))
    return Scored(score, mean, high, z, float(100.0 * (below + equal / 2)))
