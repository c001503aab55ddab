"""The definitions of MusDr and Diff-BGM read literally and slowly: bar by bar, pair by pair."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Sequence
from fractions import Fraction

Onset = tuple[int, int, int]
"""Bar, position in the bar, pitch."""


def onsets(start: Sequence[float], pitch: Sequence[int], positions: int, bar: int = 4) -> list[Onset]:
    """The onsets on the nearest positions of bars of `bar` quarters, the later one of two."""
    found = []
    for quarters, height in zip(start, pitch, strict=True):
        place = math.floor(Fraction(quarters) * positions / bar + Fraction(1, 2))
        found.append((place // positions, place % positions, height))
    return found


def n_bars(notes: Sequence[Onset]) -> int:
    return max(bar for bar, _, _ in notes) + 1


def entropy(pitches: Sequence[int]) -> float:
    """Shannon's, of pitch classes, in bits."""
    count = Counter(pitch % 12 for pitch in pitches)
    return -sum(k / len(pitches) * math.log2(k / len(pitches)) for k in count.values())


def h(notes: Sequence[Onset], window: int) -> float:
    """MusDr's H: the mean entropy of all windows, those without notes passed over."""
    window = min(window, n_bars(notes))
    found = []
    for first in range(n_bars(notes) - window + 1):
        inside = [pitch for bar, _, pitch in notes if first <= bar < first + window]
        if inside:
            found.append(entropy(inside))
    return sum(found) / len(found)


def gs(notes: Sequence[Onset], positions: int, bars: int) -> float:
    """MusDr's GS: the mean over all pairs of bars of 1 - (positions where they differ) / positions."""
    if bars < 2:
        return math.nan
    grooves = [{slot for bar, slot, _ in notes if bar == k} for k in range(bars)]
    pairs = list(itertools.combinations(grooves, 2))
    return sum(1 - len(a ^ b) / positions for a, b in pairs) / len(pairs)


def cpi(chords: Sequence[str]) -> float:
    """MusDr's CPI, whose loop ends one 3-gram early, of chords without N."""
    n = len(chords) - 3
    if n <= 0:
        return 1.0
    return len({tuple(chords[i : i + 3]) for i in range(n)}) / n


def notebook_onsets(start: Sequence[float], pitch: Sequence[int]) -> list[Onset]:
    """Onsets where music21 puts them (the nearest of 1/4 and 1/3, the former of equals), in 16 slots."""
    found = []
    for quarters, height in zip(start, pitch, strict=True):
        nearest = [Fraction(math.floor(Fraction(quarters) * part + Fraction(1, 2)), part) for part in (4, 3)]
        best = min(nearest, key=lambda multiple: round(abs(float(multiple) - quarters), 7))
        found.append((int(best // 4), int((best % 4) * 4), height))
    return found


def notebook_pche(notes: Sequence[Onset]) -> float:
    """Diff-BGM's PCHE, but a window without notes is passed over."""
    found = []
    for window in range((n_bars(notes) - 1) // 8):
        inside = [pitch % 12 for bar, _, pitch in notes if bar // 8 == window]
        if inside:
            share = [inside.count(k) / len(inside) for k in range(12)]
            found.append(-sum(p * math.log2(p + 1e-6) for p in share))
    return sum(found) / len(found) if found else math.nan
