"""Means of squares of pixels of a large picture, taken before it is turned into RGB.

Where both sides of a picture are divided by one whole number (720, 1080, 360 and 2160 rows to 180), OpenCV
takes the means of its planes in a third of the time that libswscale's AREA takes for the picture. Halves are
taken first, each rounded for itself: two of them brighten a picture by a quarter of a level of 255.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from symmv_tools.io.reducing import Reducer, Size

MOST = 16
"""Of more pixels a side no means are taken here: every halving rounds."""


class PlaneAverager(Reducer):
    """Averages the planes of pictures that are a whole number of times `width` x `height`."""

    def _way(self, size: Size) -> tuple[Size, ...] | None:
        return _steps(size, self.size)

    def _reduce(self, plane: NDArray[np.uint8], way: tuple[Size, ...]) -> NDArray[np.uint8]:
        for size in way:
            plane = np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_AREA), np.uint8)
        return plane


def _steps(source: Size, target: Size) -> tuple[Size, ...] | None:
    """Return the sizes that a plane goes through; None if its sides are not divided by one whole number."""
    times = source[0] // target[0]
    if source != (times * target[0], times * target[1]) or not 1 <= times <= MOST:
        return None
    steps = []
    while times > 1:
        times //= 2 if times % 2 == 0 else times
        steps.append((times * target[0], times * target[1]))
    return tuple(steps)
