"""Chords on the grid: Harte labels as the ten qualities of the paper, as classes, and as chromagrams.

What a label says beyond a root and one of the ten qualities is lost: the bass; a sixth, ninth or suspended
seventh (`maj6` is `maj`, `sus4(b7)` is `sus4`, see `harte.parse`); the seventh of a half-diminished chord
(`hdim7` is `dim`, as chorder's is in SymMV's text). docs/reference/benchmarks.md tells how often.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from symmv_tools.music import harte
from symmv_tools.music.quantise import Grid
from symmv_tools.music.tokens.clock import Bars
from symmv_tools.music.tokens.vocabulary import (
    CHORD,
    NO_QUALITY,
    NO_ROOT,
    QUALITIES,
    QUALITY,
    ROOT,
    STEPS_PER_BEAT,
    TYPE,
)


class Harmony(NamedTuple):
    """Chords by their beginnings: from `step` on a chord lasts until the next one; all (n,) int64.

    Steps rise, neighbours differ. `root` and `quality` are classes, `NO_ROOT` and `NO_QUALITY` where there
    is no chord; before the first step there is none either, so the first is always a chord.
    """

    step: NDArray[np.int64]
    root: NDArray[np.int64]
    quality: NDArray[np.int64]

    @property
    def label(self) -> list[str]:
        """Each chord in Harte's syntax."""
        return [label_of(*pair) for pair in zip(self.root.tolist(), self.quality.tolist(), strict=True)]


def make_harmony(step: NDArray[np.int64], root: NDArray[np.int64], quality: NDArray[np.int64]) -> Harmony:
    """Return the harmony of chords in any order; of several on one step the last counts, as Harmony says."""
    order = np.argsort(step, kind="stable")
    rows = np.stack([step, root, quality], axis=1)[order]
    rows = rows[np.append(rows[1:, 0] != rows[:-1, 0], [True])[: len(rows)]]
    before = np.concatenate([[(NO_ROOT, NO_QUALITY)], rows[:-1, 1:]])[: len(rows)]
    kept = rows[(rows[:, 1:] != before).any(axis=1)]
    return Harmony(kept[:, 0], kept[:, 1], kept[:, 2])


def harmony_of(
    time: NDArray[np.float64], duration: NDArray[np.float64], label: Sequence[str], grid: Grid, bars: Bars
) -> Harmony:
    """Return the harmony of chords given in seconds: on every beat of `bars`, what sounds in its middle.

    Nothing said there is no chord. Chords of data sets change on beats (POP909's always); a label that
    changes elsewhere is one that was heard late or early.

    Raises ValueError for a label that is no chord.
    """
    step = np.arange(bars.start[0], bars.start[-1], STEPS_PER_BEAT)
    middle = grid.seconds_at(step + STEPS_PER_BEAT // 2)
    pair = np.array([*map(classes_of, label), (NO_ROOT, NO_QUALITY)], np.int64)
    which = np.searchsorted(time, middle, side="right") - 1  # -1 is the N at the end
    is_over = middle >= np.append(time + duration, np.inf)[which]
    sounding = pair[np.where(is_over, -1, which)]
    return make_harmony(step, sounding[:, 0], sounding[:, 1])


def transposed(harmony: Harmony, semitones: int) -> Harmony:
    """Return the harmony so many semitones higher; no chord stays no chord."""
    moved = (harmony.root - 1 + semitones) % 12 + 1
    return harmony._replace(root=np.where(harmony.root == NO_ROOT, NO_ROOT, moved))


@cache
def classes_of(label: str) -> tuple[int, int]:
    """Return the classes of root and quality of a Harte label; ValueError if it is no chord."""
    chord = harte.parse(label)
    if chord is None:
        return NO_ROOT, NO_QUALITY
    quality = "dim" if chord.quality == "hdim7" else chord.quality
    return chord.root + 1, QUALITIES.index(quality) + 1


def label_of(root: int, quality: int) -> str:
    """Return the Harte label of two classes; `N` if either says that there is no chord, or nothing."""
    if not (1 <= root < NO_ROOT and 1 <= quality < NO_QUALITY):
        return harte.NO_CHORD
    return harte.Chord(root - 1, QUALITIES[quality - 1]).label


# --- chromagrams ----------------------------------------------------------------------------------


def _chroma_of_classes() -> NDArray[np.uint8]:
    table = np.zeros((NO_ROOT + 1, NO_QUALITY + 1, 12), np.uint8)
    for quality, name in enumerate(QUALITIES, start=1):
        for root in range(12):
            table[root + 1, quality, [(root + step) % 12 for step in harte.QUALITIES[name]]] = 1
    return table


_CHROMA = _chroma_of_classes()
_CHORDS = np.argwhere(_CHROMA.any(axis=2))  # (120, 2), by root, then quality
_TEMPLATES = np.concatenate([np.zeros((1, 12)), _CHROMA[_CHORDS[:, 0], _CHORDS[:, 1]]])


def chromagram(event: NDArray[np.int64]) -> NDArray[np.uint8]:
    """Return which pitch classes each Chord event activates, (n, 12), 0 for `N` and for all other events.

    The paper's alternative to root and quality: "a 12D binary vector where each dimension indicates whether
    a pitch class is activated".
    """
    is_chord = event[:, TYPE] == CHORD
    found: NDArray[np.uint8] = _CHROMA[np.where(is_chord, event[:, ROOT], 0), event[:, QUALITY]]
    return found


def nearest_chord(chroma: NDArray[np.floating] | NDArray[np.uint8]) -> NDArray[np.int64]:
    """Return the classes (n, 2) of root and quality whose chromagrams differ least from `chroma` (n, 12).

    Some chords are one chromagram (every aug has three roots, `C:sus2` is `G:sus4`): the lowest root, then
    the first quality wins. Silence is `N`.
    """
    distance = np.abs(np.asarray(chroma, np.float64)[:, None] - _TEMPLATES).sum(axis=2)
    chords = np.concatenate([[(NO_ROOT, NO_QUALITY)], _CHORDS]).astype(np.int64)
    found: NDArray[np.int64] = chords[distance.argmin(axis=1)]
    return found
