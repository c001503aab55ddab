"""Whether anything moves: photos, slideshows, slow zooms, black bars, and visualisers over a still picture.

A film is told from photos by what moves *in* it: no shift, zoom or turn of the whole pictures beside it
explains a picture, and no cut, fade or dissolve either (`video/mix.py`).
"""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from symmv_tools.video.backdrop import WHOLE, Backdrop
from symmv_tools.video.change import Change, change_around
from symmv_tools.video.comparable import Comparable, comparable, small
from symmv_tools.video.screen import StillnessStatistics

MIN_PIXELS = 8
"""Rows and columns that are left of a picture, however large its black bars."""


class _Seen(NamedTuple):
    """When a picture came, as it came, and what is compared of it."""

    time: float
    pixels: NDArray[np.uint8]
    inside: Comparable


class Stillness:
    """Takes small pictures of one video in order, some tenths of a second apart, and tells how it moves."""

    def __init__(self) -> None:
        self._first = self._time = 0.0
        self._recent: deque[_Seen] = deque(maxlen=3)
        self._seconds = dict.fromkeys(Change, 0.0)
        self._last = Change.STILL
        self._transitions = 0
        self._backdrop: Backdrop | None = None
        self._box = WHOLE

    def feed(self, time: float, pixels: NDArray[np.uint8]) -> None:
        """Take the next picture: its time in seconds, RGB uint8 (height, width, 3)."""
        picture = small(pixels)
        if self._backdrop is None:
            self._first, self._backdrop = time, Backdrop(picture.shape)
        self._backdrop.feed(picture)
        self._leave_bars(self._backdrop)
        inside = comparable(picture) if self._box == WHOLE else self._inside(pixels)
        self._time = time
        self._recent.append(_Seen(time, pixels, inside))
        if len(self._recent) == 3:
            self._take(*self._recent)

    def _leave_bars(self, backdrop: Backdrop) -> None:
        """Compare only what has not been black in all pictures so far: bars never move."""
        box = backdrop.box()
        if box != self._box:
            self._box = box
            self._recent = deque((s._replace(inside=self._inside(s.pixels)) for s in self._recent), maxlen=3)

    def _inside(self, pixels: NDArray[np.uint8]) -> Comparable:
        top, bottom, left, right = self._box
        rows, columns = (
            slice(int(start * n), max(int(start * n) + MIN_PIXELS, int(np.ceil(end * n))))
            for start, end, n in ((top, bottom, pixels.shape[0]), (left, right, pixels.shape[1]))
        )
        return comparable(small(pixels[rows, columns]))

    def _take(self, before: _Seen, picture: _Seen, after: _Seen) -> None:
        """Book the time around a picture: halfway back and halfway on."""
        change = change_around(before.inside, picture.inside, after.inside)
        self._seconds[change] += (after.time - before.time) / 2
        if change is Change.TRANSITION and self._last is not Change.TRANSITION:
            self._transitions += 1
        self._last = change

    def finish(self) -> StillnessStatistics:
        """Return the statistics; of fewer than three pictures, those of a photo."""
        total = sum(self._seconds.values())
        shares = {change: seconds / total if total else 0.0 for change, seconds in self._seconds.items()}
        backdrop = self._backdrop or Backdrop((0, 0))
        return StillnessStatistics(
            seconds=self._time - self._first,
            still_share=shares[Change.STILL] if total else 1.0,
            rigid_share=shares[Change.RIGID],
            moving_share=shares[Change.MOVING],
            pictures=1.0 + self._transitions,
            **backdrop.finish()._asdict(),
        )
