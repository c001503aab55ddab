"""Single pixels of a large picture, picked before FFmpeg turns them into RGB.

libswscale's POINT scaling goes through whole rows; where the pixels it takes lie at even distances (720, 1080
and 360 rows to 90, most others not), numpy picks the same ones in half of the time. Bit for bit the same: a
test compares.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

PLANAR = "yuv420p"
"""The only format of pixels that is picked here: nearly all video has it."""


class PointSampler:
    """Picks the pixels of pictures that a picture of `width` x `height` needs."""

    def __init__(self, width: int, height: int) -> None:
        self._small = av.VideoFrame(width, height, "yuv444p")
        self._planes = [_pixels(plane, width, height) for plane in self._small.planes]

    def __call__(self, picture: Any) -> Any:
        """Return a small picture, good until the next call; or `picture` as it came, where it will not do."""
        if picture.format.name != PLANAR:
            return picture
        target = (self._small.width, self._small.height)
        places = [_places(plane.width, plane.height, *target) for plane in picture.planes]
        if any(place is None for place in places):
            return picture
        for plane, place, small in zip(picture.planes, places, self._planes, strict=True):
            small[:] = _pixels(plane, plane.width, plane.height)[place]
        self._small.colorspace, self._small.color_range = picture.colorspace, picture.color_range
        return self._small


def _pixels(plane: Any, width: int, height: int) -> NDArray[np.uint8]:
    return np.frombuffer(plane, np.uint8).reshape(height, plane.line_size)[:, :width]


@lru_cache(maxsize=64)
def _places(width: int, height: int, to_width: int, to_height: int) -> tuple[slice, slice] | None:
    """Return which rows and columns POINT takes; None if they do not lie at even distances."""
    rows, columns = _even(height, to_height), _even(width, to_width)
    return (rows, columns) if rows and columns else None


def _even(source: int, target: int) -> slice | None:
    """Return the places that libswscale's `initFilter` gives POINT, in its 16 bits after the point."""
    step = ((source << 16) + (target >> 1)) // target
    places = ((step >> 1) + np.arange(target) * step) >> 16
    apart = np.diff(places)
    if len(apart) == 0 or (apart != apart[0]).any() or apart[0] == 0:
        return None
    return slice(int(places[0]), int(places[-1]) + 1, int(apart[0]))
