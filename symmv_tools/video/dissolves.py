"""Dissolves: where one picture melts into another.

A dissolve is a blend: its frames are (1 - a) A + a B, a rising evenly from 0 to 1, of the pictures before and
after. Nothing else that changes a picture does that. Motion moves things instead of mixing them; a fade, a
flash and changing light keep the picture and change its gain; a cut does not rise. So a window of time is a
dissolve if its ends are unlike each other, its frames are the blends of them, and it is flatter in the middle
than at its ends, as a sum of unlike pictures is. Blending in the colours as they are coded is what editing
programs do. The thresholds are ours, fixed on films composed from annotated clips.

The cue of the flatter middle is the parabola of variance of Alattar (ISCAS 1993); most who looked for
dissolves since build on it, see Lienhart (SPIE 4315, 2001). Ours differs in that the blend itself is tested.
"""

from __future__ import annotations

from bisect import bisect, insort
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from symmv_tools.video.glimpses import Glimpses

MAX_ERROR = 0.06
"""The mean square that a blend may leave unexplained, as a share of that between the ends: 0 of two still
scenes, about .7 of a pan that leaves nothing of the picture. It is the median over POINTS, for flashes."""

MAX_LIKENESS = 0.45
"""Correlation of the two ends. A slow pan is nearly a blend of its ends, but those are alike."""

MAX_FLATNESS = 0.8
"""Variance in the middle, as a share of the mean of both ends; a blend of unlike pictures has about .5."""

MIN_CHANGE = 20.0  # root mean square between the ends, in levels of 255
MIN_VARIANCE = 25.0  # of either end, over its 144 places: plain black and white have no picture to blend
MIN_BRIGHTNESS = 8.0  # mean of 255; what touches black is a fade
MIN_FRAMES = 5

SPANS = (0.3, 0.45, 0.65, 0.95, 1.4, 2.1)
"""Seconds of the windows that are tried. The middle of a dissolve of 3 seconds still is one."""

SLACK = 1.5  # where frames are missing, a window may be this many times as long

LONGEST = SLACK * max(SPANS)  # seconds

POINTS = np.arange(1, 8) / 8.0
"""Where a window is looked at, as shares of its length."""

Places = NDArray[np.intp]


class Window(NamedTuple):
    """What may be a dissolve: `first` is the last frame of the old picture, `last` the first of the new.

    `middle`, in seconds, is where both have the same share, which need not be half-way.
    """

    first: int
    last: int
    middle: float
    error: float
    likeness: float
    change: float


def windows(glimpses: Glimpses, max_error: float = MAX_ERROR) -> Iterator[Window]:
    """Yield every window that blends, of those that begin with a frame to be judged."""
    brightness, variance = _moments(glimpses.tiny)
    for span in SPANS:
        a, b = _ends(glimpses, span)
        middle = np.searchsorted(glimpses.time, (glimpses.time[a] + glimpses.time[b]) / 2)
        least = np.minimum(variance[a], variance[b])
        flat = variance[middle] <= MAX_FLATNESS * (variance[a] + variance[b]) / 2
        light = np.minimum(np.minimum(brightness[a], brightness[b]), brightness[middle])
        kept = flat & (least >= MIN_VARIANCE) & (light >= MIN_BRIGHTNESS)
        yield from _blends(glimpses, a[kept], b[kept], max_error)


def _moments(tiny: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Means of pictures (n, 432), and their variances over the places, the mean of three colours; (n,)."""
    places = tiny.reshape(len(tiny), -1, 3)
    means = np.einsum("npc->nc", places) / places.shape[1]
    squares = np.einsum("npc,npc->n", places, places) / (3 * places.shape[1])
    return means.mean(axis=1), squares - (means**2).mean(axis=1)


def _ends(glimpses: Glimpses, span: float) -> tuple[Places, Places]:
    """First and last frames of the windows of this length, in seconds, that the frames allow."""
    a = np.arange(glimpses.begin, glimpses.end)
    b = np.searchsorted(glimpses.time, glimpses.time[a] + span)
    a, b = a[b < len(glimpses.time)], b[b < len(glimpses.time)]
    fits = (b - a >= MIN_FRAMES) & (glimpses.time[b] - glimpses.time[a] <= SLACK * span)
    return a[fits], b[fits]


def _blends(glimpses: Glimpses, a: Places, b: Places, max_error: float) -> Iterator[Window]:
    likeness, change = _compare(glimpses.tiny[a], glimpses.tiny[b])
    kept = (likeness <= MAX_LIKENESS) & (change >= MIN_CHANGE)
    a, b, likeness, change = a[kept], b[kept], likeness[kept], change[kept]
    error, middle = _blend(glimpses, a, b, change**2)
    for i in np.flatnonzero(error <= max_error):
        ends = (glimpses.first + int(a[i]), glimpses.first + int(b[i]))
        yield Window(*ends, float(middle[i]), float(error[i]), float(likeness[i]), float(change[i]))


def _compare(
    a: NDArray[np.float32], b: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Correlations of pictures (n, 432), and the root mean squares of their differences, (n,)."""
    change = np.sqrt(((b - a) ** 2).mean(axis=1))
    a, b = a - a.mean(axis=1, keepdims=True), b - b.mean(axis=1, keepdims=True)
    return (a * b).sum(axis=1) / np.sqrt((a * a).sum(axis=1) * (b * b).sum(axis=1)), change


def _blend(
    glimpses: Glimpses, a: Places, b: Places, change: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """Errors of windows as MAX_ERROR has them, and their middles in seconds; `change` is a mean square.

    A transition that ends before its window does has more of the new picture at every point than an even
    rise; the mean of that, as a share of the window, is how far the middle lies before that of the window.
    """
    time, tiny = glimpses.time, glimpses.tiny
    seconds, difference = time[b] - time[a], tiny[b] - tiny[a]
    errors, excess = np.empty((len(POINTS), len(a)), np.float32), np.zeros(len(a))
    for row, point in zip(errors, POINTS, strict=True):
        at = np.searchsorted(time, time[a] + point * seconds)
        share = ((time[at] - time[a]) / seconds).astype(np.float32)
        left = tiny[at] - tiny[a] - share[:, None] * difference  # (n, 432)
        row[:] = np.einsum("np,np->n", left, left)
        excess += np.einsum("np,np->n", left, difference)
    whole = change * tiny.shape[1]
    middle = (time[a] + time[b]) / 2 - seconds * excess / (len(POINTS) * whole)
    return np.asarray(np.median(errors, axis=0) / whole, np.float32), np.clip(middle, time[a], time[b])


def best(found: Iterable[Window], steps: Collection[int], max_error: float = MAX_ERROR) -> list[Window]:
    """Return the best windows that do not overlap, in order, without those that hold a frame of `steps`.

    `steps` are the first frames after cuts and fades. Of two that overlap the better one changes more, since
    it is the longer part of one dissolve, between pictures less alike, and leaves less unexplained.
    """

    def goodness(window: Window) -> float:
        return window.change * (1.0 - window.likeness) * (max_error - window.error)

    marks = sorted(steps)
    kept: list[Window] = []
    for window in sorted(found, key=goodness, reverse=True):
        if bisect(marks, window.first) == bisect(marks, window.last) and _is_free(kept, window):
            insort(kept, window)
    return kept


def _is_free(kept: Sequence[Window], window: Window) -> bool:
    """Whether a window overlaps none of those kept, which are in order."""
    i = bisect(kept, window)
    return all(w.last <= window.first or w.first >= window.last for w in kept[max(i - 1, 0) : i + 1])


def confidence(window: Window, max_error: float = MAX_ERROR) -> float:
    """Return margin / (margin + 1), the margin being the smaller multiple of a threshold."""
    margin = min(max_error / max(window.error, 1e-6), (1.0 - window.likeness) / (1.0 - MAX_LIKENESS))
    return margin / (margin + 1.0)
