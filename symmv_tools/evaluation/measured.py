"""One number per piece and metric, and what a table says of them: spread, and distance to real music."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from symmv_tools.errors import BadMedium
from symmv_tools.evaluation.bootstrap import Estimate, Interval, difference, estimate
from symmv_tools.evaluation.pool import in_order
from symmv_tools.evaluation.systems import Entry, partners


@dataclass
class Measured:
    """What was measured of one system: by metric and piece, and which pieces could not be, and why.

    A metric that a piece leaves undefined (NaN) is missing for that piece.
    """

    name: str
    values: dict[str, dict[str, float]] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)

    def of(self, metric: str) -> NDArray[np.float64]:
        """Return the defined values of a metric, (n,), in the order of the pieces."""
        return np.array([by[metric] for by in self.values.values() if metric in by])


class Spread(NamedTuple):
    """The pieces of one system in one metric; `sd` (n - 1) and `interval` (95 %) need two pieces."""

    n: int
    undefined: int
    mean: float | None
    sd: float | None
    interval: Interval | None


class Distance(NamedTuple):
    """How far a system's mean lies from real music's.

    `absolute` is the difference of the means, `relative` that over the mean of real music (None at 0);
    `paired` says that each piece was compared with its own real piece, over those `n` pieces.
    """

    absolute: float
    relative: float | None
    interval: Interval | None
    paired: bool
    n: int

    @property
    def is_resolved(self) -> bool:
        """Whether the pieces suffice to tell the system from real music: 0 lies outside the interval."""
        return self.interval is not None and not self.interval[0] <= 0 <= self.interval[1]


def measure_all(
    name: str,
    entries: Iterable[Entry],
    measure: Callable[[Entry], Mapping[str, float]],
    *,
    workers: int = 1,
    advance: Callable[[int], None] = lambda n: None,
) -> Measured:
    """Measure every piece, by `workers` processes; one that cannot be read costs itself, with a sentence.

    `advance` is told of each piece that is through.
    """
    found = Measured(name)
    for entry, values in in_order(measure, entries, workers):
        try:
            found.values[entry.id] = {
                metric: float(value) for metric, value in values().items() if value == value
            }
        except BadMedium as why:
            found.failed[entry.id] = why.message
        except ValueError as why:  # rows that contradict themselves, in an export of somebody else
            found.failed[entry.id] = f"{entry.id}: {why}"
        advance(1)
    return found


def spread(found: Measured, metric: str) -> Spread:
    """Return mean, standard deviation and bootstrap interval of one metric over the pieces."""
    values = found.of(metric)
    undefined = len(found.values) - len(values)
    if not len(values):
        return Spread(0, undefined, None, None, None)
    mean, interval = estimate(values)
    sd = float(values.std(ddof=1)) if len(values) > 1 else None
    return Spread(len(values), undefined, mean, sd, interval)


def distance(found: Measured, real: Measured, metric: str) -> Distance | None:
    """Return the distance of a system to real music; None where a side has no value.

    If every piece of the system has a real partner, pairs are compared; else the two groups are.
    """
    pairs = partners(list(found.values), list(real.values))
    if len(pairs) == len(found.values):
        return _paired(found, real, metric, pairs)
    values, others = found.of(metric), real.of(metric)
    if not len(values) or not len(others):
        return None
    return _distance(difference(values, others), float(others.mean()), False, len(values))


def _paired(found: Measured, real: Measured, metric: str, pairs: Mapping[str, str]) -> Distance | None:
    both = np.array(
        [
            (found.values[ours][metric], real.values[theirs][metric])
            for ours, theirs in pairs.items()
            if metric in found.values[ours] and metric in real.values[theirs]
        ]
    ).reshape(-1, 2)
    if not len(both):
        return None
    return _distance(estimate(both[:, 0] - both[:, 1]), float(both[:, 1].mean()), True, len(both))


def _distance(found: Estimate, real_mean: float, paired: bool, n: int) -> Distance:
    return Distance(found.mean, found.mean / real_mean if real_mean else None, found.interval, paired, n)
