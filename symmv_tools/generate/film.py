"""What there is to know of a user's video: how long it is, how it moves, and what the networks see of it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from symmv_tools.checkpoints import locate
from symmv_tools.errors import BadCall, BadMedium
from symmv_tools.models import vision_tower
from symmv_tools.stage import Done, Failed, Frame, Outcome, StreamInfo
from symmv_tools.stages import colour, motion, semantic
from symmv_tools.stages.video_pass import MakeReader, read_video
from symmv_tools.video.sampling import End


class Film(NamedTuple):
    """A video: its length in seconds, its mean RGB difference (None if too short), and `row.FEATURES`."""

    seconds: float
    motion_mean: float | None
    features: dict[str, Mapping[str, Any]]


def watch(video: Path, widths: Mapping[str, int], vision: str = "", device: str = "cpu") -> Film:
    """Decode a video once, for its length, its motion and the features that networks of `widths` see.

    `vision` is the network of the semantic features, as the stage `semantic` names it; without one there are
    none of them. Raises BadMedium if it cannot be read, and BadCall if features are of another width.
    """
    readers: dict[str, MakeReader] = {
        "length": _Length,
        "motion": lambda info: motion.reader(info, motion.MotionSettings()),
    }
    if "colour" in widths:
        settings = colour.ColourSettings(blocks=_blocks(widths["colour"]))
        readers["colour"] = lambda info: colour.reader(info, settings)
    if "semantic" in widths and vision:
        equipped = semantic.Equipped(
            semantic.SemanticSettings(model=vision), vision_tower.load(str(locate(vision)), device)
        )
        readers["semantic"] = lambda info: semantic.reader(info, equipped)
    found = {name: _values(outcome) for name, outcome in read_video(video, readers).items()}
    features = {name: found[name][f"features_{name}"] for name in widths if name in found}
    _refuse_other_widths(features, widths)
    return Film(found["length"]["seconds"], found["motion"]["motion_mean"], features)


class _Length:
    """Follows a video to its end."""

    max_height = 0

    def __init__(self, info: StreamInfo) -> None:
        self._end = End(info.fps)

    def feed(self, frames: Sequence[Frame]) -> None:
        for frame in frames:
            self._end.feed(frame)

    def finish(self) -> Outcome:
        return Done({"seconds": self._end.seconds})


def _values(outcome: Outcome) -> Mapping[str, Any]:
    if isinstance(outcome, Done):
        return outcome.values
    retryable = isinstance(outcome, Failed) and outcome.retryable
    raise BadMedium(outcome.code, outcome.message, retryable=retryable)


def _blocks(width: int) -> int:
    """The side of the colour maps that are `width` numbers; the usual one where no side fits."""
    side = math.isqrt(width // 3)
    return side if side in (8, 16, 32, 64) else colour.ColourSettings().blocks


def _refuse_other_widths(features: Mapping[str, Mapping[str, Any]], widths: Mapping[str, int]) -> None:
    for name, found in features.items():
        if (width := len(found["value"][0])) != widths[name]:
            raise BadCall(
                f"the networks were trained on {name} features of {widths[name]} numbers; these have {width}",
                "name the network that saw for the training: --vision MODEL"
                if name == "semantic"
                else "train with features of the stage as it is",
            )
