"""Stage `shots`: the shots of a video, found by PySceneDetect's rules on the shared frames."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from symmv_tools import row
from symmv_tools.settings import semantic
from symmv_tools.stage import Done, Failed, Frame, Outcome, Reader, Stage, StreamInfo

if TYPE_CHECKING:
    from symmv_tools.video.shots import ShotFinder


@dataclass(frozen=True)
class ShotSettings:
    """How shots are found. The thresholds were chosen on four annotated clips (docs/reference)."""

    detector: str = semantic(
        "adaptive",
        "adaptive compares a frame's score to its neighbours', content to a fixed threshold",
        choices=("adaptive", "content"),
    )
    threshold: float = semantic(2.0, "adaptive: a cut scores this many times the mean of its 4 neighbours")
    min_score: float = semantic(24.0, "adaptive: and this much itself (mean HSV difference, 0 to 255)")
    content_threshold: float = semantic(
        27.0, "content: a cut scores this much (mean HSV difference, 0 to 255)"
    )
    min_shot_seconds: float = semantic(0.25, "transitions closer together than this, in seconds, are dropped")
    height: int = semantic(90, "pixels in height to which frames are scaled down; every frame is looked at")


class ShotReader:
    """Follows a video and ends with its `shot` group."""

    is_sampled = True  # as near as averaging to telling true cuts from the rest, at a quarter of the cost

    def __init__(self, info: StreamInfo, finder: ShotFinder, max_height: int) -> None:
        self.max_height = max_height
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


def reader(info: StreamInfo, settings: ShotSettings) -> Reader:
    """Return a reader for one video."""
    from symmv_tools.video.shots import ShotFinder

    finder = ShotFinder(
        detector=settings.detector,
        threshold=settings.threshold,
        min_score=settings.min_score,
        content_threshold=settings.content_threshold,
        min_shot_seconds=settings.min_shot_seconds,
    )
    return ShotReader(info, finder, settings.height)


STAGE = Stage(
    name="shots",
    version="1.1.0",
    makes={"shot": row.LABELS},
    media=("video",),
    settings=ShotSettings,
    reader=reader,
    imports=("av", "cv2"),
    about="Shots of the video: where it cuts and where it comes back from black.",
)
