"""Stage `captions`: sentences about a video, by BLIP or another pretrained network.

BGM909 (Li et al., "Diff-BGM", CVPR 2024, section 3.2): "We generate 10 description sentences for each 8
frames in each video with a pre-trained BLIP"; its model (section 4.2) wants one caption for each of T
segments. The preset `paper` does the first, `default` one good sentence per shot and per segment.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from symmv_tools import row
from symmv_tools.errors import BadSettings
from symmv_tools.settings import runtime, semantic
from symmv_tools.stage import (
    Context,
    Done,
    Failed,
    Frame,
    Item,
    Outcome,
    Reader,
    Resources,
    Stage,
    StreamInfo,
)
from symmv_tools.stages.chosen_network import checkpoints, is_enabled

if TYPE_CHECKING:
    from symmv_tools.models.captioner import Captioner
    from symmv_tools.video.sampling import Picture, Sampler


@dataclass(frozen=True)
class CaptionSettings:
    """Who describes what. Off while no network is named: none comes with a package."""

    model: str = runtime(
        "",
        "captioner: a short name (blip-base), a folder, or owner/name@commit of the Hugging Face hub; "
        "empty = off; its content decides about re-runs",
    )
    spans: str = semantic(
        "shots and segments",
        "what gets sentences: each shot, each segment_seconds, both, or each every_frames frames",
        choices=("shots and segments", "shots", "segments", "frames"),
    )
    segment_seconds: float = semantic(4.0, "length of a segment, in seconds")
    every_frames: int = semantic(8, "frames: how many pictures of the video share their sentences")
    sentences: int = semantic(1, "sentences per picture: one by beam search, or several drawn at random")
    beams: int = semantic(3, "one sentence: beams of the search")
    top_p: float = semantic(0.9, "several sentences: probability of the words that are drawn from")
    max_tokens: int = semantic(30, "longest sentence, in the network's tokens")
    prompt: str = semantic(
        "", "how a sentence begins, or the question to a network that chats; empty = its own"
    )
    batch: int = runtime(16, "pictures described at once; more memory, less time")

    def __post_init__(self) -> None:
        for name in ("segment_seconds", "every_frames", "sentences", "beams", "max_tokens", "batch"):
            if not getattr(self, name) > 0:
                raise BadSettings(f"captions.{name} is {getattr(self, name):g}; it must be above 0")
        if not 0 < self.top_p <= 1:
            raise BadSettings(f"captions.top_p is {self.top_p:g}; it must be above 0 and at most 1")


class Equipped(NamedTuple):
    """The settings, the network they name, and the song's `shot` group."""

    settings: CaptionSettings
    captioner: Captioner
    shot: dict[str, Any]


class CaptionReader:
    """Follows a video and ends with its `caption` group."""

    def __init__(self, info: StreamInfo, equipped: Equipped) -> None:
        from symmv_tools.models.vision_tower import shortest_edge
        from symmv_tools.stages.semantic import height_for
        from symmv_tools.video.sampling import End

        settings, self._captioner, shot = equipped
        self.max_height = height_for(info, shortest_edge(self._captioner.processor.image_processor))
        self._batch = settings.batch
        self._samplers = _samplers(settings, shot)
        self._end = End(info.fps)
        self._waiting: list[Picture] = []
        self._spans: list[tuple[float, float, list[str]]] = []
        self._known: dict[bytes, list[str]] = {}

    def feed(self, frames: Sequence[Frame]) -> None:
        """Take the next frames, in order of time."""
        for frame in frames:
            self._end.feed(frame)
            for sampler in self._samplers:
                self._take(sampler.feed(frame))

    def finish(self) -> Outcome:
        """Return the sentences in order of time, or Failed if the video had no frame."""
        for sampler in self._samplers:
            self._take(sampler.finish(self._end.seconds))
        self._describe()
        if not self._end.seconds:
            return Failed("NO_FRAMES", "the video has no frame, so there is nothing to describe")
        spans = sorted(self._spans, key=lambda span: (span[0], -span[1]))
        said = [(time, duration, text) for time, duration, texts in spans for text in texts]
        return Done({"caption": dict(zip(("time", "duration", "value"), _columns(said), strict=True))})

    def _take(self, pictures: Sequence[Picture]) -> None:
        self._waiting += pictures
        if len(self._waiting) >= self._batch:
            self._describe()

    def _describe(self) -> None:
        """Describe what waits; a picture that was described already is not described again."""
        from symmv_tools.models.captioner import describe

        keys = [_key(picture.pixels) for picture in self._waiting]
        fresh = {k: p.pixels for k, p in zip(keys, self._waiting, strict=True) if k not in self._known}
        for start in range(0, len(fresh), self._batch):
            some = list(fresh)[start : start + self._batch]
            said = describe([fresh[key] for key in some], self._captioner)
            self._known.update(zip(some, map(_different, said), strict=True))
        self._spans += [
            (picture.time, picture.duration, self._known[key])
            for key, picture in zip(keys, self._waiting, strict=True)
        ]
        self._waiting.clear()


def _samplers(settings: CaptionSettings, shot: dict[str, Any]) -> list[Sampler]:
    from symmv_tools.video import sampling

    chosen: list[Sampler] = []
    if settings.spans == "frames":
        chosen.append(sampling.EveryNth(settings.every_frames))
    if "shots" in settings.spans:
        chosen.append(sampling.shots(shot["time"], shot["duration"]))
    if "segments" in settings.spans:
        chosen.append(sampling.segments(settings.segment_seconds))
    return chosen


def _key(pixels: NDArray[np.uint8]) -> bytes:
    import hashlib

    return hashlib.blake2b(np.ascontiguousarray(pixels).tobytes(), digest_size=16).digest()


def _different(said: Sequence[str]) -> list[str]:
    """Return the sentences without repetitions and without empty ones, in their order."""
    return [sentence for sentence in dict.fromkeys(said) if sentence]


def _columns(said: Sequence[tuple[float, float, str]]) -> tuple[Any, Any, list[str]]:
    times = np.array([time for time, _, _ in said], np.float64)
    durations = np.array([duration for _, duration, _ in said], np.float64)
    return times, durations, [text for _, _, text in said]


def equip(item: Item, settings: CaptionSettings, context: Context) -> Equipped:
    """Return the settings with their network, loaded once per process, and the song's shots."""
    import torch

    from symmv_tools.models import captioner

    torch.set_num_threads(context.threads)
    asking = {
        name: getattr(settings, name) for name in ("prompt", "max_tokens", "beams", "sentences", "top_p")
    }
    network = captioner.load(context.weights[settings.model], context.device, **asking)
    return Equipped(settings, network, item.values["shot"])


def reader(info: StreamInfo, equipped: Equipped) -> Reader:
    """Return a reader for one video."""
    return CaptionReader(info, equipped)


STAGE = Stage(
    name="captions",
    version="1.1.0",
    makes={"caption": row.CAPTION},
    needs=("shot",),
    media=("video",),
    settings=CaptionSettings,
    reader=reader,
    equip=equip,
    resources=Resources(lane="gpu", shard=4, timeout_seconds=7200.0),
    imports=("av", "torch", "transformers"),
    checkpoints=checkpoints,
    enabled=is_enabled,
    about="Sentences about the video by BLIP or another captioner; off unless `model` names one.",
)
