"""A contact sheet: a handful of small pictures, evenly spread over a video of unknown length."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

HEIGHT = 90
"""Pixels; with QUALITY some 4 kB a picture. Both are chosen by us."""

QUALITY = 80
"""Of JPEG, 0 to 100."""


class ContactSheet:
    """Takes the pictures of one video in order and keeps at most `count` of them.

    Until the end it holds every n-th of them, n being a power of two, fewer than four times `count`.
    """

    def __init__(self, count: int) -> None:
        self._count = count
        self._kept: list[tuple[float, NDArray[np.uint8]]] = []
        self._stride = 1
        self._seen = 0

    def __len__(self) -> int:
        return len(self._kept)

    def feed(self, time: float, pixels: NDArray[np.uint8]) -> None:
        """Take the next picture: its time in seconds, RGB (height, width, 3)."""
        if self._seen % self._stride == 0:
            self._kept.append((time, _small(pixels)))
        self._seen += 1
        if len(self._kept) == 4 * self._count:
            self._kept = self._kept[::2]
            self._stride *= 2

    def as_group(self) -> dict[str, Any]:
        """Return `time` and `value`, the pictures as JPEG files; each is the middle of an equal part."""
        n = min(self._count, len(self._kept))
        chosen = [self._kept[int((i + 0.5) * len(self._kept) / n)] for i in range(n)]
        return {"time": [time for time, _ in chosen], "value": [_jpeg(pixels) for _, pixels in chosen]}


def _small(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    height, width = pixels.shape[:2]
    scale = min(1.0, HEIGHT / height)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)


def _jpeg(pixels: NDArray[np.uint8]) -> bytes:
    _, encoded = cv2.imencode(".jpg", pixels[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    return encoded.tobytes()
