"""Single pixels of a large picture, picked before FFmpeg turns them into RGB.

libswscale's POINT scaling goes through whole rows; where the pixels it takes lie at even distances (720, 1080
and 360 rows to 90, most others not), numpy picks the same ones in half of the time. Bit for bit the same: a
test compares.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from symmv_tools.io.reducing import Reducer, Size


class PointSampler(Reducer):
    """Picks the pixels of pictures that a picture of `width` x `height` needs."""

    def _way(self, size: Size) -> tuple[slice, slice] | None:
        return _places(size, self.size)

    def _reduce(self, plane: NDArray[np.uint8], way: tuple[slice, slice]) -> NDArray[np.uint8]:
        return plane[way]


def _places(source: Size, target: Size) -> tuple[slice, slice] | None:
    """Return which rows and columns POINT takes; None if they do not lie at even distances."""
    columns, rows = (_even(before, after) for before, after in zip(source, target, strict=True))
    return (rows, columns) if rows and columns else None


def _even(source: int, target: int) -> slice | None:
    """Return the places that libswscale's `initFilter` gives POINT, in its 16 bits after the point."""
    step = ((source << 16) + (target >> 1)) // target
    places = ((step >> 1) + np.arange(target) * step) >> 16
    apart = np.diff(places)
    if len(apart) == 0 or (apart != apart[0]).any() or apart[0] == 0:
        return None
    return slice(int(places[0]), int(places[-1]) + 1, int(apart[0]))
