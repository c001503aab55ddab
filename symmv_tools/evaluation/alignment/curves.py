"""Curves over time, and how alike two of them are.

A curve is piecewise constant: each value holds between two edges. So anything can be laid over anything
else (curves of other rates, and music whose clock was bent to the video's) by averaging over edges.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d
from scipy.stats import rankdata

from symmv_tools.evaluation.alignment.chance import UNDEFINED, Scored, against
from symmv_tools.evaluation.alignment.events import Span

MOST_LAG_SECONDS = 1.0
LEAST_VALUES = 10
"""Curves with fewer values in common are not compared: two points always lie on a line."""

Floats = NDArray[np.float64]


class Curve(NamedTuple):
    """`value` (n,) holds between `edge` i and i + 1, (n + 1,), seconds, rising."""

    edge: Floats
    value: Floats

    @property
    def time(self) -> Floats:
        """The middle of each value's stretch, (n,)."""
        return (self.edge[1:] + self.edge[:-1]) / 2

    @property
    def step(self) -> float:
        """Seconds from edge to edge: the median."""
        return float(np.median(np.diff(self.edge)))


class Together(NamedTuple):
    """Two curves on one grid: `music` and `picture`, both (n,), a value every `step` seconds."""

    step: float
    music: Floats
    picture: Floats


class Lagged(NamedTuple):
    """A correlation beside its chance, and the `lag` in seconds at which it was found."""

    scored: Scored
    lag: float


def even_edges(begin: float, end: float, step: float) -> Floats:
    """Return the edges of as many whole steps as fit between `begin` and `end`, seconds; one edge of none."""
    steps = max(0, math.floor((end - begin) / step + 1e-9))
    return np.asarray(begin + step * np.arange(steps + 1), np.float64)


def averaged(curve: Curve, edge: Floats) -> Floats:
    """Return the mean of `curve` between every two of the edges (n + 1,), (n,).

    Where the curve does not reach, its first or last value goes on.
    """
    area = np.concatenate([[0.0], np.cumsum(curve.value * np.diff(curve.edge))])
    inside = np.clip(edge, curve.edge[0], curve.edge[-1])
    beyond = np.where(edge < curve.edge[0], curve.value[0], curve.value[-1]) * (edge - inside)
    mean: Floats = np.diff(np.interp(inside, curve.edge, area) + beyond) / np.diff(edge)
    return mean


def together(music: Curve, picture: Curve, span: Span) -> Together:
    """Return both curves on even edges as far apart as the coarser's steps, where both are, within `span`."""
    step = max(music.step, picture.step)
    begin = max(span.begin, music.edge[0], picture.edge[0])
    edge = even_edges(begin, min(span.end, music.edge[-1], picture.edge[-1]), step)
    return Together(step, averaged(music, edge), averaged(picture, edge))


def pearson(x: Floats, y: Floats) -> float:
    """Return Pearson's correlation of two curves (n,); NaN if one is constant or n < LEAST_VALUES."""
    if len(x) < LEAST_VALUES or _is_flat(x) or _is_flat(y):
        return math.nan
    return float(np.clip(_standard(x) @ _standard(y) / len(x), -1.0, 1.0))


def correlation(pair: Together, *, by_rank: bool = False) -> Scored:
    """Return the correlation of the two curves beside its chance; NaN as `pearson`.

    Pearson's, or Spearman's if `by_rank`. Chance is the picture turned round the circle of the curves by
    every number of steps, but by more than twice MOST_LAG_SECONDS either way. Such curves go up and down
    slowly, so that neighbours are no independent draws: a formula that takes them for such finds a link
    everywhere.
    """
    x, y = (rankdata(curve) if by_rank else curve for curve in pair[1:])
    score = pearson(x, y)
    return UNDEFINED if math.isnan(score) else against(score, _far(_by_turn(x, y), pair.step))


def best_lag(pair: Together) -> Lagged:
    """Return the largest of Pearson's correlations with the picture up to MOST_LAG_SECONDS later or earlier.

    The lag is positive where the picture follows the music, and the least of several that score alike;
    the picture is turned round the circle by it. The best of many tries is above 0 for any two curves:
    its chance is the best of as many tries elsewhere on the circle (`correlation`).
    """
    step, x, y = pair
    if math.isnan(pearson(x, y)):
        return Lagged(UNDEFINED, math.nan)
    turns, most = _by_turn(x, y), round(MOST_LAG_SECONDS / step)
    score, lag = max(((turns[lag % len(x)], lag) for lag in range(-most, most + 1)), key=_largest_then_least)
    others = maximum_filter1d(turns, 2 * most + 1, mode="wrap")
    return Lagged(against(float(score), _far(others, step)), lag * step)


def _largest_then_least(found: tuple[float, int]) -> tuple[float, int]:
    return round(found[0], 9), -abs(found[1])


def _by_turn(x: Floats, y: Floats) -> Floats:
    """Correlation of `x` with `y` turned by 0, 1, … n - 1 values, (n,)."""
    spectrum = np.conj(np.fft.rfft(_standard(x))) * np.fft.rfft(_standard(y))
    return np.asarray(np.fft.irfft(spectrum, len(x)) / len(x), np.float64)


def _far(by_turn: Floats, step: float) -> Floats:
    """Those turns that neither a lag nor the best of lags near 0 has seen."""
    near = 2 * round(MOST_LAG_SECONDS / step)
    return by_turn[near + 1 : len(by_turn) - near]


def _standard(values: Floats) -> Floats:
    centred = values - values.mean()
    return np.asarray(centred / (centred.std() or 1.0), np.float64)


def _is_flat(values: Floats) -> bool:
    return float(np.ptp(values)) <= 1e-12 * float(np.abs(values).max())
