"""What happened between two pictures: nothing, a shift of the whole, or something that moves by itself.

All numbers are chosen by us; how far apart films and photos lie stands in docs/reference/benchmarks.md,
"Screen".
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

import cv2
import numpy as np
from numpy.typing import NDArray

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

ANOTHER_SHARE = 0.15
"""It is another picture if at least this share of the pixels differs even once one is laid on the other."""

STEPS, GAIN = 30, 1e-4
"""Laying one picture on another takes so many steps at most, and ends when one brings less correlation.
Ten times GAIN saves a fifth of what stillness costs, and lost one of 78 clips nobody had seen."""


FEW_STEPS, MUCH = 6, 0.2
"""Most pairs are clear before STEPS: if so many of them leave this share of the pixels, or half of what is
rigid. Of 938 pairs of photos that all STEPS call rigid one left more (.81; the next .08), of 1,411 others 5,
credits and lyrics that roll, which is no loss. Fewer pixels instead of fewer steps were worse: with half of
the rows, the share left did not tell drifting photos from films."""


class Change(Enum):
    """What happened between two pictures."""

    STILL = "still"
    RIGID = "rigid"
    MOVING = "moving"


def small(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Brightness of an RGB picture, at most SIDE on its longer side and at least 8 on each, 0 to 255."""
    height, width = pixels.shape[:2]
    scale = min(1.0, SIDE / max(height, width))
    size = (max(8, round(width * scale)), max(8, round(height * scale)))
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    return cv2.resize(grey, size, interpolation=cv2.INTER_AREA).astype(np.float32)


def comparable(picture: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return a picture of `small`, blurred: what the other functions here take."""
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), BLUR), np.float32)


def change_between(
    before: NDArray[np.float32], after: NDArray[np.float32], long_before: NDArray[np.float32] | None = None
) -> Change:
    """Say what happened between two `comparable` pictures; a fade of the whole picture counts as rigid.

    `long_before` is asked where the change is so small that it could be a very slow zoom as well as
    something small that moves.
    """
    changed = float(np.mean(np.abs(before - after) > CHANGED))
    if changed <= STILL_SHARE:
        return Change.STILL
    unexplained = max(STILL_SHARE, EXPLAINED * changed)
    enough = min(unexplained, RIGID_SHARE) / 2
    left, pixels = _once_in_place(before, after, enough)
    if left > RIGID_SHARE:
        return Change.MOVING
    if pixels < MOVED_PIXELS and left > unexplained and long_before is not None:
        left, pixels = _once_in_place(long_before, after, enough)
    is_explained = pixels >= MOVED_PIXELS or left <= unexplained
    return Change.RIGID if left <= RIGID_SHARE and is_explained else Change.MOVING


def is_another(before: NDArray[np.float32], after: NDArray[np.float32]) -> bool:
    """Whether two `comparable` pictures show different things, whatever moved or faded as a whole."""
    left, _ = _once_in_place(before, after, parts=(STEPS,))
    return left >= ANOTHER_SHARE


def _once_in_place(
    a: NDArray[np.float32],
    b: NDArray[np.float32],
    enough: float = 0.0,
    parts: Sequence[int] = (FEW_STEPS, STEPS - FEW_STEPS),
) -> tuple[float, float]:
    """Lay `b` on `a` by the best affine map, and dim it alike.

    Returns the share of the pixels that differ still, and how far the map moves the farthest corner, in
    pixels; without such a map, 1 and 0. The steps are taken in `parts`; after one of them that leaves
    `enough` or less, or MUCH, no more are.
    """
    motion = np.eye(2, 3, dtype=np.float32)
    for steps in parts:
        try:
            motion = _aligned(a, b, motion, steps)
        except cv2.error:  # it does not converge: no such map is near
            return 1.0, 0.0
        left = _left(a, b, motion)
        if not enough < left < MUCH:
            break
    return left, _farthest_corner(motion, (a.shape[1], a.shape[0]))


def _aligned(
    a: NDArray[np.float32], b: NDArray[np.float32], motion: NDArray[np.float32], steps: int
) -> NDArray[np.float32]:
    """Take some steps from `motion` (2, 3) towards the affine map that lays `b` on `a`.

    By the enhanced correlation coefficient of Evangelidis and Psarakis (2008), blind to gain and offset.
    Raises cv2.error where no such map is near.
    """
    stop = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, steps, GAIN)
    everywhere = np.full(a.shape, 255, np.uint8)
    _, found = cv2.findTransformECC(a, b, motion, cv2.MOTION_AFFINE, stop, everywhere, 3)
    return np.asarray(found, np.float32)


def _left(a: NDArray[np.float32], b: NDArray[np.float32], motion: NDArray[np.float32]) -> float:
    """Share of the pixels that differ once `motion` has laid `b` on `a`; 1 if most of it falls outside."""
    size, how = (a.shape[1], a.shape[0]), cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    laid = np.asarray(cv2.warpAffine(b, motion, size, flags=how), np.float32)
    inside = np.asarray(cv2.warpAffine(np.ones_like(b), motion, size, flags=how)) > 0.99
    return _differing(laid[inside], a[inside]) if inside.mean() >= 0.5 else 1.0


def _differing(x: NDArray[np.float32], y: NDArray[np.float32]) -> float:
    """Share of the pixels that differ once `x` has the contrast and brightness of `y` that fit best."""
    x, y = x - x.mean(), y - y.mean()
    gain = float(x @ y) / max(float(x @ x), 1e-6 * len(x))
    return np.count_nonzero(np.abs(gain * x - y) > CHANGED) / len(x)


def _farthest_corner(motion: NDArray[np.float32], size: tuple[int, int]) -> float:
    """How far an affine map (2, 3) moves a corner of a picture of `size` (width, height), at most."""
    width, height = size
    corners = np.array([[0, width, 0, width], [0, 0, height, height], [1, 1, 1, 1]])
    return float(np.abs(motion @ corners - corners[:2]).max())
