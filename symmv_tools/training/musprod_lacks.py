"""What songs lack to be learned from: told for whole row groups at once, without making a single example."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from symmv_tools.music import harte
from symmv_tools.training.musprod_examples import MELODY

LOOKED_AT = ("note_midi.track", "beat.time", "chord.value")
"""The columns that `look` needs."""

NEEDS = {
    "chord": ("beats", "chords"),
    "melody": ("beats", "chords", "a melody"),
    "accompaniment": ("beats", "chords", "a melody", "an accompaniment"),
    "music": ("beats", "chords", "notes"),
}
"""What each stage cannot do without."""

_SIZED_BY = {"chord": "chords", "melody": "a melody", "accompaniment": "an accompaniment", "music": "notes"}


class Look(NamedTuple):
    """Which rows lack what (`no beats`: (rows,) bool), in the order in which it is told; and `size` (rows,).

    The size is the number of notes, or chords, that the stage's target has.
    """

    lacks: dict[str, NDArray[np.bool_]]
    size: NDArray[np.int64]


def look(table: pa.Table, stage: str) -> Look:
    """Return what the rows of `table`, which has the columns `LOOKED_AT`, lack for `stage`."""
    beats, time = _lists(table, "beat", "time")
    chords, label = _lists(table, "chord", "value")
    notes, track = _lists(table, "note_midi", "track")
    is_none = pc.is_in(label, value_set=pa.array([harte.NO_CHORD, "X"]))
    melody = _count(pc.equal(track, pa.scalar(MELODY)), notes)
    has = {
        "beats": np.where(beats > 1, beats, 0),
        "chords": chords - _count(is_none, chords),
        "a melody": melody,
        "an accompaniment": notes - melody,
        "notes": notes,
    }
    lacks = {f"no {what.removeprefix('a ').removeprefix('an ')}": has[what] == 0 for what in NEEDS[stage]}
    lacks["two beats at once"] = _ties(time.to_numpy(zero_copy_only=False), beats)
    return Look(lacks, has[_SIZED_BY[stage]])


def _lists(table: pa.Table, column: str, part: str) -> tuple[NDArray[np.int64], Any]:
    """How many values each row has in a part of a group, none if it is null; and all values in one array."""
    lists: Any = pc.struct_field(table[column].combine_chunks(), part)
    lengths = pc.fill_null(pc.list_value_length(lists), 0)
    return lengths.to_numpy(zero_copy_only=False).astype(np.int64), lists.flatten()


def _count(mask: Any, lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """How many values of each row `mask`, an Arrow array over all values, is true of."""
    is_true = mask.fill_null(False).to_numpy(zero_copy_only=False)
    owner = np.repeat(np.arange(len(lengths)), lengths)
    return np.bincount(owner[is_true], minlength=len(lengths)).astype(np.int64)


def _ties(time: NDArray[np.float64], lengths: NDArray[np.int64]) -> NDArray[np.bool_]:
    """In which rows a time is that of the one before it: an export's times are sorted, but may be equal."""
    owner = np.repeat(np.arange(len(lengths)), lengths)
    is_tie = (np.diff(time) == 0) & (np.diff(owner) == 0)
    return np.bincount(owner[1:][is_tie], minlength=len(lengths)) > 0
