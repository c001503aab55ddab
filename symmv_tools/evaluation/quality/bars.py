"""Bars against each other: grooves, and pitch classes in windows of bars."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from symmv_tools.evaluation.quality.pitches import entropies


def nearest_slots(start: NDArray[np.float64], bars: NDArray[np.float64], slots: int) -> NDArray[np.int64]:
    """Return the nearest of `slots` even slots of a bar to each `start`, counted on through all bars.

    `start` (n,) and the borders `bars` are in quarters; no start is before the first border or behind the
    last. Slot 0 is the first of the first bar; of two slots as near the later is taken.
    """
    return np.floor(_in_slots(start, bars, slots) + 0.5).astype(np.int64)


def slots_below(start: NDArray[np.float64], bars: NDArray[np.float64], slots: int) -> NDArray[np.int64]:
    """Return the slot in which each `start` lies, counted as by `nearest_slots`."""
    return np.floor(_in_slots(start, bars, slots)).astype(np.int64)


def _in_slots(start: NDArray[np.float64], bars: NDArray[np.float64], slots: int) -> NDArray[np.float64]:
    return np.interp(start, bars, np.arange(len(bars))) * slots


def groove_similarity(slot: NDArray[np.int64], n_bars: int, slots: int) -> float:
    """Return the mean similarity of the onset patterns of all pairs of the first `n_bars` bars.

    `slot` (n,) are onsets, counted through all bars of `slots` slots. Similar is 1 - (slots in which one of
    the two has an onset) / `slots`. At a slot that k of B bars use, k (B - k) pairs differ: so the mean
    over all pairs is exact, and no pair need be drawn or even looked at. NaN below two bars.
    """
    if n_bars < 2:
        return np.nan
    patterns = np.zeros(n_bars * slots, bool)
    patterns[slot[slot < n_bars * slots]] = True
    used = patterns.reshape(n_bars, slots).sum(axis=0)
    return 1 - float(used @ (n_bars - used)) / (slots * n_bars * (n_bars - 1) / 2)


def groove_consistency(ticks: NDArray[np.int64], bar_ticks: NDArray[np.int64]) -> float:
    """Return the mean similarity of the onset patterns of neighbouring bars, one slot per tick.

    `ticks` (n,), n > 0, are onsets in order, `bar_ticks` (bars + 1,) the borders of all bars that count.
    Bars of unequal length differ where only the longer has ticks and an onset. NaN below two bars.
    MusPy's `groove_consistency`, which knows bars of one length only.
    """
    length = bar_ticks[1:] - bar_ticks[:-1]
    if len(length) < 2:
        return np.nan
    longest = int(length.max())
    place = ticks - bar_ticks[0]
    if length.min() != longest:  # count as if all bars were as long as the longest
        bar = bar_ticks.searchsorted(ticks, side="right") - 1
        place = bar * longest + ticks - bar_ticks[bar]
    used = place[np.concatenate([[True], place[1:] != place[:-1]])]
    in_next = used[used[:-1].searchsorted(used + longest)]
    n_first, n_last = used.searchsorted([longest, (len(length) - 1) * longest]).tolist()
    n_compared = 2 * len(used) - n_first - (len(used) - n_last)
    differing = n_compared - 2 * np.count_nonzero(in_next == used + longest)
    return 1 - int(differing) / int(np.maximum(length[:-1], length[1:]).sum())


def classes_by_bar(bar: NDArray[np.int64], pitch: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Return how many notes of each pitch class begin in each bar to the last with one, (bars, 12).

    `bar` and `pitch` are (n,), n > 0.
    """
    n_bars = int(bar.max()) + 1
    return np.bincount(bar * 12 + pitch % 12, minlength=n_bars * 12).reshape(n_bars, 12)


def sliding_entropy(classes: NDArray[np.int64], window: int) -> float:
    """Return the mean pitch-class entropy of all windows of `window` bars, one bar apart, in bits.

    `classes` is (bars, 12), not all 0. Windows without notes do not count; a piece shorter than a window is
    one. MusDr's H (Wu & Yang, "The Jazz Transformer on the Front Line", ISMIR 2020).
    """
    window = min(window, len(classes))
    windows = classes
    if window > 1:
        sums = classes.cumsum(axis=0)
        windows = sums[window - 1 :].copy()
        windows[1:] -= sums[:-window]
    return float(entropies(windows[windows.any(axis=1)]).mean())
