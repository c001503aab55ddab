"""What a MIDI file says beside its notes: key, metre, and markers such as the names of chords."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import symusic
from numpy.typing import ArrayLike

from symmv_tools.io.midi import clock_of, score_of
from symmv_tools.music.keys import KEYS


def with_marks(
    raw: bytes, time: ArrayLike, text: Sequence[str], *, key: str | None = None, beats_per_bar: int = 4
) -> bytes:
    """Return a MIDI file of one tempo with markers `text` at `time` (n,) seconds, its key and its metre.

    `key` is one of `music.keys.KEYS`, None if it has none. Bars are of `beats_per_bar` quarters.
    """
    score: Any = score_of(raw, "the MIDI data")
    tick = np.rint(np.asarray(time, np.float64) / clock_of(score).seconds_per_tick[0]).astype(int).tolist()
    score.time_signatures.append(symusic.TimeSignature(0, beats_per_bar, 4))
    if key is not None:
        score.key_signatures.append(symusic.KeySignature(0, sharps(key), int(key.endswith(":minor"))))
    for at, mark in zip(tick, text, strict=True):
        score.markers.append(symusic.TextMeta(at, mark))
    return bytes(score.dumps_midi())


def sharps(key: str) -> int:
    """Return how many sharps a key has, -5 to 6; flats count below 0."""
    number = KEYS.index(key)
    tonic = number % 12 + (3 if number >= 12 else 0)  # a minor key has the sharps of its relative major
    return (tonic * 7 + 5) % 12 - 5
