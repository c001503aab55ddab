"""The one key of a piece: the pitch-class histogram correlated with a profile of each of the 24 keys.

Krumhansl & Schmuckler's algorithm (Krumhansl, "Cognitive Foundations of Musical Pitch", 1990).
Keys that change are found by `key_changes`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from symmv_tools.music.notes import Notes


def _profile(digits: str) -> tuple[float, ...]:
    return tuple(float(digit) for digit in digits.split())


# (major, minor), from the tonic upwards by semitones.
PROFILES: dict[str, tuple[tuple[float, ...], tuple[float, ...]]] = {
    # Aarden (2003), "Dynamic melodic expectancy", Essen folk songs; digits as in Humdrum and music21.
    "aarden-essen": (
        _profile(
            "17.7661 0.145624 14.9265 0.160186 19.8049 11.3587 "
            "0.291248 22.062 0.145624 8.15494 0.232998 4.95122"
        ),
        _profile(
            "18.2648 0.737619 14.0499 16.8599 0.702494 14.4362 "
            "0.702494 18.6161 4.56621 1.93186 7.37619 1.75623"
        ),
    ),
    # Krumhansl & Kessler (1982), probe-tone ratings.
    "krumhansl-kessler": (
        _profile("6.35 2.23 3.48 2.33 4.38 4.09 2.52 5.19 2.39 3.66 2.29 2.88"),
        _profile("6.33 2.68 3.52 5.38 2.60 3.53 2.54 4.75 3.98 2.69 3.34 3.17"),
    ),
    # Temperley (1999), "What's key for key?", Music Perception 17: Krumhansl's ratings, revised by hand.
    "temperley": (
        _profile("5.0 2.0 3.5 2.0 4.5 4.0 2.0 4.5 2.0 3.5 1.5 4.0"),
        _profile("5.0 2.0 3.5 4.5 2.0 4.0 2.0 4.5 3.5 2.0 1.5 4.0"),
    ),
}

_MAJOR_TONICS = ("C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
_MINOR_TONICS = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "G#", "A", "Bb", "B")
KEYS = tuple(f"{tonic}:major" for tonic in _MAJOR_TONICS) + tuple(f"{tonic}:minor" for tonic in _MINOR_TONICS)
"""The 24 keys in JAMS key_mode syntax, by tonic from C upwards, major first; few accidentals spell each."""


class Key(NamedTuple):
    """A key such as `F#:minor`, and by how much its correlation exceeds the next best key's (0 to 2)."""

    name: str
    confidence: float


def find_key(notes: Notes, profile: str) -> Key | None:
    """Return the key of `notes`, or None if every pitch class sounds equally long, as in silence.

    Each pitch class counts by the time its notes last. Of equal keys the first in `KEYS` wins.
    """
    sounding = np.bincount(notes.pitch % 12, notes.duration, minlength=12).astype(np.float64)
    if np.ptp(sounding) == 0:
        return None
    correlation = _correlations(sounding, profile)
    second, first = np.sort(correlation)[-2:]
    return Key(KEYS[int(correlation.argmax())], float(first - second))


def _correlations(sounding: NDArray[np.float64], profile: str) -> NDArray[np.float64]:
    """Pearson correlation of a pitch-class histogram (12,) with each of the 24 `KEYS`, shape (24,)."""
    rotated = np.array([np.roll(mode, tonic) for mode in PROFILES[profile] for tonic in range(12)])
    correlation: NDArray[np.float64] = np.corrcoef(np.vstack([sounding, rotated]))[0, 1:]
    return correlation
