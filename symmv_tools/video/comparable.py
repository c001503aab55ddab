"""Pictures made small and blurred, so that two of them can be compared pixel by pixel.

All numbers are chosen by us; see docs/reference/benchmarks.md, "Screen".
"""

from __future__ import annotations

from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]

SMALL_SIDE, SIDE = 96, 64
"""Pixels on the longer side of what `small` returns, and of what is compared."""

BLUR = 0.8
"""Pixels (standard deviation): takes the edge off coding noise."""

CHANGED, MISPLACED = 8.0, 0.35
"""A pixel has changed if its brightness differs by this much, of 255, and by more than so many pixels of
misplacement make of the steepest slope beside it."""


class Comparable(NamedTuple):
    """A picture as it is compared: brightness 0 to 255 (height, width), at most SIDE on its longer side.

    `leeway` (height, width) is how far a pixel may be off and still pass for misplaced. `halved` and `whole`
    are images of four channels, at half and at full size: brightness, its slope to the right and down, and 1.
    """

    brightness: Array
    leeway: Array
    halved: Array
    whole: Array


def small(pixels: NDArray[np.uint8]) -> Array:
    """Brightness of an RGB picture, 0 to 255: at most SMALL_SIDE on its longer side, at least 8 on each."""
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    return _shrunk(grey, SMALL_SIDE).astype(np.float32)


def comparable(picture: Array) -> Comparable:
    """Return a picture of `small` as it is compared."""
    blurred = np.asarray(cv2.GaussianBlur(_shrunk(picture, SIDE), (0, 0), BLUR), np.float32)
    whole = _with_slopes(blurred)
    steepest = cv2.dilate(cv2.magnitude(whole[..., 1], whole[..., 2]), np.ones((3, 3), np.uint8))
    leeway = np.asarray(CHANGED + MISPLACED * steepest, np.float32)
    return Comparable(blurred, leeway, _with_slopes(_shrunk(blurred, max(blurred.shape) // 2)), whole)


def _shrunk(picture: NDArray[Any], side: int) -> NDArray[Any]:
    """A picture of one channel, averaged: at most `side` on its longer side, at least 8 on each."""
    height, width = picture.shape
    scale = min(1.0, side / max(height, width))
    size = (max(8, round(width * scale)), max(8, round(height * scale)))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA))


def _with_slopes(picture: Array) -> Array:
    right, down = (cv2.Sobel(picture, -1, *axis, scale=1 / 8) for axis in ((1, 0), (0, 1)))
    return np.asarray(cv2.merge([picture, right, down, np.ones_like(picture)]), np.float32)
