"""Shots: where a film cuts, and where it comes back from black.

Cuts are found by the rules of PySceneDetect's ContentDetector and AdaptiveDetector (0.7), on frames that
somebody else decoded; a test holds them to the originals, frame by frame, which take three times as long.
Two things are our own: pictures are lifted off black before they are compared, and fades are found with
hysteresis. The thresholds were fixed on four annotated clips, and on cuts, pans and fades composed from them.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

DETECTORS = ("adaptive", "content")

LIFT = 32
"""Pictures are compressed to the levels LIFT to 255 before they are compared. Hue and saturation of
near-black are noise: at 144 rows, a dark screen's coding noise scored 110, its clip's true cuts 84."""

WEIGHTS = (0.5, 1.0, 1.0)
"""Of hue, saturation and brightness. Hue counts half: it is the noisiest of the three when a film fades in.
Of some 40 pairs of LIFT (or a floor in its place) and weights this one left the widest gap between true
cuts and the rest: 29.0 to 19.8."""

BLACK, LIT = 8.0, 24.0
"""A picture with a mean below BLACK (of 255) is black; the screen is lit again from a mean of LIT. One
level for both (PySceneDetect's ThresholdDetector: 12) makes a fade of every flicker of a dark scene.
Between two pictures darker than LIT no cut is seen: there, fades step as high as cuts."""


@dataclass(frozen=True)
class Shots:
    """Shots of one video in order; `time` and `duration` in seconds, all of shape (n,).

    `value` is the transition that opens the shot: "start", "cut" or "fade" (from black). `confidence`
    in [0, 1] grows with the margin over the threshold; it is no probability.
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


class ShotFinder:
    """Takes the frames of one video in order and returns its shots.

    `detector` is "adaptive" (a cut's score exceeds `threshold` times the mean of its four neighbours,
    and `min_score`) or "content" (it exceeds `content_threshold`). A score is the mean difference of
    hue, saturation and brightness to the frame before, hue counting half, 0 to 255. A transition that
    comes less than `min_shot_seconds` after the one before, or before the end, is dropped. The first
    and last two frames cannot be cuts for "adaptive".

    A fade opens its shot where the picture leaves black; the black before belongs to the shot that
    faded out, and the black that a video begins with to its first shot. Dissolves are not found, and
    neither are cuts between two very dark pictures (see LIT).
    """

    def __init__(
        self,
        *,
        detector: str = "adaptive",
        threshold: float = 2.0,
        min_score: float = 24.0,
        content_threshold: float = 26.0,
        min_shot_seconds: float = 0.25,
    ) -> None:
        if detector not in DETECTORS:
            raise ValueError(f"detector must be one of {', '.join(DETECTORS)}; got {detector!r}")
        self._adaptive = detector == "adaptive"
        self._threshold = threshold
        self._min_score = min_score if self._adaptive else content_threshold
        self._min_shot_seconds = min_shot_seconds
        self._times = array("d")
        self._scores = array("d")
        self._brightness = array("d")
        self._last: NDArray[np.uint8] | None = None
        self._fades = _Fades()

    @property
    def scores(self) -> NDArray[np.float64]:
        """The score of every frame so far, shape (n,)."""
        return np.array(self._scores)

    def feed(self, time: float, pixels: NDArray[np.uint8]) -> None:
        """Take the next frame: its time in seconds, and RGB (height, width, 3)."""
        self._times.append(time)
        self._brightness.append(sum(cv2.mean(pixels)) / 3.0)
        self._fades.feed(len(self._times) - 1, self._brightness[-1])
        lifted = cv2.convertScaleAbs(pixels, alpha=(255 - LIFT) / 255, beta=LIFT)
        picture = np.asarray(cv2.cvtColor(lifted, cv2.COLOR_RGB2HSV), np.uint8)
        change = (0.0, 0.0, 0.0) if self._last is None else cv2.mean(cv2.absdiff(picture, self._last))
        self._scores.append(sum(w * c for w, c in zip(WEIGHTS, change, strict=False)) / sum(WEIGHTS))
        self._last = picture

    def finish(self, frame_seconds: float) -> Shots:
        """Return the shots. `frame_seconds` is how long a video of a single frame lasts."""
        times = np.array(self._times)
        if not len(times):
            return Shots(np.empty(0), np.empty(0), [], np.empty(0, np.float32))
        last = float(np.median(np.diff(times))) if len(times) > 1 else frame_seconds
        end = float(times[-1]) + last
        openings = self._openings(times, end)
        start = np.array([time for time, _, _ in openings])
        return Shots(
            time=start,
            duration=np.diff(start, append=end),
            value=[value for _, value, _ in openings],
            confidence=np.array([confidence for _, _, confidence in openings], np.float32),
        )

    def _openings(self, times: NDArray[np.float64], end: float) -> list[tuple[float, str, float]]:
        found = {index: ("fade", confidence) for index, confidence in self._fades.found}
        found |= {index: ("cut", self._cut_confidence(index)) for index in self._cuts()}
        openings = [(float(times[0]), "start", 1.0)]
        for index, (value, confidence) in sorted(found.items()):
            time = float(times[index])
            if min(time - openings[-1][0], end - time) >= self._min_shot_seconds:
                openings.append((time, value, confidence))
        return openings

    def _cuts(self) -> list[int]:
        scores = self.scores
        found = scores >= self._min_score
        if self._adaptive:
            found &= ratios_to_neighbours(scores) >= self._threshold
        return [index for index in np.flatnonzero(found).tolist() if self._is_lit(index)]

    def _is_lit(self, index: int) -> bool:
        return max(self._brightness[max(index - 1, 0) : index + 1]) >= LIT

    def _cut_confidence(self, index: int) -> float:
        """Return margin / (margin + 1), the margin being the smaller multiple of a threshold."""
        margin = self._scores[index] / self._min_score
        if self._adaptive:
            margin = min(margin, float(ratios_to_neighbours(self.scores)[index]) / self._threshold)
        return margin / (margin + 1.0)


def ratios_to_neighbours(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return each score over the mean of the two before and the two after it, at most 255.

    The first and the last two have no such neighbours: 0 (all as PySceneDetect has it).
    """
    ratios = np.zeros(len(scores))
    if len(scores) >= 5:
        means = (scores[:-4] + scores[1:-3] + scores[3:-1] + scores[4:]) / 4.0
        still = means < 1e-5
        ratios[2:-2] = np.where(still, 255.0, np.minimum(scores[2:-2] / np.where(still, 1.0, means), 255.0))
    return ratios


class _Fades:
    """Where the picture comes back from black, as (index, confidence) pairs in `found`."""

    def __init__(self) -> None:
        self.found: list[tuple[int, float]] = []
        self._seen_light = False
        self._darkest = LIT
        self._leaves_black = 0

    def feed(self, index: int, mean: float) -> None:
        """Take the next frame's mean brightness, 0 to 255."""
        if mean < BLACK:
            self._darkest = min(self._darkest, mean)
            self._leaves_black = index + 1
        elif mean >= LIT:
            if self._seen_light and self._darkest < BLACK:
                self.found.append((self._leaves_black, 1.0 - self._darkest / BLACK))
            self._seen_light, self._darkest = True, LIT
