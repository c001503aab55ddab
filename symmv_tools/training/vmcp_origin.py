"""How the features that a video-music CLIP compares were made: what a video or a sound must go through again.

`origin.json` of a run. Without it nobody could tell whether the features of another export are of the same
kind, nor render a MIDI file so that the music tower understands it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from symmv_tools.dataset.recipes import makers, read_recipes
from symmv_tools.errors import BadCall
from symmv_tools.io.atomic import written

NAME = "origin.json"

_SIDES = {"video": "features_semantic", "music": "features_music"}
_DECIDES = ("layer",)
"""Settings that make other numbers; how often something looks or listens does not, for segments are means."""


@dataclass(frozen=True)
class Origin:
    """How the features of both sides were made, and from which weights the training began.

    `video` and `music` hold, for each way in which songs came by theirs, the stage, its settings and its
    checkpoints (name to sha256). Both are empty where the export did not say. `trained_on` is the export's
    name.
    """

    trained_on: str = ""
    begin_from: str = ""
    video: tuple[Mapping[str, Any], ...] = ()
    music: tuple[Mapping[str, Any], ...] = ()

    def checkpoints(self, side: str) -> dict[str, str | None]:
        """The networks that looked (`video`) or listened (`music`), by name with their sha256."""
        ways: tuple[Mapping[str, Any], ...] = getattr(self, side)
        return {name: digest for way in ways for name, digest in way["checkpoints"].items()}


def origin_of(export: Path, begin_from: str = "") -> Origin:
    """Return how an export's features were made, as far as it says."""
    recipes = read_recipes(export)
    ways = {
        side: tuple(
            {"stage": one.stage, "settings": dict(one.settings), "checkpoints": dict(one.checkpoints)}
            for one in makers(recipes, table)
        )
        for side, table in _SIDES.items()
    }
    return Origin(export.absolute().name, begin_from, **ways)


def write_origin(run: Path, export: Path, begin_from: str) -> None:
    """Write `origin.json` into a run."""
    found = origin_of(export, begin_from)
    with written(run / NAME) as part:
        part.write_text(json.dumps(asdict(found), ensure_ascii=False, indent=1) + "\n", "utf-8")


def read_origin(run: Path) -> Origin:
    """Read the origin of a run; BadCall if it has none."""
    path = run / NAME
    try:
        said = json.loads(path.read_bytes())
        sides = {side: tuple(said[side]) for side in _SIDES}
        return Origin(str(said["trained_on"]), str(said["begin_from"]), **sides)
    except (OSError, ValueError, KeyError, TypeError) as why:
        raise BadCall(
            f"{run} is no run of `symmv train vmcp`: its {NAME} cannot be read ({why})",
            "name a folder that `symmv train vmcp` wrote",
        ) from why


def refuse_other_features(origin: Origin, export: Path, sides: tuple[str, ...] = tuple(_SIDES)) -> None:
    """Raise BadCall if an export's features were made by other networks than those of the training."""
    other = origin_of(export)
    for side in sides:
        ours, theirs = ({*map(_kind, getattr(one, side))} for one in (origin, other))
        if ours and theirs and not theirs <= ours:
            raise BadCall(
                f"{export}: its features of the {side} are by {_named(theirs)}, and this model learned those "
                f"of {_named(ours)}",
                "annotate with the same network, and export again",
            )


def _kind(way: Mapping[str, Any]) -> tuple[str, ...]:
    digests = [f"{name} ({str(digest)[:12]})" for name, digest in sorted(way["checkpoints"].items())]
    chosen = [f"{name} {way['settings'][name]}" for name in _DECIDES if name in way["settings"]]
    return (*digests, *chosen)


def _named(kinds: set[tuple[str, ...]]) -> str:
    return " or ".join(sorted(", ".join(kind) or "an unnamed network" for kind in kinds))
