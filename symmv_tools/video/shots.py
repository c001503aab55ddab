"""Shots: where a film cuts, where it dissolves, and where it comes back from black."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from symmv_tools.video import dissolves
from symmv_tools.video.cuts import DETECTORS, CutFinder
from symmv_tools.video.fades import FadeFinder
from symmv_tools.video.glimpses import Glimpses, Memory, is_flash


@dataclass(frozen=True)
class Shots:
    """Shots of one video in order; `time` and `duration` in seconds, all of shape (n,).

    `value` is the transition that opens the shot: "start", "cut", "dissolve" or "fade" (from black).
    `confidence` in [0, 1] grows with the margin over the threshold; it is no probability.
    """

    time: NDArray[np.float64]
    duration: NDArray[np.float64]
    value: list[str]
    confidence: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.time)

    def as_group(self) -> dict[str, Any]:
        """Return the shots as the Row's `shot` group."""
        return dict(vars(self))


class Opening(NamedTuple):
    """The frame at which a shot opens, and how."""

    frame: int
    value: str
    confidence: float


def shots_of(
    times: NDArray[np.float64], openings: Iterable[Opening], min_shot_seconds: float, frame_seconds: float
) -> Shots:
    """Return the shots that begin at these frames, and with the first of the video, whose times are (n,).

    An opening that comes less than `min_shot_seconds` after the one before, or before the end, is dropped.
    `frame_seconds` is how long a video of a single frame lasts.
    """
    if not len(times):
        return Shots(np.empty(0), np.empty(0), [], np.empty(0, np.float32))
    last = float(np.median(np.diff(times))) if len(times) > 1 else frame_seconds
    end = float(times[-1]) + last
    kept = [Opening(0, "start", 1.0)]
    for opening in sorted(openings):
        time = float(times[opening.frame])
        if min(time - float(times[kept[-1].frame]), end - time) >= min_shot_seconds:
            kept.append(opening)
    start = times[[opening.frame for opening in kept]]
    return Shots(
        time=start,
        duration=np.diff(start, append=end),
        value=[opening.value for opening in kept],
        confidence=np.array([opening.confidence for opening in kept], np.float32),
    )


class ShotFinder:
    """Takes the frames of one video in order and returns its shots.

    `detector` is "adaptive" (a cut's score exceeds `threshold` times the mean of its four neighbours,
    and `min_score`) or "content" (it exceeds `content_threshold`); see `video.cuts`. A step that is undone
    within `min_shot_seconds` is a flash and no cut.

    A dissolve (`video.dissolves`) opens its shot in its middle, where the new picture begins to outweigh the
    old; `dissolve_error` is what the blend may leave unexplained, and with 0 none is looked for. A fade opens
    its shot where the picture leaves black; the black before belongs to the shot that faded out, and the
    black that a video begins with to its first shot. A cut, and a fade's end, are part of no dissolve.
    """

    def __init__(
        self,
        *,
        detector: str = "adaptive",
        threshold: float = 2.0,
        min_score: float = 24.0,
        content_threshold: float = 27.0,
        min_shot_seconds: float = 0.25,
        dissolve_error: float = dissolves.MAX_ERROR,
    ) -> None:
        if detector not in DETECTORS:
            raise ValueError(f"detector must be one of {', '.join(DETECTORS)}; got {detector!r}")
        is_adaptive = detector == "adaptive"
        self._cuts = CutFinder(*((min_score, threshold) if is_adaptive else (content_threshold, None)))
        self._fades = FadeFinder()
        self._min_shot_seconds = min_shot_seconds
        self._dissolve_error = dissolve_error
        self._memory = Memory(max(min_shot_seconds, dissolves.LONGEST))
        self._times = array("d")
        self._flashes: set[int] = set()
        self._windows: list[dissolves.Window] = []

    def feed(self, time: float, pixels: NDArray[np.uint8]) -> None:
        """Take the next frame: its time in seconds, and RGB (height, width, 3)."""
        brightness = sum(cv2.mean(pixels)) / 3.0
        self._times.append(time)
        self._cuts.feed(pixels, brightness)
        self._fades.feed(brightness)
        self._look_back(self._memory.feed(time, pixels))

    def finish(self, frame_seconds: float) -> Shots:
        """Return the shots. `frame_seconds` is how long a video of a single frame lasts."""
        self._look_back(self._memory.rest())
        times = np.array(self._times)
        found = {index: Opening(index, "fade", confidence) for index, confidence in self._fades.found}
        found |= {index: Opening(index, "cut", confidence) for index, confidence in self._cuts.cuts()}
        sharp = [opening for index, opening in found.items() if index not in self._flashes]
        openings = [*sharp, *self._dissolves(times, {opening.frame for opening in sharp})]
        return shots_of(times, openings, self._min_shot_seconds, frame_seconds)

    def _look_back(self, glimpses: Glimpses | None) -> None:
        if glimpses is None:
            return
        first, begin = glimpses.first, max(glimpses.begin, 1)
        for index in self._cuts.steps(first + begin, first + glimpses.end):
            if is_flash(glimpses, index - first, self._min_shot_seconds):
                self._flashes.add(index)
        if self._dissolve_error > 0:
            self._windows += dissolves.windows(glimpses, self._dissolve_error)

    def _dissolves(self, times: NDArray[np.float64], steps: set[int]) -> Iterable[Opening]:
        for window in dissolves.best(self._windows, steps, self._dissolve_error):
            certainty = dissolves.confidence(window, self._dissolve_error)
            yield Opening(int(np.searchsorted(times, window.middle)), "dissolve", certainty)
