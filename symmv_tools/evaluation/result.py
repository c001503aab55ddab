"""The result of an evaluation as a document: what tables, JSON and LaTeX are made of."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from symmv_tools import __version__
from symmv_tools.errors import BadCall
from symmv_tools.evaluation.bootstrap import Interval
from symmv_tools.evaluation.measured import Distance, Measured, distance, spread
from symmv_tools.song import printable

FORMAT = "symmv-evaluation-1"


@dataclass(frozen=True)
class Line:
    """One metric of one system: spread over its pieces, chance level if there is one, distance to Real.

    What is undefined is None, never NaN, which JSON does not know.
    """

    system: str
    metric: str
    n: int
    undefined: int
    mean: float | None
    sd: float | None
    interval: Interval | None
    chance: float | None = None
    distance: Distance | None = None

    def __post_init__(self) -> None:
        for name in ("mean", "sd", "chance"):
            value = getattr(self, name)
            if value is not None and math.isnan(value):
                object.__setattr__(self, name, None)


@dataclass(frozen=True)
class Result:
    """What `symmv eval` found.

    `kind` is quality, retrieval or alignment, `real` the name of the system that is real music.
    `conditions` are what the figures depend on beside the music (grid, renderer, SoundFont, sample
    rate, pool, …); `failed` says by system which pieces could not be measured, and why.
    """

    kind: str
    real: str
    conditions: Mapping[str, str]
    lines: tuple[Line, ...]
    failed: Mapping[str, Mapping[str, str]]
    measured_at: str
    made_by: str = f"symmv {__version__}"

    @property
    def systems(self) -> list[str]:
        """The names of all systems, in their order."""
        return list(dict.fromkeys(line.system for line in self.lines))

    @property
    def metrics(self) -> list[str]:
        """The names of all metrics, in their order."""
        return list(dict.fromkeys(line.metric for line in self.lines))

    def line(self, system: str, metric: str) -> Line | None:
        """Return one cell of the table, if it is there."""
        return next((one for one in self.lines if (one.system, one.metric) == (system, metric)), None)

    def as_dict(self) -> dict[str, Any]:
        """Return the document for machines."""
        lines = [asdict(line) | {"distance": _plain(line.distance)} for line in self.lines]
        return {"format": FORMAT, **asdict(self), "lines": lines}


def result(
    kind: str,
    real: Measured,
    others: Sequence[Measured],
    metrics: Iterable[str],
    conditions: Mapping[str, str],
    chance: Callable[[Measured, str], float | None] = lambda found, metric: None,
) -> Result:
    """Lay the systems side by side, real music first; `chance` gives a system's chance level in a metric.

    A metric that no piece of any system defines has no line.
    """
    systems = (real, *others)
    lines = [
        Line(
            one.name,
            metric,
            *spread(one, metric),
            chance(one, metric),
            None if one is real else distance(one, real, metric),
        )
        for metric in metrics
        if any(len(one.of(metric)) for one in systems)
        for one in systems
    ]
    failed = {one.name: one.failed for one in systems if one.failed}
    return Result(kind, real.name, dict(conditions), tuple(lines), failed, today())


def today() -> str:
    """Return the day, in UTC, as documents name it."""
    return datetime.now(UTC).date().isoformat()


def read_result(path: Path) -> Result:
    """Read what `symmv eval … --json` printed; BadCall with the path if the file is something else."""
    try:
        said = json.loads(path.read_text("utf-8"))
        if said["format"] != FORMAT:
            raise ValueError
        lines = tuple(_line(line) for line in said["lines"])
        return Result(**{key: said[key] for key in said if key not in ("format", "lines")}, lines=lines)
    except OSError as why:
        raise BadCall(
            f"{path} cannot be read: {why.strerror}", "name a file of `symmv eval … --json`"
        ) from why
    except (ValueError, KeyError, TypeError, AttributeError) as why:
        raise BadCall(
            f"{printable(str(path))} is not a result of `symmv eval`",
            "write one: symmv eval quality REAL SYSTEM --json > quality.json",
        ) from why


def _plain(found: Distance | None) -> dict[str, Any] | None:
    return None if found is None else {**found._asdict(), "is_resolved": found.is_resolved}


def _line(said: dict[str, Any]) -> Line:
    far = said["distance"]
    return Line(
        **{key: said[key] for key in said if key not in ("interval", "distance")},
        interval=_interval(said["interval"]),
        distance=far
        and Distance(far["absolute"], far["relative"], _interval(far["interval"]), far["paired"], far["n"]),
    )


def _interval(said: Sequence[float] | None) -> Interval | None:
    return None if said is None else (float(said[0]), float(said[1]))
