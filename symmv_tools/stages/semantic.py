"""Stage `semantic`: what a pretrained vision network sees, some times a second."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

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
    from symmv_tools.models.vision_tower import VisionTower
    from symmv_tools.video.sampling import Picture


@dataclass(frozen=True)
class SemanticSettings:
    """Which network looks, and how often. Off while no network is named: none comes with a package."""

    model: str = runtime(
        "",
        "vision network: a short name (clip-vit-b-32), a folder, owner/name@commit of the Hugging Face hub, "
        "or a .safetensors of CLIP2Video; empty = off; its content decides about re-runs",
    )
    fps: float = semantic(6.0, "looks per second; SymMV's analysis has 6")
    batch: int = runtime(32, "pictures computed at once; more memory, less time")

    def __post_init__(self) -> None:
        if not self.fps > 0:
            raise BadSettings(f"semantic.fps is {self.fps:g}; it must be above 0", "6 is the default")
        if self.batch < 1:
            raise BadSettings(f"semantic.batch is {self.batch}; it must be 1 or more", "32 is the default")


class Equipped(NamedTuple):
    """The settings, and the network they name."""

    settings: SemanticSettings
    tower: VisionTower


class SemanticReader:
    """Follows a video and ends with its `features_semantic`."""

    def __init__(self, info: StreamInfo, equipped: Equipped) -> None:
        from symmv_tools.video.sampling import End, even_times

        self.max_height = height_for(info, equipped.tower.shortest_edge)
        self._settings, self._tower = equipped
        self._sampler = even_times(self._settings.fps)
        self._end = End(info.fps)
        self._waiting: list[NDArray[np.uint8]] = []
        self._features: list[NDArray[np.float32]] = []
        self._order: list[int] = []  # which row of features each look has: a slow video is seen twice

    def feed(self, frames: Sequence[Frame]) -> None:
        """Take the next frames, in order of time."""
        for frame in frames:
            self._end.feed(frame)
            self._take(self._sampler.feed(frame))

    def finish(self) -> Outcome:
        """Return the features, or Failed if the video had no frame."""
        from symmv_tools.models.vision_tower import over_time

        self._take(self._sampler.finish(self._end.seconds))
        self._encode()
        if not self._order:
            return Failed("NO_FRAMES", "the video has no frame, so there is nothing to see")
        seen = over_time(np.concatenate(self._features)[self._order], self._tower).astype(np.float16)
        return Done({"features_semantic": {"start": 0.0, "rate": self._settings.fps, "value": list(seen)}})

    def _take(self, pictures: Sequence[Picture]) -> None:
        for picture in pictures:
            if not (self._waiting and picture.pixels is self._waiting[-1]):
                if len(self._waiting) == self._settings.batch:
                    self._encode()
                self._waiting.append(picture.pixels)
            self._order.append(sum(map(len, self._features)) + len(self._waiting) - 1)

    def _encode(self) -> None:
        from symmv_tools.models.vision_tower import encode

        if self._waiting:
            self._features.append(encode(self._waiting, self._tower))
            self._waiting.clear()


def height_for(info: StreamInfo, shortest_edge: int) -> int:
    """Return the height at which a video's shorter side has `shortest_edge` pixels.

    The shared decoder scales to it, averaging; the network's own preprocessing then finds the right size.
    """
    return (
        -(-shortest_edge * max(info.height, info.width) // info.width)
        if info.height > info.width
        else shortest_edge
    )


def equip(item: Item, settings: SemanticSettings, context: Context) -> Equipped:
    """Return the settings with their network, loaded once per process."""
    import torch

    from symmv_tools.models import vision_tower

    torch.set_num_threads(context.threads)
    return Equipped(settings, vision_tower.load(context.weights[settings.model], context.device))


def reader(info: StreamInfo, equipped: Equipped) -> Reader:
    """Return a reader for one video."""
    return SemanticReader(info, equipped)


STAGE = Stage(
    name="semantic",
    version="1.1.0",
    makes={"features_semantic": row.FEATURES},
    media=("video",),
    settings=SemanticSettings,
    reader=reader,
    equip=equip,
    resources=Resources(lane="gpu", shard=8, timeout_seconds=3600.0),
    imports=("av", "torch", "transformers"),
    checkpoints=checkpoints,
    enabled=is_enabled,
    about="Features of the pictures by CLIP or another vision network; off unless `model` names one.",
)
