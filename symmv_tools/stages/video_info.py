"""Stage `video_info`: rate and size of a video, as it is decoded and displayed."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from symmv_tools.settings import NoSettings
from symmv_tools.stage import Done, Failed, Frame, Outcome, Reader, Stage, StreamInfo

ROUNDING = 0.005
"""The declared rate stands where the pictures bear it out to 0.5 %: a WebM rounds its times to 1 ms."""


class InfoReader:
    """Counts a video's frames; it needs no pixels."""

    max_height = 0

    def __init__(self, info: StreamInfo) -> None:
        self._info = info
        self._count = 0
        self._first = self._last = 0.0

    def feed(self, frames: Sequence[Frame]) -> None:
        """Take the next frames, in order of time."""
        if self._count == 0 and frames:
            self._first = frames[0].time
        self._count += len(frames)
        self._last = frames[-1].time if frames else self._last

    def finish(self) -> Outcome:
        """Return average rate and displayed size, or Failed if the video had no frame."""
        if self._count == 0:
            return Failed("NO_FRAMES", "the video has no frame")
        size = {"video_width": self._info.width, "video_height": self._info.height}
        return Done({"video_fps": self._fps(), **size})

    def _fps(self) -> float | None:
        """Average frames per second as decoded; of a single frame, what the file declares."""
        declared = self._info.fps
        if self._count < 2:
            return declared
        average = (self._count - 1) / (self._last - self._first)
        return declared if declared and abs(average / declared - 1.0) < ROUNDING else average


def reader(info: StreamInfo, settings: NoSettings) -> Reader:
    """Return a reader for one video."""
    return InfoReader(info)


STAGE = Stage(
    name="video_info",
    version="1.0.0",
    makes={"video_fps": pa.float64(), "video_width": pa.int32(), "video_height": pa.int32()},
    media=("video",),
    reader=reader,
    imports=("av",),
    about="Frames per second and displayed size of the video.",
)
