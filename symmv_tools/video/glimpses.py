"""The last seconds of a video as tiny pictures, so that a frame can be judged by what comes after it."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

SIZE = (16, 9)
"""Columns and rows of a tiny picture. In more places motion hides a blend, in fewer it looks like one: of
8 x 5, 16 x 9 and 32 x 18 this found most and erred least."""

ALIKE = 0.5
"""Two pictures are alike if their distance is below this share of the step judged; .4 to .7 do as well."""


class Glimpses(NamedTuple):
    """Consecutive frames as tiny pictures.

    `time` is (n,), in seconds; `tiny` (n, 432), RGB from 0 to 255; `first` says which frame of the video
    stands at 0. Those from `begin` until `end` have their surroundings with them and can be judged.
    """

    first: int
    time: NDArray[np.float64]
    tiny: NDArray[np.float32]
    begin: int
    end: int


class Memory:
    """Gathers frames until those in the middle can be judged, and forgets them afterwards.

    Each frame can be judged once, and has those within `seconds` before and after it beside it then.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._first = 0
        self._judged = 0  # of those that are kept
        self._time: list[float] = []
        self._tiny: list[NDArray[np.uint8]] = []

    def feed(self, time: float, pixels: NDArray[np.uint8]) -> Glimpses | None:
        """Take the next frame, RGB (height, width, 3); return what can be judged, if it is worth a look."""
        self._time.append(time)
        self._tiny.append(np.asarray(cv2.resize(pixels, SIZE, interpolation=cv2.INTER_AREA), np.uint8))
        if time - self._time[self._judged] < 3 * self._seconds:
            return None
        return self._glimpses(int(np.searchsorted(self._time, time - self._seconds)))

    def rest(self) -> Glimpses | None:
        """Return what is left to be judged when the video is over."""
        return self._glimpses(len(self._time)) if self._judged < len(self._time) else None

    def _glimpses(self, end: int) -> Glimpses:
        tiny = np.stack(self._tiny).reshape(len(self._tiny), -1).astype(np.float32)
        found = Glimpses(self._first, np.array(self._time), tiny, self._judged, end)
        forget = int(np.searchsorted(found.time, found.time[end - 1] - self._seconds))
        del self._time[:forget], self._tiny[:forget]
        self._first, self._judged = self._first + forget, end - forget
        return found


def is_flash(glimpses: Glimpses, k: int, seconds: float) -> bool:
    """Whether the step into the frame at `k` is undone: the picture before it is seen again.

    It is if one of the frames before it and one from it on lie within `seconds` and are alike. So a flash, a
    spark and a damaged frame are no cuts, and neither is a shot that lasts less than `seconds`.
    """
    time, tiny = glimpses.time, glimpses.tiny
    step = float(np.linalg.norm(tiny[k] - tiny[k - 1]))
    before = np.arange(np.searchsorted(time, time[k] - seconds), k)
    after = np.arange(k, np.searchsorted(time, time[k] + seconds))
    apart = np.linalg.norm(tiny[before, None] - tiny[None, after], axis=2)  # (before, after)
    is_near = time[after][None] - time[before][:, None] <= seconds
    return bool((apart[is_near] < ALIKE * step).any())
