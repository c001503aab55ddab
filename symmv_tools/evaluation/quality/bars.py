"""Bars against each other: grooves, and pitch classes in windows of bars."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from symmv_tools.evaluation.quality.pitches import entropies


class Places(NamedTuple):
    """Where in the bars notes begin: `bar` (n,) counts from 0, `slot` (n,) from the bar's beginning."""

    bar: NDArray[np.int64]
    slot: NDArray[np.int64]

    @property
    def n_bars(self) -> int:
        """Bars from the first to that of the last onset."""
        return int(self.bar.max(initial=-1)) + 1


def nearest_places(start: NDArray[np.float64], bars: NDArray[np.float64], slots: int) -> Places:
    """Return the nearest of `slots` even slots of a bar to each `start`; the next bar's first is one of them.

    `start` (n,) and the borders `bars` are in quarters; no start is before the first border or behind the
    last.
    """
    return _places(start, bars, slots, 0.5)


def places_below(start: NDArray[np.float64], bars: NDArray[np.float64], slots: int) -> Places:
    """Return the slot in which each `start` lies, as `nearest_places` but cut off."""
    return _places(start, bars, slots, 0.0)


def _places(start: NDArray[np.float64], bars: NDArray[np.float64], slots: int, forward: float) -> Places:
    bar = np.minimum(np.searchsorted(bars, start, side="right"), len(bars) - 1) - 1
    part = (start - bars[bar]) / (bars[bar + 1] - bars[bar])
    slot = np.floor(part * slots + forward).astype(np.int64)
    return Places(bar + slot // slots, slot % slots)


def groove_similarity(places: Places, n_bars: int, slots: int) -> float:
    """Return the mean similarity of the onset patterns of all pairs of the first `n_bars` bars.

    Similar is 1 - (slots in which one of the two has an onset) / `slots`. At a slot that k of B bars
    use, k (B - k) pairs differ: so the mean over all pairs is exact, and no pair need be drawn or even
    looked at. NaN below two bars.
    """
    if n_bars < 2:
        return np.nan
    patterns = np.zeros((n_bars, slots), bool)
    kept = places.bar < n_bars
    patterns[places.bar[kept], places.slot[kept]] = True
    used = patterns.sum(axis=0)
    return 1 - float(used @ (n_bars - used)) / (slots * n_bars * (n_bars - 1) / 2)


def groove_consistency(ticks: NDArray[np.int64], bar_ticks: NDArray[np.int64]) -> float:
    """Return the mean similarity of the onset patterns of neighbouring bars, one slot per tick.

    `ticks` (n,) are onsets, `bar_ticks` (bars + 1,) the borders of all bars that count. Bars of unequal
    length differ where only the longer has ticks and an onset. NaN below two bars. MusPy's
    `groove_consistency`, which knows bars of one length only.
    """
    length = np.diff(bar_ticks)
    if len(length) < 2:
        return np.nan
    bar = np.searchsorted(bar_ticks, ticks, side="right") - 1
    longest = int(length.max())
    used = np.unique(bar * longest + ticks - bar_ticks[bar])
    n_used = np.bincount(used // longest, minlength=len(length))
    n_shared = len(np.intersect1d(used, used + longest, assume_unique=True))
    differing = int(n_used[:-1].sum() + n_used[1:].sum()) - 2 * n_shared
    return 1 - differing / int(np.maximum(length[:-1], length[1:]).sum())


def classes_by_bar(bar: NDArray[np.int64], pitch: NDArray[np.integer], n_bars: int) -> NDArray[np.int64]:
    """Return how many notes of each pitch class begin in each of `n_bars` bars, (n_bars, 12)."""
    cell = bar * 12 + pitch.astype(np.int64) % 12
    return np.bincount(cell, minlength=n_bars * 12).reshape(-1, 12)[:n_bars]


def sliding_entropy(classes: NDArray[np.int64], window: int) -> float:
    """Return the mean pitch-class entropy of all windows of `window` bars, one bar apart, in bits.

    `classes` is (bars, 12). Windows without notes do not count; a piece shorter than a window is one. NaN
    without notes. MusDr's H (Wu & Yang, "The Jazz Transformer on the Front Line", ISMIR 2020).
    """
    window = min(window, len(classes))
    sums = np.concatenate([np.zeros((1, 12), np.int64), np.cumsum(classes, axis=0)])
    windows = sums[window:] - sums[: len(sums) - window]
    sounding = windows[windows.any(axis=1)]
    return float(entropies(sounding).mean()) if len(sounding) else np.nan
