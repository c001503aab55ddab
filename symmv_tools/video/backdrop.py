"""What every pixel of a video shows over time: black bars, its background, and what stands before that.

All numbers are chosen by us; see docs/reference/benchmarks.md, "Screen".
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

BLACK = 28.0
"""A row or column that never has a pixel brighter than this, of 255, is a black bar."""

LEVELS = 64
"""Steps of brightness in which pixels are counted over time, each 4 of 255 wide; a background is 3 wide."""

KEPT = 128
"""Pictures kept to see where things stand before the background; when there are more, every second goes."""

CONSTANT = 0.95
"""A pixel stays as it is if it shows its background for this share of the time."""

BEFORE = 8.0
"""Something stands before a pixel's background if its brightness differs from it by this much, of 255."""


class Box(NamedTuple):
    """What lies within the black bars, as shares of the height and of the width."""

    top: float
    bottom: float
    left: float
    right: float


WHOLE = Box(0.0, 1.0, 0.0, 1.0)


class Summary(NamedTuple):
    """Four of the `video.screen.StillnessStatistics`, which says what they are."""

    picture_area: float
    constant_area: float
    background_share: float
    spread: float


class Backdrop:
    """Takes pictures (height, width) of one shape, brightness 0 to 255, and counts what each pixel shows."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        self._levels = np.zeros((int(np.prod(shape)), LEVELS), np.uint32)
        self._every = np.arange(len(self._levels))
        self._brightest = np.zeros(shape, np.float32)
        self._kept: list[NDArray[np.float32]] = []
        self._stride = 1
        self._count = 0

    def feed(self, picture: NDArray[np.float32]) -> None:
        """Take the next picture."""
        self._levels[self._every, (picture.ravel() * (LEVELS / 256)).astype(int)] += 1
        np.maximum(self._brightest, picture, out=self._brightest)
        if self._count % self._stride == 0:
            self._kept.append(picture)
        self._count += 1
        if len(self._kept) > KEPT:
            self._kept, self._stride = self._kept[::2], 2 * self._stride

    def box(self) -> Box:
        """Return what lies within the black bars so far; of a black video, the whole."""
        is_lit = self._brightest > BLACK
        rows, columns = (np.flatnonzero(is_lit.any(axis=axis)) for axis in (1, 0))
        if not len(rows):
            return WHOLE
        height, width = is_lit.shape
        return Box(rows[0] / height, (rows[-1] + 1) / height, columns[0] / width, (columns[-1] + 1) / width)

    def finish(self) -> Summary:
        """Return the statistics; of a black video, or none, the picture has no area and is constant."""
        inside = self._inside()
        if not inside.any():
            return Summary(0.0, 1.0, 1.0, 0.0)
        around = np.pad(self._levels, ((0, 0), (1, 1)))
        windows = around[:, :-2] + around[:, 1:-1] + around[:, 2:]
        share = (windows.max(axis=1) / self._count).reshape(inside.shape)
        background = ((windows.argmax(axis=1) + 0.5) * (256 / LEVELS)).reshape(inside.shape)
        changing = inside & (share < CONSTANT)
        area, constant = float(inside.mean()), 1.0 - float(changing.sum() / inside.sum())
        if not changing.any():
            return Summary(area, constant, 1.0, 0.0)
        return Summary(area, constant, float(np.median(share[changing])), self._spread(changing, background))

    def _spread(self, changing: NDArray[np.bool_], background: NDArray[np.float64]) -> float:
        """Share of the changing columns in which something stands before the background; median picture."""
        shown = np.stack([(np.abs(picture - background) > BEFORE) & changing for picture in self._kept])
        clearly = shown.mean(axis=0) > 1.0 - CONSTANT  # the rest is coding noise
        columns = clearly.sum(axis=0) >= 2
        if not columns.any():
            return 0.0
        return float(np.median((shown & clearly).any(axis=1)[:, columns].mean(axis=1)))

    def _inside(self) -> NDArray[np.bool_]:
        """Which pixels lie within the black bars."""
        is_lit = self._brightest > BLACK
        rows, columns = (np.asarray(is_lit.any(axis=axis), bool) for axis in (1, 0))
        return _filled(rows)[:, None] & _filled(columns)


def _filled(marks: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Mark everything from the first mark to the last."""
    filled: NDArray[np.bool_] = np.logical_or.accumulate(marks) & np.logical_or.accumulate(marks[::-1])[::-1]
    return filled
