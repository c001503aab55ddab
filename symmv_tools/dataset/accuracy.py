"""`accuracy.json`: what `symmv eval annotations` measured, and which of it holds for another export."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from symmv_tools.dataset.recipes import Recipe, makers, parse_recipe
from symmv_tools.errors import BadCall
from symmv_tools.io.atomic import written

NAME = "accuracy.json"


@dataclass(frozen=True)
class Side:
    """One of the two exports that were compared: its folder's name, its songs, and how it was made."""

    name: str
    songs: int
    recipes: tuple[Recipe, ...]


@dataclass(frozen=True)
class Figure:
    """One measured score.

    `mean` is over songs, or over their seconds where `seconds` is not None. `interval` is the 95 %
    interval over songs, None for a single song. `column` is the one whose makers the figure speaks
    of; `evaluated` and `reference` are the digests of the recipes that made it in the scored songs.
    `not_scored` counts the other songs by reason.
    """

    metric: str
    title: str
    column: str
    mean: float
    interval: tuple[float, float] | None
    songs: int
    seconds: float | None
    convention: str
    not_scored: Mapping[str, int]
    evaluated: tuple[str, ...]
    reference: tuple[str, ...]


@dataclass(frozen=True)
class Accuracy:
    """Everything measured in one comparison; `songs` are in both exports, `measured_at` is an ISO date."""

    measured_at: str
    made_by: str
    evaluated: Side
    reference: Side
    songs: int
    figures: tuple[Figure, ...]

    def holding(self, recipes: Sequence[Recipe]) -> list[Figure]:
        """Return the figures that hold for an export made so: each recipe of their column was measured."""
        return [figure for figure in self.figures if _holds(figure, makers(recipes, figure.column))]

    def recipe(self, digest: str) -> Recipe:
        """Return the recipe with this digest, from either side."""
        return next(r for r in (*self.evaluated.recipes, *self.reference.recipes) if r.digest == digest)


def _holds(figure: Figure, made: Sequence[Recipe]) -> bool:
    return bool(made) and {recipe.digest for recipe in made} <= set(figure.evaluated)


def write_accuracy(path: Path, accuracy: Accuracy) -> None:
    """Write `path` whole or not at all."""
    with written(path) as part:
        text = json.dumps(asdict(accuracy), ensure_ascii=False, indent=1)
        part.write_text(f"{text}\n", encoding="utf-8", newline="\n")


def read_accuracy(path: Path) -> Accuracy:
    """Read what `write_accuracy` wrote, from the file or from the export that it lies in.

    Raises BadCall if it is not there, or is something else.
    """
    path = path / NAME if path.is_dir() else path
    try:
        return _parse(json.loads(path.read_bytes()))
    except OSError as why:
        raise BadCall(
            f"the accuracy file {path} cannot be read: {why.strerror}",
            "name the accuracy.json that `symmv eval annotations` wrote",
        ) from why
    except (ValueError, TypeError, KeyError, AttributeError) as why:
        raise BadCall(
            f"{path} is not what `symmv eval annotations` writes: {why!r}", "measure again, or move it away"
        ) from why


def _parse(content: Mapping[str, Any]) -> Accuracy:
    sides = {name: _side(content[name]) for name in ("evaluated", "reference")}
    figures = tuple(_figure(entry) for entry in content["figures"])
    made = {recipe.digest for side in sides.values() for recipe in side.recipes}
    if unknown := {d for f in figures for d in (*f.evaluated, *f.reference)} - made:
        raise ValueError(f"no recipe has the digest {unknown.pop()!r}")
    return Accuracy(
        str(content["measured_at"]),
        str(content["made_by"]),
        **sides,
        songs=int(content["songs"]),
        figures=figures,
    )


def _side(entry: Mapping[str, Any]) -> Side:
    return Side(str(entry["name"]), int(entry["songs"]), tuple(map(parse_recipe, entry["recipes"])))


def _figure(entry: Mapping[str, Any]) -> Figure:
    interval, seconds = entry["interval"], entry["seconds"]
    return Figure(
        metric=str(entry["metric"]),
        title=str(entry["title"]),
        column=str(entry["column"]),
        mean=float(entry["mean"]),
        interval=None if interval is None else (float(interval[0]), float(interval[1])),
        songs=int(entry["songs"]),
        seconds=None if seconds is None else float(seconds),
        convention=str(entry["convention"]),
        not_scored={str(why): int(count) for why, count in entry["not_scored"].items()},
        evaluated=tuple(map(str, entry["evaluated"])),
        reference=tuple(map(str, entry["reference"])),
    )
