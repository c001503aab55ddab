"""`constants.json`: numbers of a whole export that its models need again when they meet a new video."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass
from pathlib import Path

from symmv_tools.errors import BadCall

NAME = "constants.json"


@dataclass(frozen=True)
class Constants:
    """`motion_range`: least and largest `motion_mean` of the songs in the train split.

    `video.motion.tempo_of_motion` lays a video's own mean between the two. None if no song of the train
    split has one.
    """

    motion_range: tuple[float, float] | None = None


def write_constants(folder: Path, constants: Constants) -> Path:
    """Write `folder/constants.json` and return its path."""
    path = folder / NAME
    path.write_text(f"{json.dumps(asdict(constants), indent=1)}\n", encoding="utf-8", newline="\n")
    return path


def read_constants(folder: Path) -> Constants:
    """Read the constants of an export, or of a run that copied them.

    Raises BadCall if the file is not there or holds something else.
    """
    path = folder / NAME
    if not path.is_file():
        raise BadCall(f"{folder} has no {NAME}", "export again: symmv export writes it")
    try:
        return Constants(_range(json.loads(path.read_bytes())["motion_range"]))
    except (ValueError, TypeError, KeyError) as why:
        raise BadCall(f"{path} is not what `symmv export` writes: {why!r}", "export again") from why


def _range(ends: list[float] | None) -> tuple[float, float] | None:
    if ends is None:
        return None
    low, high = map(float, ends)
    if not (math.isfinite(low) and math.isfinite(high) and low <= high):
        raise ValueError(f"no range: {ends}")
    return low, high
