"""What ratings come to: mean, standard deviation and interval."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t

from symmv_tools.evaluation.bootstrap import LEVEL


class MeanRating(NamedTuple):
    """The mean of n ratings, their standard deviation (of n - 1), and the mean's 95 % interval.

    One rating has neither: NaN and None.
    """

    mean: float
    sd: float
    interval: tuple[float, float] | None
    n: int


def mean_rating(ratings: NDArray[np.float64]) -> MeanRating:
    """Return the mean of `ratings` (n,), n > 0, with Student's t interval.

    It takes ratings as independent: where raters gave several, it is too narrow unless each gives their
    mean.
    """
    n, mean = len(ratings), float(np.mean(ratings))
    if n < 2:
        return MeanRating(mean, float("nan"), None, n)
    sd = float(np.std(ratings, ddof=1))
    reach = float(t.ppf((1 + LEVEL) / 2, n - 1)) * sd / n**0.5
    return MeanRating(mean, sd, (mean - reach, mean + reach), n)
