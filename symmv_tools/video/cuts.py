"""Cuts, by the rules of PySceneDetect's ContentDetector and AdaptiveDetector (0.7).

They are applied to frames that somebody else decoded; a test holds them to the originals, frame by frame,
which take three times as long. Our own is that pictures are lifted off black before they are compared, and
that films without colour are not held to be half as lively.
"""

from __future__ import annotations

from array import array

import cv2
import numpy as np
from numpy.typing import NDArray

from symmv_tools.video.fades import LIT

DETECTORS = ("adaptive", "content")

LIFT = 32
"""Pictures are compressed to the levels LIFT to 255 before they are compared. Hue and saturation of
near-black are noise: at 144 rows, a dark screen's coding noise scored 110, its clip's true cuts 84."""

WEIGHTS = (0.5, 1.0, 1.0)
"""Of hue, saturation and brightness. Hue counts half: it is the noisiest of the three when a film fades in.
Of some 40 pairs of LIFT (or a floor in its place) and weights this one left the widest gap between true
cuts and the rest: 29.0 to 19.8."""

BRIGHTNESS_ALONE = 0.8
"""Where the change of brightness times this is more than that of all three, it is the score: of a film in
black and white or in one tint, hue and saturation say nothing, and with them it lost half of its cuts. With 1
instead, flashes came through "content"."""


class CutFinder:
    """Takes the frames of one video in order and says where it cuts.

    A score is the mean difference of hue, saturation and brightness to the frame before, hue counting half,
    0 to 255; or that of brightness alone, see BRIGHTNESS_ALONE. A cut's score reaches `min_score` and, if
    `ratio` is not None, `ratio` times the mean of its four neighbours; then the first and last two frames
    cannot be cuts. Between two pictures darker than LIT no cut is seen: there, fades step as high as cuts.
    """

    def __init__(self, min_score: float, ratio: float | None) -> None:
        self._min_score, self._ratio = min_score, ratio
        self._scores = array("d")
        self._brightness = array("d")
        self._last: NDArray[np.uint8] | None = None

    @property
    def scores(self) -> NDArray[np.float64]:
        """The score of every frame so far, shape (n,)."""
        return np.array(self._scores)

    def feed(self, pixels: NDArray[np.uint8], brightness: float) -> None:
        """Take the next frame, RGB (height, width, 3), and its mean."""
        lifted = cv2.convertScaleAbs(pixels, alpha=(255 - LIFT) / 255, beta=LIFT)
        picture = np.asarray(cv2.cvtColor(lifted, cv2.COLOR_RGB2HSV), np.uint8)
        hue, saturation, value, _ = (
            (0.0, 0.0, 0.0, 0.0) if self._last is None else cv2.mean(cv2.absdiff(picture, self._last))
        )
        by_hue, by_saturation, by_value = WEIGHTS
        weighted = (by_hue * hue + by_saturation * saturation + by_value * value) / sum(WEIGHTS)
        self._scores.append(max(weighted, BRIGHTNESS_ALONE * value))
        self._brightness.append(brightness)
        self._last = picture

    def steps(self, begin: int, end: int) -> list[int]:
        """Return the frames from `begin` until `end` that step as far as a cut, whatever their neighbours."""
        scores = np.array(self._scores[begin:end])
        return [
            begin + k for k in np.flatnonzero(scores >= self._min_score).tolist() if self._is_lit(begin + k)
        ]

    def cuts(self) -> list[tuple[int, float]]:
        """Return the frames after a cut, and margin / (margin + 1), the smaller multiple of a threshold."""
        margins = self.scores / self._min_score
        if self._ratio is not None:
            margins = np.minimum(margins, ratios_to_neighbours(self.scores) / self._ratio)
        found = np.flatnonzero(margins >= 1.0).tolist()
        return [(i, float(margins[i] / (margins[i] + 1.0))) for i in found if self._is_lit(i)]

    def _is_lit(self, index: int) -> bool:
        return max(self._brightness[max(index - 1, 0) : index + 1]) >= LIT


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
