"""Whether anything moves: photos, slideshows, slow zooms, black bars, and visualisers over a still picture.

A film is told from photos by what moves *in* it: no shift, zoom or turn of the whole picture explains the
change, and it is no transition either, which is short and ends at another picture. All numbers are chosen by
us; how far apart films and photos lie stands in docs/reference/benchmarks.md, "Screen".
"""

from __future__ import annotations

from collections import deque
from enum import Enum

import cv2
import numpy as np
from numpy.typing import NDArray

from symmv_tools.video.screen import StillnessStatistics

SIDE = 96
"""Pixels on the longer side of the pictures that are compared."""

BLUR = 0.8
"""Pixels (standard deviation): takes the edge off coding noise and off half a pixel of misplacement."""

CHANGED = 8.0
"""A pixel has changed if its brightness differs by this much, of 255."""

STILL_SHARE = 0.002
"""Nothing moved if at most this share of the pixels changed: 10 of 96 x 54."""

RIGID_SHARE, MOVED_PIXELS, EXPLAINED = 0.04, 0.4, 0.5
"""The picture moved as a whole if, once it is put back in place, at most the first share remains changed, and
that explains something: it moved a corner by so many pixels, or leaves at most such a part of what had
changed. A still scene in which something small moves stays in place, and its change remains."""

LOOK_BACK = 4
"""Pictures back to which a change is compared where one step is too small to see what moved."""

TRANSITION_SECONDS = 2.0
"""A change that lasts no longer and ends at another picture is a transition from slide to slide."""

ANOTHER_SHARE = 0.15
"""It is another picture if at least this share of the pixels differs even once one is laid on the other."""

BLACK = 28.0
"""A row or column that never has a pixel brighter than this, of 255, is a black bar."""

LEVELS = 64
"""Steps of brightness in which pixels are counted over time, each 4 of 255 wide."""

KEPT = 128
"""Pictures kept to see where things stand before the background; when there are more, every second goes."""

CONSTANT = 0.95
"""A pixel stays as it is if it shows its background for this share of the time."""


class Change(Enum):
    """What happened between two pictures."""

    STILL = "still"
    RIGID = "rigid"
    MOVING = "moving"


def small(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Brightness of an RGB picture, at most SIDE on its longer side, 0 to 255."""
    height, width = pixels.shape[:2]
    scale = min(1.0, SIDE / max(height, width))
    size = (max(8, round(width * scale)), max(8, round(height * scale)))
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    return cv2.resize(grey, size, interpolation=cv2.INTER_AREA).astype(np.float32)


def change_between(
    before: NDArray[np.float32], after: NDArray[np.float32], long_before: NDArray[np.float32] | None = None
) -> Change:
    """Say what happened between two pictures of `small`; a fade of the whole picture counts as rigid.

    `long_before` is asked where the change is so small that it could be a very slow zoom as well as
    something small that moves.
    """
    a, b = _blurred(before), _blurred(after)
    changed = float(np.mean(np.abs(a - b) > CHANGED))
    if changed <= STILL_SHARE:
        return Change.STILL
    left, pixels = _once_in_place(a, b)
    if left > RIGID_SHARE:
        return Change.MOVING
    if pixels < MOVED_PIXELS and left > max(STILL_SHARE, EXPLAINED * changed) and long_before is not None:
        left, pixels = _once_in_place(_blurred(long_before), b)
    is_explained = pixels >= MOVED_PIXELS or left <= max(STILL_SHARE, EXPLAINED * changed)
    return Change.RIGID if left <= RIGID_SHARE and is_explained else Change.MOVING


def is_another(before: NDArray[np.float32], after: NDArray[np.float32]) -> bool:
    """Whether two pictures of `small` show different things, whatever moved or faded as a whole."""
    left, _ = _once_in_place(_blurred(before), _blurred(after))
    return left >= ANOTHER_SHARE


def _blurred(picture: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), BLUR), np.float32)


def _once_in_place(a: NDArray[np.float32], b: NDArray[np.float32]) -> tuple[float, float]:
    """Lay `b` on `a` by the best affine map, and dim it alike.

    Returns the share of the pixels that differ still, and how far the map moves the farthest corner, in
    pixels; without such a map, 1 and 0.
    """
    motion = np.eye(2, 3, dtype=np.float32)
    stop = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 30, 1e-4)
    try:
        # Evangelidis and Psarakis (2008): enhanced correlation coefficient, blind to gain and offset
        everywhere = np.full(a.shape, 255, np.uint8)
        _, found = cv2.findTransformECC(a, b, motion, cv2.MOTION_AFFINE, stop, everywhere, 3)
    except cv2.error:  # it does not converge: no such map is near
        return 1.0, 0.0
    motion = np.asarray(found, np.float32)
    size, how = (a.shape[1], a.shape[0]), cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    laid = np.asarray(cv2.warpAffine(b, motion, size, flags=how), np.float32)
    inside = np.asarray(cv2.warpAffine(np.ones_like(b), motion, size, flags=how)) > 0.99
    if inside.mean() < 0.5:
        return 1.0, 0.0
    x, y = laid[inside], a[inside]
    gain = float(np.cov(x, y)[0, 1] / max(float(x.var()), 1e-6))
    left = float(np.mean(np.abs(gain * (x - x.mean()) + y.mean() - y) > CHANGED))
    return left, _farthest_corner(motion, size)


def _farthest_corner(motion: NDArray[np.float32], size: tuple[int, int]) -> float:
    """How far an affine map (2, 3) moves a corner of a picture of `size` (width, height), at most."""
    width, height = size
    corners = np.array([[0, width, 0, width], [0, 0, height, height], [1, 1, 1, 1]])
    return float(np.abs(motion @ corners - corners[:2]).max())


class Stillness:
    """Takes small pictures of one video in order, some tenths of a second apart, and tells how it moves."""

    def __init__(self) -> None:
        self._first = self._time = 0.0
        self._recent: deque[NDArray[np.uint8]] = deque(maxlen=LOOK_BACK)
        self._run: tuple[float, NDArray[np.uint8]] | None = None  # since when it moves, and what was shown
        self._seconds = dict.fromkeys(Change, 0.0)
        self._transitions = 0
        self._pixels: _PixelsOverTime | None = None

    def feed(self, time: float, pixels: NDArray[np.uint8]) -> None:
        """Take the next picture: its time in seconds, RGB uint8 (height, width, 3)."""
        picture = small(pixels)
        if self._pixels is None:
            self._first, self._pixels = time, _PixelsOverTime(picture.shape)
        self._pixels.feed(picture)
        if self._recent:
            before, after, long_before = self._without_bars(self._recent[-1], pixels, self._recent[0])
            self._take(change_between(before, after, long_before), time - self._time)
        self._time = time
        self._recent.append(pixels)

    def _without_bars(self, *pictures: NDArray[np.uint8]) -> list[NDArray[np.float32]]:
        """Pictures of `small`, without what has been black in all of them so far: bars never move."""
        assert self._pixels is not None
        top, bottom, left, right = self._pixels.box()
        height, width = pictures[0].shape[:2]
        rows = slice(int(top * height), max(int(top * height) + 8, int(np.ceil(bottom * height))))
        columns = slice(int(left * width), max(int(left * width) + 8, int(np.ceil(right * width))))
        return [small(picture[rows, columns]) for picture in pictures]

    def _take(self, change: Change, seconds: float) -> None:
        if change is Change.MOVING:
            self._run = self._run or (self._time, self._recent[-1])
            return
        self._seconds[change] += seconds
        self._end_run()

    def _end_run(self) -> None:
        """Book the motion that ends with the last picture: as motion, or as a transition."""
        if self._run is None:
            return
        (since, before), self._run = self._run, None
        is_short = self._time - since <= TRANSITION_SECONDS
        if is_short and is_another(*self._without_bars(before, self._recent[-1])):
            self._transitions += 1
        else:
            self._seconds[Change.MOVING] += self._time - since

    def finish(self) -> StillnessStatistics:
        """Return the statistics; of no picture or a single one, those of a photo."""
        self._end_run()
        total = self._time - self._first
        shares = {change: seconds / total if total else 0.0 for change, seconds in self._seconds.items()}
        area, constant, background, spread = self._pixels.finish() if self._pixels else (0.0, 1.0, 1.0, 0.0)
        return StillnessStatistics(
            seconds=total,
            still_share=shares[Change.STILL] if total else 1.0,
            rigid_share=shares[Change.RIGID],
            moving_share=shares[Change.MOVING],
            pictures=1.0 + self._transitions,
            picture_area=area,
            constant_area=constant,
            background_share=background,
            spread=spread,
        )


class _PixelsOverTime:
    """Counts what every pixel shows over time, and keeps some of the pictures."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        self._levels = np.zeros((int(np.prod(shape)), LEVELS), np.uint32)
        self._brightest = np.zeros(shape, np.float32)
        self._kept: list[NDArray[np.float32]] = []
        self._stride = 1
        self._count = 0

    def feed(self, picture: NDArray[np.float32]) -> None:
        step = (picture.ravel() * (LEVELS / 256)).astype(int)
        self._levels[np.arange(len(step)), step] += 1
        self._brightest = np.maximum(self._brightest, picture)
        if self._count % self._stride == 0:
            self._kept.append(picture)
        self._count += 1
        if len(self._kept) > KEPT:
            self._kept, self._stride = self._kept[::2], 2 * self._stride

    def finish(self) -> tuple[float, float, float, float]:
        """Return picture area, constant area, background share and spread."""
        inside = self._inside()
        if not inside.any():
            return 0.0, 1.0, 1.0, 0.0
        around = np.pad(self._levels, ((0, 0), (1, 1)))
        windows = around[:, :-2] + around[:, 1:-1] + around[:, 2:]
        share = (windows.max(axis=1) / self._count).reshape(inside.shape)
        background = ((windows.argmax(axis=1) + 0.5) * (256 / LEVELS)).reshape(inside.shape)
        changing = inside & (share < CONSTANT)
        constant = 1.0 - float(changing.sum() / inside.sum())
        if not changing.any():
            return float(inside.mean()), constant, 1.0, 0.0
        shown = float(np.median(share[changing]))
        return float(inside.mean()), constant, shown, self._spread(changing, background)

    def _spread(self, changing: NDArray[np.bool_], background: NDArray[np.float64]) -> float:
        """Share of the changing columns in which something stands before the background; median picture."""
        shown = np.stack([(np.abs(p - background) > CHANGED) & changing for p in self._kept])
        clearly = shown.mean(axis=0) > 1.0 - CONSTANT  # the rest is coding noise
        columns = clearly.sum(axis=0) >= 2
        if not columns.any():
            return 0.0
        return float(np.median((shown & clearly).any(axis=1)[:, columns].mean(axis=1)))

    def box(self) -> tuple[float, float, float, float]:
        """Top, bottom, left and right of what lies within the black bars so far, in shares, or the whole."""
        is_lit = self._brightest > BLACK
        if not is_lit.any():
            return 0.0, 1.0, 0.0, 1.0
        rows, columns = (np.flatnonzero(is_lit.any(axis=i)) for i in (1, 0))
        height, width = is_lit.shape
        return rows[0] / height, (rows[-1] + 1) / height, columns[0] / width, (columns[-1] + 1) / width

    def _inside(self) -> NDArray[np.bool_]:
        """Which pixels lie within the black bars."""
        inside = np.zeros(self._brightest.shape, bool)
        if (self._brightest > BLACK).any():
            height, width = inside.shape
            top, bottom, left, right = self.box()
            rows = slice(round(top * height), round(bottom * height))
            inside[rows, round(left * width) : round(right * width)] = True
        return inside
