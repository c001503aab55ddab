"""How much of a picture no mix of others explains, each of them moved as a whole.

Photos are shifted, turned and zoomed as a whole, they fade, are cut, and are blended into each other. In all
of these a picture is a mix of the one before it and the one after it, each moved as a whole: half of either
amid a zoom or a dissolve, all of one and nothing of the other beside a cut. What no such mix comes near has
moved by itself: a hand is where it was in neither picture.

The mix is found by damped Gauss-Newton steps for both moves and both shares at once: Lucas and Kanade's
registration (1981), of two pictures instead of one. Pixels count less the worse they fit (Geman and McClure's
weights), for else what moves by itself drags the picture along. Even the right mix errs where brightness is
steep, in proportion to the slope, and a zoomed photo has such seams everywhere: so a pixel may be off by what
a third of a pixel's misplacement makes (`Comparable.leeway`). All numbers are chosen by us; how far apart
films and photos lie stands in docs/reference/benchmarks.md, "Screen".
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from symmv_tools.video.comparable import CHANGED, Array, Comparable

Moves = NDArray[np.float64]
"""(n, 4): how far n pictures move to the right and down, in widths, and zoom and turn about their middle."""

STEPS = (3, 2)
"""Steps towards the best mix, on pictures of half the size and then of the whole."""

LONGEST_STEP = 2.0
"""Pixels that one of them may move a picture, at most."""

DAMPING = 0.3
"""What holds a step back where the pictures say nothing, in squared levels a pixel."""

ENOUGH = 0.002
"""Nothing is moved where the mix of the pictures as they are leaves no more than this share."""


def unexplained(picture: Comparable, others: Sequence[Comparable]) -> float:
    """Share of a picture that differs from every mix of the others, each moved as a whole, and dimmed.

    The search begins where the others are: what moves by more than some tenth of the picture is not found.
    """
    moves = np.zeros((len(others), 4))
    in_place = _left(picture, others, moves)
    if in_place <= ENOUGH:
        return in_place
    moves = _closer(picture.halved, [other.halved for other in others], moves, STEPS[0])
    moves = _closer(picture.whole, [other.whole for other in others], moves, STEPS[1])
    return min(in_place, _left(picture, others, moves))


def _closer(picture: Array, others: Sequence[Array], moves: Moves, steps: int) -> Moves:
    """Take some steps from these moves towards the best: shares alone first, then all at once."""
    target, n = picture[..., 0].ravel(), len(others)
    trust = np.ones_like(target)
    for _ in range(steps):
        laid, inside = _laid_all(others, moves)
        columns = _mixed(laid)
        shares = _solved(columns, target, inside * trust)
        trust = _trust(target - shares @ columns)
        slopes = [
            share * slope for share, one in zip(shares, laid, strict=False) for slope in _slopes(one, picture)
        ]
        columns = np.concatenate([columns, slopes])
        found = _solved(columns, target, inside * trust)
        trust = _trust(target - found @ columns)
        step = np.clip(found[n + 1 :].reshape(n, 4), -LONGEST_STEP, LONGEST_STEP)
        moves = moves + step / picture.shape[1]
    return moves


def _left(picture: Comparable, others: Sequence[Comparable], moves: Moves) -> float:
    """Share of the pixels that the best mix of the others, so moved, leaves farther off than they may be.

    1 if most of the picture has left the frame.
    """
    target = picture.brightness.ravel()
    laid, inside = _laid_all([other.whole for other in others], moves)
    if inside.mean() < 0.5:
        return 1.0
    columns, off = _mixed(laid), np.zeros_like(target)
    for _ in range(3):
        off = target - _solved(columns, target, inside * _trust(off)) @ columns
    return np.count_nonzero((np.abs(off) > picture.leeway.ravel()) & inside) / np.count_nonzero(inside)


def _solved(columns: Array, target: Array, weights: Array) -> Array:
    """Return the factors (k,) of `columns` (k, pixels) that give `target` best, by damped least squares."""
    weighted = columns * weights
    normal = (weighted @ columns.T).astype(np.float64)
    normal[np.diag_indices(len(normal))] += DAMPING * max(float(weights.sum()), 1.0)
    return np.linalg.solve(normal, (weighted @ target).astype(np.float64)).astype(np.float32)


def _trust(off: Array) -> Array:
    """How much a pixel counts that is so far off: 1 at 0, a quarter at CHANGED."""
    return np.asarray((1.0 + (off / np.float32(CHANGED)) ** 2) ** -2, np.float32)


def _laid_all(images: Sequence[Array], moves: Moves) -> tuple[list[Array], NDArray[np.bool_]]:
    """Return the images, moved, (4, pixels) each, and which pixels (pixels,) come from inside all of them."""
    laid = [_laid(image, move) for image, move in zip(images, moves, strict=True)]
    return laid, np.logical_and.reduce([one[3] > 0.99 for one in laid])


def _mixed(laid: Sequence[Array]) -> Array:
    """Return what a mix is made of (n + 1, pixels): the brightness of each image, and an even one."""
    return np.stack([*(one[0] for one in laid), np.ones_like(laid[0][0])])


def _laid(image: Array, move: NDArray[np.float64]) -> Array:
    """Return an image's four channels, moved, (4, pixels); the last is 1 where they come from inside it."""
    if not move.any():
        return image.reshape(-1, 4).T
    height, width = image.shape[:2]
    right, down, zoom, turn = move
    x, y = (width - 1) / 2, (height - 1) / 2
    matrix = np.array(
        [
            [1 + zoom, -turn, width * right - zoom * x + turn * y],
            [turn, 1 + zoom, width * down - zoom * y - turn * x],
        ]
    )
    moved = cv2.warpAffine(image, matrix, (width, height), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
    return np.asarray(moved, np.float32).reshape(-1, 4).T


def _slopes(laid: Array, picture: Array) -> tuple[Array, Array, Array, Array]:
    """How brightness changes as the image moves by a pixel right or down, zooms or turns."""
    x, y = _grid(picture.shape[0], picture.shape[1])
    right, down = laid[1], laid[2]
    return right, down, right * x + down * y, down * x - right * y


@lru_cache(maxsize=16)
def _grid(height: int, width: int) -> tuple[Array, Array]:
    """Place of every pixel to the right of and below the middle, in widths, (pixels,) each."""
    y, x = np.mgrid[:height, :width].astype(np.float32)
    return ((x - (width - 1) / 2) / width).ravel(), ((y - (height - 1) / 2) / width).ravel()
