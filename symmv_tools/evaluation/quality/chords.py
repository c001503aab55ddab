"""How irregular chords follow each other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from symmv_tools.music import harte


def progression_irregularity(labels: Sequence[str], ngram: int = 3) -> float:
    """Return the share of distinct ones among the chord progressions of `ngram` chords.

    `labels` are Harte's in order of time; equal neighbours are one chord, and stretches without one (`N`,
    `X`) are left out, as MusDr's events hold none. Roots count as pitch classes. As in MusDr's code the
    very last progression is not counted, and `ngram` chords or fewer are as irregular as can be, 1. NaN
    without a chord.

    Raises ValueError for what is no chord label.
    """
    changes = [name for i, name in enumerate(labels) if i == 0 or name != labels[i - 1]]
    chords = [chord for chord in map(_chord, changes) if chord is not None]
    if not chords:
        return np.nan
    n = len(chords) - ngram
    if n <= 0:
        return 1.0
    return len({tuple(chords[i : i + ngram]) for i in range(n)}) / n


def _chord(label: str) -> tuple[int, str] | None:
    """Return the root's pitch class and all that the label says besides; None for no chord."""
    if harte.parse(label) is None:
        return None
    root = label[: 1 + len(label[1:]) - len(label[1:].lstrip("#b"))]
    return harte.pitch_class(root), label[len(root) :] or ":maj"
