"""Examples of Diff-BGM, from the rows of an export's table `segments`: eight bars, what they are made for.

Transposition moves what sounds, the notes and the chords that are told, and nothing else. The release also
turns the numbers of every visual and language vector in a circle, in training and not in generation, so that
its network meets the vectors as they are in one key of twelve; `turn_features` does the same.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from symmv_tools.models.diffbgm.sizes import SELECTIONS, Sizes
from symmv_tools.music.chord_vectors import chord_vectors
from symmv_tools.music.quantise import Quantised
from symmv_tools.music.rolls import roll_of
from symmv_tools.settings import semantic
from symmv_tools.training.chance import semitones
from symmv_tools.training.musprod_examples import MELODY

COLUMNS = {"visual": "semantic", "text": "text", "shot": "shot", "chord": "chord", "melody": "note.track"}
"""The conditions, and the column of a segment that each is made of."""

SEEN = ("visual", "text", "shot")
"""The conditions that take a video; the others are heard."""

NOTES = ("note.step", "note.duration", "note.value")
"""The columns that every segment needs."""


@dataclass(frozen=True)
class SegmentSettings:
    """How segments become examples."""

    transpose: bool = semantic(True, "by -5 to 6 semitones, anew in each epoch; only what sounds")
    turn_features: bool = semantic(False, "move the numbers of features with the music, as the release does")
    silence: float = semantic(
        -1.0, "value of a roll where nothing sounds; where something does it is 1", choices=(-1.0, 0.0)
    )


class Example(NamedTuple):
    """Eight bars: `roll` (2, 128, 128), and per beat what they are made for, None where nobody knows it.

    `visual` (32, d) and `text` (32, d) are features, `shot` (32,) the shots that open within each beat,
    `chord` (32, 36) as in `chord_vectors`, `melody` (2, 128, 128) the roll of the melody.
    """

    song_id: str
    roll: NDArray[np.bool_]
    visual: NDArray[np.float32] | None = None
    text: NDArray[np.float32] | None = None
    shot: NDArray[np.float32] | None = None
    chord: NDArray[np.float32] | None = None
    melody: NDArray[np.bool_] | None = None


def conditions_of(sizes: Sizes) -> tuple[str, ...]:
    """Return the conditions that a network of these sizes goes by, if the data have them."""
    first, later = SELECTIONS[sizes.selection]
    told = tuple(name for name in ("shot", "chord", "melody") if getattr(sizes, name))
    return (*(name for name in ("visual", "text") if name in {*first, *later}), *told)


def example_of(
    segment: Mapping[str, Any],
    conditions: Collection[str],
    settings: SegmentSettings,
    rng: np.random.Generator,
) -> Example:
    """Return what is learned of a segment that has the columns of `NOTES` and of these conditions."""
    note = segment["note"]
    higher = semitones(note["value"], rng) if settings.transpose else 0
    seen = {name: segment[COLUMNS[name]] for name in conditions if name in SEEN}
    told: dict[str, Any] = {
        name: np.asarray(value, np.float32) for name, value in seen.items() if value is not None
    }
    if settings.turn_features:
        told |= {name: np.roll(told[name], higher, axis=1) for name in ("visual", "text") if name in told}
    if "chord" in conditions and segment["chord"] is not None:
        told["chord"] = chord_vectors(segment["chord"], higher)
    if "melody" in conditions:
        told["melody"] = _roll(note, higher, np.array([track == MELODY for track in note["track"]], bool))
    return Example(segment["song_id"], _roll(note, higher, np.ones(len(note["step"]), bool)), **told)


def _roll(note: Mapping[str, Any], higher: int, which: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The roll of these notes, so much higher."""
    step, duration, pitch = (note[part][which].astype(np.int64) for part in ("step", "duration", "value"))
    count = len(step)
    unsaid = np.zeros(count, np.uint8), [""] * count
    return roll_of(Quantised(step, duration, (pitch + higher).astype(np.uint8), *unsaid))
