"""Stage `motion`: how much the picture changes from one fifth of a second to the next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from symmv_tools import row
from symmv_tools.errors import BadSettings
from symmv_tools.settings import semantic
from symmv_tools.stage import Done, Failed, Frame, Outcome, Reader, Stage, StreamInfo


@dataclass(frozen=True)
class MotionSettings:
    """How motion is measured."""

    every_seconds: float = semantic(0.2, "seconds from picture to picture (V-MusProd's), whatever the fps")
    flow: bool = semantic(False, "measure the optical flow as well (Farneback, as CMT): 7 ms a picture")
    height: int = semantic(90, "pixels in height to which frames are scaled down (chosen by us)")

    def __post_init__(self) -> None:
        for name in ("every_seconds", "height"):
            if not getattr(self, name) > 0:
                raise BadSettings(f"motion.{name} is {getattr(self, name):g}; it must be above 0")


class MotionReader:
    """Follows a video and ends with its curve of RGB differences and their mean."""

    is_sampled = True

    def __init__(self, settings: MotionSettings) -> None:
        self.max_height = settings.height
        self.every_seconds = settings.every_seconds
        self._flow = settings.flow
        self._times: list[float] = []
        self._changes: list[tuple[float, ...]] = []
        self._last: NDArray[np.uint8] | None = None

    def feed(self, frames: Sequence[Frame]) -> None:
        """Take the next frames, in order of time."""
        for frame in frames:
            before = frame.pixels if self._last is None else self._last
            self._times.append(frame.time)
            self._changes.append(self._change(before, frame.pixels))
            self._last = frame.pixels

    def _change(self, before: NDArray[np.uint8], after: NDArray[np.uint8]) -> tuple[float, ...]:
        from symmv_tools.video.motion import flow_magnitude, rgb_difference

        difference = rgb_difference(before, after)
        if not self._flow:
            return (difference,)
        return difference, flow_magnitude(before, after) / self.every_seconds

    def finish(self) -> Outcome:
        """Return curve and mean, or Failed if the video had no frame."""
        from symmv_tools.video.in_view import at_even_times

        if not self._times:
            return Failed("NO_FRAMES", "the video has no frame, so nothing moves in it")
        shown = at_even_times(np.array(self._times), self.every_seconds)
        curve = np.array(self._changes)[shown[1:]]
        curve[np.diff(shown) == 0] = 0.0  # a picture that stays in view does not move
        every = self.every_seconds
        features = {"start": every, "rate": 1.0 / every, "value": list(curve.astype(np.float16))}
        mean = float(curve[:, 0].mean()) if len(curve) else None
        return Done({"features_motion": features, "motion_mean": mean})


def reader(info: StreamInfo, settings: MotionSettings) -> Reader:
    """Return a reader for one video."""
    return MotionReader(settings)


STAGE = Stage(
    name="motion",
    version="1.0.0",
    makes={"features_motion": row.FEATURES, "motion_mean": pa.float64()},
    media=("video",),
    settings=MotionSettings,
    reader=reader,
    imports=("av", "cv2"),
    about="Change of the picture every 0.2 s, and its mean; null for a video shorter than that.",
)
