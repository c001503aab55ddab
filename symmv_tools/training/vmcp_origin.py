"""How the features that a video-music CLIP compares were made: what a video or a sound must go through again.

`origin.json` of a run. Without it nobody could tell whether the features of another export are of the same
kind, nor render a MIDI file so that the music tower understands it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from symmv_tools.dataset.recipes import makers, read_recipes
from symmv_tools.errors import BadCall
from symmv_tools.io.atomic import written
from symmv_tools.training.loop import WEIGHTS

NAME = "origin.json"

_SIDES = {"video": "features_semantic", "music": "features_music"}
_DECIDES = ("layer",)
"""Settings that make other numbers; how often something looks or listens does not, for segments are means."""


@dataclass(frozen=True)
class Origin:
    """How the features of both sides were made, and from which weights the training began.

    `trained_on` is the export's name. `begun` are the runs from whose weights it began, by name with the
    weights' sha256: the run that was named, and those which that one began from. `video` and `music` hold,
    for each way in which songs came by theirs, the stage, its settings and its checkpoints (name to sha256);
    both are empty where the export did not say.
    """

    trained_on: str = ""
    begun: Mapping[str, str] = field(default_factory=dict)
    video: tuple[Mapping[str, Any], ...] = ()
    music: tuple[Mapping[str, Any], ...] = ()

    def checkpoints(self, side: str) -> dict[str, str | None]:
        """The networks that looked (`video`) or listened (`music`), by name with their sha256."""
        ways: tuple[Mapping[str, Any], ...] = getattr(self, side)
        return {name: digest for way in ways for name, digest in way["checkpoints"].items()}


def origin_of(export: Path, begin_from: str = "") -> Origin:
    """Return how an export's features were made, as far as it says, and what a training begins from."""
    recipes = read_recipes(export)
    ways = {
        side: tuple(
            {"stage": one.stage, "settings": dict(one.settings), "checkpoints": dict(one.checkpoints)}
            for one in makers(recipes, table)
        )
        for side, table in _SIDES.items()
    }
    return Origin(export.absolute().name, _begun(Path(begin_from)) if begin_from else {}, **ways)


def weights_digest(run: Path) -> str:
    """Return the sha256 of a run's best weights; BadCall if it has none yet."""
    try:
        return hashlib.sha256((run / WEIGHTS).read_bytes()).hexdigest()
    except OSError as why:
        raise BadCall(f"{run} has no {WEIGHTS}", "is it a run? It gets them at the end of an epoch") from why


def _begun(run: Path) -> dict[str, str]:
    return {**read_origin(run).begun, run.absolute().name: weights_digest(run)}


def write_origin(run: Path, export: Path, begin_from: str) -> None:
    """Write `origin.json` into a run, unless it is there: what it began from may be gone when it goes on.

    Raises BadCall if the run to begin from learned features of other networks.
    """
    if (run / NAME).is_file():
        return
    if begin_from:
        refuse_other_features(read_origin(Path(begin_from)), export)
    found = origin_of(export, begin_from)
    with written(run / NAME) as part:
        part.write_text(json.dumps(asdict(found), ensure_ascii=False, indent=1) + "\n", "utf-8")


def read_origin(run: Path) -> Origin:
    """Read the origin of a run; BadCall if it has none."""
    path = run / NAME
    try:
        said = json.loads(path.read_bytes())
        sides = {side: tuple(said[side]) for side in _SIDES}
        return Origin(str(said["trained_on"]), dict(said["begun"]), **sides)
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
