"""Decoded pictures made small before they are turned into RGB."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import av
import cv2
import numpy as np
from av.video.reformatter import Interpolation, VideoReformatter
from numpy.typing import NDArray

FORMATS = ("yuv420p", "nv12")
"""The formats of pixels that are made small here: nearly all video has one, the other comes from GPUs."""

Size = tuple[int, int]
"""Width and height."""


class Reducer(ABC):
    """Makes pictures small, each of their planes for itself; subclasses say how."""

    def __init__(self, width: int, height: int) -> None:
        self.size = width, height
        self._small = av.VideoFrame(width, height, "yuv444p")
        self._planes = [_pixels(plane, width, height) for plane in self._small.planes]
        self._reformatter = VideoReformatter()
        self._ways: dict[tuple[str, int, int], list[Any] | None] = {}

    def __call__(self, picture: Any) -> NDArray[np.uint8] | None:
        """Return a small picture as RGB (height, width, 3); None where it cannot be made small here."""
        kind = picture.format.name, picture.width, picture.height
        if kind not in self._ways:
            self._ways[kind] = self._ways_of(picture)
        ways = self._ways[kind]
        if ways is None:
            return None
        for plane, way, small in zip(_planes(picture), ways, self._planes, strict=True):
            small[:] = self._reduce(plane, way)
        self._small.colorspace, self._small.color_range = picture.colorspace, picture.color_range
        return self._rgb()

    def _ways_of(self, picture: Any) -> list[Any] | None:
        """Return how each plane of such pictures is made small; None if one of them cannot be."""
        if picture.format.name not in FORMATS:
            return None
        ways = [self._way((plane.shape[1], plane.shape[0])) for plane in _planes(picture)]
        return None if None in ways else ways

    @abstractmethod
    def _way(self, size: Size) -> Any:
        """Return how a plane of this size is made small; None if there is no way."""

    @abstractmethod
    def _reduce(self, plane: NDArray[np.uint8], way: Any) -> NDArray[np.uint8]:
        """Return a plane made small."""

    def _rgb(self) -> NDArray[np.uint8]:
        """Return the small picture as FFmpeg's rgb24, bit for bit, by planes: in two thirds of the time."""
        picture = self._reformatter.reformat(
            self._small, format="gbrp", interpolation=Interpolation.FULL_CHR_H_INT, threads=1
        )
        green, blue, red = (_pixels(plane, *self.size) for plane in picture.planes)
        return np.asarray(cv2.merge((red, green, blue)), np.uint8)


def _planes(picture: Any) -> list[NDArray[np.uint8]]:
    """Return brightness and both colours; in NV12 the two colours take turns in one plane."""
    planes = picture.planes
    if len(planes) == 3:
        return [_pixels(plane, plane.width, plane.height) for plane in planes]
    brightness, colours = planes
    both = _pixels(colours, 2 * colours.width, colours.height)
    return [_pixels(brightness, brightness.width, brightness.height), both[:, ::2], both[:, 1::2]]


def _pixels(plane: Any, width: int, height: int) -> NDArray[np.uint8]:
    return np.frombuffer(plane, np.uint8).reshape(height, plane.line_size)[:, :width]
