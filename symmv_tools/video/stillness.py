"""Whether anything moves: photos, slideshows, slow zooms, black bars, and visualisers over a still picture.

A film is told from photos by what moves *in* it: no shift, zoom or turn of the whole picture explains the
change, and it is no transition either, which is short and ends at another picture. All numbers are chosen by
us; how far apart films and photos lie stands in docs/reference/benchmarks.md, "Screen".
"""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from symmv_tools.video.backdrop import WHOLE, Backdrop
from symmv_tools.video.change import Change, change_between, comparable, is_another, small
from symmv_tools.video.screen import StillnessStatistics

LOOK_BACK = 4
"""Pictures back to which a change is compared where one step is too small to see what moved."""

TRANSITION_SECONDS = 2.0
"""A change that lasts no longer and ends at another picture is a transition from slide to slide."""

MIN_PIXELS = 8
"""Rows and columns that are left of a picture, however large its black bars."""


class _Seen(NamedTuple):
    """A picture as it came, and what is compared of it."""

    pixels: NDArray[np.uint8]
    inside: NDArray[np.float32]


class Stillness:
    """Takes small pictures of one video in order, some tenths of a second apart, and tells how it moves."""

    def __init__(self) -> None:
        self._first = self._time = 0.0
        self._recent: deque[_Seen] = deque(maxlen=LOOK_BACK)
        self._run: tuple[float, NDArray[np.uint8]] | None = None  # since when it moves, and what was shown
        self._seconds = dict.fromkeys(Change, 0.0)
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
        seen = _Seen(pixels, comparable(picture) if self._box == WHOLE else self._inside(pixels))
        if self._recent:
            change = change_between(self._recent[-1].inside, seen.inside, self._recent[0].inside)
            self._take(change, time - self._time)
        self._time = time
        self._recent.append(seen)

    def _leave_bars(self, backdrop: Backdrop) -> None:
        """Compare only what has not been black in all pictures so far: bars never move."""
        box = backdrop.box()
        if box != self._box:
            self._box = box
            again = (_Seen(seen.pixels, self._inside(seen.pixels)) for seen in self._recent)
            self._recent = deque(again, LOOK_BACK)

    def _inside(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        top, bottom, left, right = self._box
        rows, columns = (
            slice(int(start * n), max(int(start * n) + MIN_PIXELS, int(np.ceil(end * n))))
            for start, end, n in ((top, bottom, pixels.shape[0]), (left, right, pixels.shape[1]))
        )
        return comparable(small(pixels[rows, columns]))

    def _take(self, change: Change, seconds: float) -> None:
        if change is Change.MOVING:
            self._run = self._run or (self._time, self._recent[-1].pixels)
            return
        self._seconds[change] += seconds
        self._end_run()

    def _end_run(self) -> None:
        """Book the motion that ends with the last picture: as motion, or as a transition."""
        if self._run is None:
            return
        (since, before), self._run = self._run, None
        is_short = self._time - since <= TRANSITION_SECONDS
        if is_short and is_another(self._inside(before), self._recent[-1].inside):
            self._transitions += 1
        else:
            self._seconds[Change.MOVING] += self._time - since

    def finish(self) -> StillnessStatistics:
        """Return the statistics; of no picture or a single one, those of a photo."""
        self._end_run()
        total = self._time - self._first
        shares = {change: seconds / total if total else 0.0 for change, seconds in self._seconds.items()}
        backdrop = self._backdrop or Backdrop((0, 0))
        return StillnessStatistics(
            seconds=total,
            still_share=shares[Change.STILL] if total else 1.0,
            rigid_share=shares[Change.RIGID],
            moving_share=shares[Change.MOVING],
            pictures=1.0 + self._transitions,
            **backdrop.finish()._asdict(),
        )
