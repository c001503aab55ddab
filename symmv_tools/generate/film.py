"""What there is to know of a user's video: how long it is, how it moves, and what the networks see of it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from symmv_tools.checkpoints import locate
from symmv_tools.errors import BadCall, BadMedium
from symmv_tools.models import captioner as captioning
from symmv_tools.models import text_encoder, vision_tower
from symmv_tools.stage import Done, Failed, Frame, Outcome, StreamInfo
from symmv_tools.stages import captions, colour, motion, semantic, shots, text_features
from symmv_tools.stages.video_pass import MakeReader, read_video
from symmv_tools.video.sampling import End


class Film(NamedTuple):
    """A video: its length in seconds, its mean RGB difference (None if too short), and `row.FEATURES`.

    `cuts` are the seconds at which its shots begin, where somebody asked for them.
    """

    seconds: float
    motion_mean: float | None
    features: dict[str, Mapping[str, Any]]
    cuts: NDArray[np.float64] | None = None


def watch(
    video: Path,
    widths: Mapping[str, int],
    vision: str = "",
    device: str = "cpu",
    *,
    captioner: str = "",
    language: str = "",
) -> Film:
    """Decode a video once, for its length, its motion and the features that networks of `widths` see.

    `widths` are those of "colour", "semantic" and "text"; "shot" is of any. The networks are named as the
    stages `semantic`, `captions` and `text_features` name them: without `vision` there are no semantic
    features, without `captioner` and `language`, which reads what that one says, none of text.

    Raises BadMedium if it cannot be read, and BadCall if features are of another width.
    """
    readers: dict[str, MakeReader] = {
        "length": _Length,
        "motion": lambda info: motion.reader(info, motion.MotionSettings()),
    }
    if "colour" in widths:
        settings = colour.ColourSettings(blocks=_blocks(widths["colour"]))
        readers["colour"] = lambda info: colour.reader(info, settings)
    if "shot" in widths:
        readers["shot"] = lambda info: shots.reader(info, shots.ShotSettings())
    if "semantic" in widths and vision:
        readers["semantic"] = _seeing(vision, device)
    if "text" in widths and captioner and language:
        readers["caption"] = _telling(captioner, device)
    found = {name: _values(outcome) for name, outcome in read_video(video, readers).items()}
    features: dict[str, Mapping[str, Any]] = {
        name: found[name][f"features_{name}"] for name in widths if f"features_{name}" in found.get(name, {})
    }
    if "caption" in found:
        features["text"] = _read(found["caption"]["caption"], found["length"]["seconds"], language, device)
    _refuse_other_widths(features, widths)
    cuts = found["shot"]["shot"]["time"] if "shot" in found else None
    return Film(found["length"]["seconds"], found["motion"]["motion_mean"], features, cuts)


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


def _seeing(vision: str, device: str) -> MakeReader:
    network = vision_tower.load(str(locate(vision)), device)
    equipped = semantic.Equipped(semantic.SemanticSettings(model=vision), network)
    return lambda info: semantic.reader(info, equipped)


def _telling(network: str, device: str) -> MakeReader:
    """One sentence for every four seconds: shots are not known before the video has ended."""
    settings = captions.CaptionSettings(model=network, spans="segments")
    names = ("prompt", "max_tokens", "beams", "sentences", "top_p")
    asking = {name: getattr(settings, name) for name in names}
    equipped = captions.Equipped(settings, captioning.load(str(locate(network)), device, **asking), {})
    return lambda info: captions.reader(info, equipped)


def _read(caption: Mapping[str, Any], seconds: float, language: str, device: str) -> Mapping[str, Any]:
    """What a language network makes of the sentences, twice a second."""
    settings = text_features.TextFeatureSettings(model=language)
    encoder = text_encoder.load(str(locate(language)), device)
    vectors = text_encoder.encode(caption["value"], encoder, pooling=settings.pooling, batch=settings.batch)
    times = np.arange(max(1, math.ceil(2 * seconds))) / 2
    value = text_features.in_force(caption, vectors, times) if len(vectors) else vectors
    return {"start": 0.0, "rate": 2.0, "value": value}


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
        if len(found["value"]) and (width := len(found["value"][0])) != widths[name]:
            raise BadCall(
                f"the networks were trained on {name} features of {widths[name]} numbers; these have {width}",
                _REMEDIES.get(name, "train with features of the stage as it is"),
            )


_REMEDIES = {
    "semantic": "name the network that saw for the training: --vision MODEL",
    "text": "name the network that read the captions of the training: --language MODEL",
}
