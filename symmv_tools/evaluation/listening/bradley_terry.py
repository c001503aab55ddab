"""How strong systems are, from who was preferred to whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.sparse.csgraph import connected_components
from scipy.special import expit
from scipy.stats import norm

from symmv_tools.errors import BadCall
from symmv_tools.evaluation.bootstrap import LEVEL
from symmv_tools.song import printable

_Z = float(norm.ppf((1 + LEVEL) / 2))


class Strength(NamedTuple):
    """A figure of the model with its 95 % interval."""

    value: float
    interval: tuple[float, float]


@dataclass(frozen=True)
class Strengths:
    """Systems on one scale: i is preferred to j with probability 1/(1 + exp(strength[j] - strength[i])).

    `strength` (s,) are log-odds with mean 0 and `covariance` (s, s) is theirs, the inverse of Fisher's
    information: answers count as independent.
    """

    systems: tuple[str, ...]
    strength: NDArray[np.float64]
    covariance: NDArray[np.float64]

    def of(self, system: str) -> Strength:
        """Return how far a system lies above the mean of all, in log-odds."""
        return self._along(np.array([each == system for each in self.systems], float))

    def preferred(self, system: str, rival: str) -> Strength:
        """Return the probability that `system` is preferred to `rival`, also if the two never met."""
        signs = [(each == system) - (each == rival) for each in self.systems]
        odds, (low, high) = self._along(np.array(signs, float))
        return Strength(float(expit(odds)), (float(expit(low)), float(expit(high))))

    def _along(self, direction: NDArray[np.float64]) -> Strength:
        value = float(direction @ self.strength)
        reach = _Z * float(direction @ self.covariance @ direction) ** 0.5
        return Strength(value, (value - reach, value + reach))


def bradley_terry(systems: Sequence[str], wins: NDArray[np.float64]) -> Strengths:
    """Return the most likely strengths, given that i was preferred to j `wins[i, j]` times, (s, s).

    The model of Bradley and Terry (1952). A tie counts as half a win for either.

    Raises BadCall unless every system was preferred, directly or through others, to every other (Ford
    1957): else no finite strength is the most likely. ValueError for a matrix of another shape.
    """
    if wins.shape != (len(systems), len(systems)) or np.diagonal(wins).any() or (wins < 0).any():
        raise ValueError(
            f"wins must be ({len(systems)}, {len(systems)}), 0 or more, 0 on the diagonal; got {wins.shape}"
        )
    _check_connected(systems, wins)
    strength = _most_likely(wins)
    # Of the mean, which is fixed, the information says nothing; the pseudo-inverse leaves it out.
    covariance = np.linalg.pinv(_information(strength, wins + wins.T), hermitian=True)
    return Strengths(tuple(systems), strength, covariance.astype(np.float64))


def _most_likely(wins: NDArray[np.float64]) -> NDArray[np.float64]:
    met = wins + wins.T

    def cost(strength: NDArray[np.float64]) -> float:
        odds = strength[:, None] - strength
        return float((wins * np.logaddexp(0, -odds)).sum() + strength.sum() ** 2 / 2)

    def slope(strength: NDArray[np.float64]) -> NDArray[np.float64]:
        expected = met * expit(strength[:, None] - strength)
        return np.asarray(expected.sum(axis=1) - wins.sum(axis=1) + strength.sum())

    def curvature(strength: NDArray[np.float64]) -> NDArray[np.float64]:
        return _information(strength, met) + 1

    # The square of the sum holds the mean at 0, where the likelihood does not care.
    start, tolerance = np.zeros(len(wins)), 1e-9 * met.sum()
    found = minimize(
        cost, start, method="trust-exact", jac=slope, hess=curvature, options={"gtol": tolerance}
    )
    return np.asarray(found.x - found.x.mean())


def _information(strength: NDArray[np.float64], met: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return Fisher's information on the strengths where i and j met `met[i, j]` times, (s, s)."""
    odds = strength[:, None] - strength
    weight = met * expit(odds) * expit(-odds)
    return np.asarray(np.diag(weight.sum(axis=1)) - weight)


def _check_connected(systems: Sequence[str], wins: NDArray[np.float64]) -> None:
    count, part = connected_components(wins > 0, directed=True, connection="strong")
    if count == 1 and len(systems) > 1:
        return
    if len(systems) < 2:
        raise BadCall(f"strengths need two systems; got {len(systems)}")
    for name in range(count):
        inside = part == name
        if not wins[np.ix_(~inside, inside)].any():
            best = ", ".join(
                printable(system) for system, is_in in zip(systems, inside, strict=True) if is_in
            )
            raise BadCall(
                f"no strength can be given: nobody preferred another system to {best}",
                "ask for more comparisons, or report preference rates, which need no model",
            )
