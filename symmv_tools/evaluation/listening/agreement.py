"""How far raters agree beyond chance."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from symmv_tools.evaluation.bootstrap import LEVEL, times_drawn

Floats = NDArray[np.float64]
Level = Literal["nominal", "ordinal", "interval"]

_BLOCKS = 20  # of resamples: a scale of 100 values makes 10,000 numbers of each


class Agreement(NamedTuple):
    """1 is full agreement, 0 what chance gives, less is worse than chance.

    The 95 % interval resamples items; it is None where there are not two. Where nobody ever gave a second
    answer there is nothing to agree on, and the value is NaN.
    """

    value: float
    interval: tuple[float, float] | None


def krippendorff_alpha(ratings: Floats, level: Level) -> Agreement:
    """Return Krippendorff's alpha of `ratings` (raters, items), NaN where a rater did not rate an item.

    1 less observed over expected disagreement, by coincidences: Krippendorff, "Computing Krippendorff's
    alpha-reliability" (2011). `level` says how far apart two ratings are: `nominal` 0 or 1, `interval`
    their difference squared, `ordinal` the number of ratings between them squared. An item with
    one rating says nothing.
    """
    values = np.unique(ratings[~np.isnan(ratings)])
    counts = (ratings[:, :, None] == values).sum(axis=0).astype(np.float64)  # (items, values)
    counts = counts[counts.sum(axis=1) > 1]
    pairs = counts[:, :, None] * counts[:, None, :] - counts[:, :, None] * np.eye(len(values))
    coincidences = pairs / (counts.sum(axis=1) - 1)[:, None, None]

    def alpha(times: Floats) -> Floats:
        return _alpha(np.tensordot(times, coincidences, 1), values, level)

    return _with_interval(alpha, len(counts))


def fleiss_kappa(counts: Floats) -> Agreement:
    """Return the kappa of Fleiss (1971): `counts` (items, categories) says how many raters chose which.

    Raises ValueError unless each item has the same number of raters, two or more; `krippendorff_alpha`
    does not ask for that.
    """
    raters = np.unique(counts.sum(axis=1))
    if len(raters) != 1 or raters[0] < 2:
        raise ValueError(f"every item needs the same number of raters, 2 or more; got {raters.tolist()}")
    per_item = ((counts**2).sum(axis=1) - raters[0]) / (raters[0] * (raters[0] - 1))

    def kappa(times: Floats) -> Floats:
        share = times @ counts / (times.sum(axis=1, keepdims=True) * raters[0])
        by_chance = (share**2).sum(axis=1)
        return 1 - _ratio(1 - times @ per_item / times.sum(axis=1), 1 - by_chance)

    return _with_interval(kappa, len(counts))


def _alpha(coincidences: Floats, values: Floats, level: Level) -> Floats:
    """Return the alpha of each of (b, values, values) coincidences, shape (b,)."""
    totals = coincidences.sum(axis=2)
    # On the middle of its rank, an ordinal value is as far from another as there are ratings between.
    scale = np.cumsum(totals, axis=1) - totals / 2 if level == "ordinal" else values[None]
    apart = (scale[:, :, None] - scale[:, None, :]) ** 2 if level != "nominal" else 1 - np.eye(len(values))
    observed = (coincidences * apart).sum(axis=(1, 2)) * (totals.sum(axis=1) - 1)
    return 1 - _ratio(observed, (totals[:, :, None] * totals[:, None, :] * apart).sum(axis=(1, 2)))


def _ratio(observed: Floats, expected: Floats) -> Floats:
    """Return observed over expected disagreement, NaN where none can be expected."""
    return np.divide(observed, expected, out=np.full_like(observed, np.nan), where=expected > 1e-12)


def _with_interval(statistic: Callable[[Floats], Floats], items: int) -> Agreement:
    """Return the statistic, (b,) of how often each item counts, (b, items), and its interval."""
    value = float(statistic(np.ones((1, items)))[0])
    if items < 2 or np.isnan(value):
        return Agreement(value, None)
    times = times_drawn(items).astype(np.float64)
    found = np.concatenate([statistic(some) for some in np.array_split(times, _BLOCKS)])
    tail = (1 - LEVEL) / 2
    low, high = np.nanquantile(found, [tail, 1 - tail])  # NaN where a resample holds one answer only
    return Agreement(value, (float(low), float(high)))
