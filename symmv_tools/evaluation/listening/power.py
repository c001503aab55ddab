"""How many answers a preference needs: exact power of the two-sided binomial test against 1/2 at 5 %."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq
from scipy.stats import binom

from symmv_tools.errors import BadCall

POWER = 0.8
_LEVEL = 0.05
_NEAREST = 0.005


def power(preference: float, n: ArrayLike) -> NDArray[np.float64]:
    """Return how likely `n` independent answers without ties tell a true `preference` from 1/2.

    They do if the exact test refuses 1/2, which fewer than 6 answers never can. Over n it is a saw, for wins
    come whole. At a preference of 1/2 it is how often the test errs: at most 0.05.
    """
    n = np.asarray(n)
    least = binom.isf(_LEVEL / 2, n, 0.5) + 1  # the fewest wins that are too many for 1/2
    refused = binom.sf(least - 1, n, preference) + binom.cdf(n - least, n, preference)
    return np.where(least > n, 0.0, refused)


def answers_needed(preference: float, wanted: float = POWER) -> int:
    """Return from how many answers on the power never falls below `wanted` again.

    97 at a preference of 0.65, 35 at 0.75. Answers must be independent: of few raters who answer often it
    takes more, by the design effect of `shares.effective_n`.

    Raises BadCall for preferences too near to 1/2 and for `wanted` outside (0.05, 1).
    """
    _check_wanted(wanted)
    if not _NEAREST <= abs(preference - 0.5) <= 0.5:
        raise BadCall(
            f"a preference of {preference} cannot be told from 1/2 by any listening study",
            f"name one in [0, 1] that is {_NEAREST} or more away from 0.5",
        )
    enough = 8
    while (power(preference, np.arange(enough, 2 * enough)) < wanted).any():
        enough *= 2
    too_few = np.flatnonzero(power(preference, np.arange(enough)) < wanted)
    return int(too_few[-1]) + 1


def detectable_preference(n: int, wanted: float = POWER) -> float | None:
    """Return the least preference above 1/2 that `n` answers tell from it with the power `wanted`.

    None where not even unanimous raters could: fewer than 6 answers.
    """
    _check_wanted(wanted)
    if power(1.0, n) < wanted:
        return None
    return float(brentq(lambda preference: float(power(preference, n)) - wanted, 0.5, 1.0))


def _check_wanted(wanted: float) -> None:
    if not _LEVEL < wanted < 1:
        raise BadCall(f"the power wanted must lie between {_LEVEL} and 1; got {wanted}", "0.8 is customary")
