"""Chord labels as vectors: what a network is told that goes by the chord of each beat."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from symmv_tools.music import harte

WIDTH = 36
"""Twelve pitch classes, C first, three times: the root, all that sounds, the bass; as in Polyffusion."""


def chord_vectors(labels: Sequence[str], higher: int = 0) -> NDArray[np.float32]:
    """Return the vectors (n, 36) of Harte labels, so many semitones higher; zeros for no chord.

    Raises ValueError for a label that is no chord.
    """
    found = [_vector(label) for label in labels]
    parts = np.array(found, np.float32).reshape(len(labels), 3, 12)
    return np.roll(parts, higher, axis=2).reshape(len(labels), WIDTH)


@cache
def _vector(label: str) -> NDArray[np.float32]:
    vector = np.zeros((3, 12), np.float32)
    chord = harte.parse(label)
    if chord is not None:
        tones = np.array(harte.QUALITIES[chord.quality]) + chord.root
        vector[0, chord.root % 12] = vector[2, (chord.root + chord.bass) % 12] = 1
        vector[1, tones % 12] = 1
    return vector.reshape(-1)
