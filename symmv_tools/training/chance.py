"""What is random about examples: the same for one seed, epoch and song, whoever asks, in whatever order."""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray

_TOGETHER = 4  # row groups that are shuffled as one: so many of notes, beats and chords fit the rows' cache
_LOWEST, _HIGHEST = 21, 108  # the piano


def generator(seed: int, epoch: int, name: str) -> np.random.Generator:
    """Return the randomness of one song, or of another thing with a name, in one epoch."""
    digest = hashlib.sha256(name.encode()).digest()
    return np.random.default_rng([seed, epoch, int.from_bytes(digest[:8], "big")])


def order_of(group: NDArray[np.int64], seed: int, epoch: int) -> NDArray[np.int64]:
    """Return the numbers of all rows in the order of an epoch, (n,): shuffled as far as reading allows.

    `group` (n,) is each row's row group, of which there is one at least. Rows of a few row groups at a time
    are mixed, the groups in any order: so each is read once (by every worker). A data set of up to four row
    groups is mixed as a whole.
    """
    rng = np.random.default_rng([seed, epoch])
    groups = rng.permutation(np.unique(group))
    turn = np.empty(groups.max() + 1, np.int64)
    turn[groups] = np.arange(len(groups)) // _TOGETHER
    return np.lexsort((rng.random(len(group)), turn[group]))


def semitones(pitch: NDArray[np.integer], rng: np.random.Generator) -> int:
    """Draw how far to transpose notes of these pitches (n,): -5 to 6 semitones, every key once.

    Of the twelve only those count that leave no note beyond the piano that was on it.
    """
    low, high = (int(pitch.min()), int(pitch.max())) if len(pitch) else (_HIGHEST, _LOWEST)
    fewest, most = max(-5, min(0, _LOWEST - low)), min(6, max(0, _HIGHEST - high))
    return int(rng.integers(fewest, most + 1))
