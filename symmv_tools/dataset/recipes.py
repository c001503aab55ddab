"""`stages.json`: how the columns of an export were made, to tell whether figures from elsewhere hold.

A fingerprint says the same of one song, its media included; a recipe leaves the media out.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from symmv_tools.errors import BadCall

NAME = "stages.json"


@dataclass(frozen=True)
class Recipe:
    """One way in which a stage made columns for some of an export's songs.

    `version` is major.minor, for a patch changes no result. `reads` are all the stages behind it, by
    key. `digest` is equal if and only if the stage and all that it reads have equal names, versions,
    semantic settings and weights, whatever the songs and whatever the variants are called. `songs`
    counts the songs that came about so.
    """

    stage: str
    variant: str
    version: str
    columns: tuple[str, ...]
    reads: tuple[str, ...]
    settings: Mapping[str, Any]
    checkpoints: Mapping[str, str | None]
    digest: str
    songs: int

    @property
    def key(self) -> str:
        """The stage as the settings call it: `chords` or `chords@paper`."""
        return f"{self.stage}@{self.variant}" if self.variant else self.stage


def write_recipes(folder: Path, recipes: Iterable[Recipe]) -> Path:
    """Write `folder/stages.json`, in an order that does not depend on the given one."""
    path = folder / NAME
    ordered = sorted(recipes, key=lambda recipe: (recipe.key, recipe.digest))
    text = json.dumps({"stages": [asdict(recipe) for recipe in ordered]}, ensure_ascii=False, indent=1)
    path.write_text(f"{text}\n", encoding="utf-8", newline="\n")
    return path


def read_recipes(folder: Path) -> tuple[Recipe, ...]:
    """Read the recipes of an export; none if it has no `stages.json`, as data made by hand have not.

    Raises BadCall if the file holds something else.
    """
    path = folder / NAME
    if not path.is_file():
        return ()
    try:
        return tuple(parse_recipe(entry) for entry in json.loads(path.read_bytes())["stages"])
    except (ValueError, TypeError, KeyError, AttributeError) as why:
        raise BadCall(f"{path} is not what `symmv export` writes: {why!r}", "export again") from why


def parse_recipe(entry: Mapping[str, Any]) -> Recipe:
    """Return a recipe from its JSON; ValueError, TypeError or KeyError if it is none."""
    return Recipe(
        stage=str(entry["stage"]),
        variant=str(entry["variant"]),
        version=str(entry["version"]),
        columns=tuple(map(str, entry["columns"])),
        reads=tuple(map(str, entry["reads"])),
        settings=dict(entry["settings"]),
        checkpoints=dict(entry["checkpoints"]),
        digest=str(entry["digest"]),
        songs=int(entry["songs"]),
    )


def makers(recipes: Sequence[Recipe], column: str) -> list[Recipe]:
    """Return the recipes that made a column."""
    return [recipe for recipe in recipes if column in recipe.columns]


def maker_of_row(
    recipes: Sequence[Recipe], column: str, provenance: Sequence[Mapping[str, str | None]]
) -> tuple[Recipe, str] | None:
    """Return the recipe that made a column of one row, and its fingerprint there; None if it cannot be told.

    Of several recipes of a stage, the one fits whose sources the row names, as far as these make
    columns at all: what works behind the scenes is in no row's provenance.
    """
    named = {_key(entry): str(entry["fingerprint"]) for entry in provenance}
    fitting = [recipe for recipe in makers(recipes, column) if recipe.key in named]
    if len(fitting) > 1:
        seen = {recipe.key for recipe in recipes}
        fitting = [recipe for recipe in fitting if seen & set(recipe.reads) <= named.keys()]
    return (fitting[0], named[fitting[0].key]) if len(fitting) == 1 else None


def _key(entry: Mapping[str, str | None]) -> str:
    return f"{entry['stage']}@{entry['variant']}" if entry["variant"] else str(entry["stage"])
