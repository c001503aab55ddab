"""Which pictures of a video stand for its spans of time: some at even times, some per shot, some per count.

Samplers take frames as they come and hold on to two at most, so no video is ever in memory.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from itertools import count
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from symmv_tools.stage import Frame

_INSTANT = 1e-6  # seconds: times that are the same but for rounding


class Picture(NamedTuple):
    """A picture (h, w, 3) that stands for the `duration` seconds that begin at `time`."""

    time: float
    duration: float
    pixels: NDArray[np.uint8]


class Sampler(Protocol):
    """Chooses pictures from frames that come in order of time."""

    def feed(self, frame: Frame) -> list[Picture]:
        """Return the pictures that are known once this frame is."""

    def finish(self, end: float) -> list[Picture]:
        """Return the rest; `end` is the second at which the video is over."""


class Middles:
    """For each span the picture that is on the screen at its middle, as a player would show it.

    `spans` are (time, duration) in order of time, and may be endless: those that begin at or after the
    end of the video are not used, and one that reaches beyond it is cut there. A picture stays on the
    screen until the next; before the first one that one is shown.
    """

    def __init__(self, spans: Iterable[tuple[float, float]]) -> None:
        self._spans = iter(spans)
        self._next = next(self._spans, None)
        self._shown: Frame | None = None
        self._chosen: deque[Picture] = deque()  # spans whose middle has passed, but not their end

    def feed(self, frame: Frame) -> list[Picture]:
        """Return a picture for each span that has ended."""
        shown = self._shown or frame
        self._shown = frame
        while self._next is not None and self._next[0] + self._next[1] / 2 < frame.time - _INSTANT:
            self._choose(shown)
        ended = []
        while self._chosen and self._chosen[0].time + self._chosen[0].duration <= frame.time:
            ended.append(self._chosen.popleft())
        return ended

    def finish(self, end: float) -> list[Picture]:
        """Return a picture for each span that begins before `end`."""
        while self._shown and self._next is not None and self._next[0] < end - _INSTANT:
            self._choose(self._shown)
        rest = [Picture(p.time, min(p.duration, end - p.time), p.pixels) for p in self._chosen]
        self._chosen.clear()
        return rest

    def _choose(self, frame: Frame) -> None:
        assert self._next is not None
        self._chosen.append(Picture(*self._next, frame.pixels))
        self._next = next(self._spans, None)


class EveryNth:
    """For each `n` frames the one in their middle, which stands for all; of a short rest perhaps its last."""

    def __init__(self, n: int) -> None:
        self._n = n
        self._group: deque[float] = deque()
        self._middle: Frame | None = None

    def feed(self, frame: Frame) -> list[Picture]:
        """Return the picture of the `n` frames before this one, if they are complete."""
        done = self.finish(frame.time) if len(self._group) == self._n else []
        if len(self._group) <= self._n // 2:
            self._middle = frame
        self._group.append(frame.time)
        return done

    def finish(self, end: float) -> list[Picture]:
        """Return the picture of the frames that are left, n at most."""
        if self._middle is None or not self._group:
            return []
        start = self._group[0]
        self._group.clear()
        return [Picture(start, end - start, self._middle.pixels)]


def even_times(rate: float) -> Middles:
    """Return the pictures on the screen at 0, 1 / `rate`, 2 / `rate`, … seconds."""
    return Middles((i / rate, 0.0) for i in count())


def segments(seconds: float) -> Middles:
    """Return a picture for each `seconds` of the video, the last of which may be shorter."""
    return Middles((i * seconds, seconds) for i in count())


def shots(time: ArrayLike, duration: ArrayLike) -> Middles:
    """Return a picture for each shot."""
    return Middles(sorted(map(tuple, np.stack([time, duration], axis=1).astype(float).tolist())))


class End:
    """Keeps track of when a video is over: its last picture stays as long as the one before it did."""

    def __init__(self, fps: float | None) -> None:
        self._step = 1.0 / fps if fps else 0.0
        self._last: float | None = None

    def feed(self, frame: Frame) -> None:
        """Take the next frame."""
        if self._last is not None and not self._step:
            self._step = frame.time - self._last
        self._last = frame.time

    @property
    def seconds(self) -> float:
        """The end, in seconds; 0 of a video without a frame."""
        return 0.0 if self._last is None else self._last + (self._step or 1.0)
