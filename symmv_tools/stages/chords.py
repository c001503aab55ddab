"""Stage `chords`: what chord sounds when."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from symmv_tools import row
from symmv_tools.music.notes import Notes, from_group
from symmv_tools.settings import semantic
from symmv_tools.stage import Context, Done, Item, Outcome, Stage

if TYPE_CHECKING:
    from symmv_tools.music.chords import Chords


@dataclass(frozen=True)
class ChordSettings:
    """Who names the chords, and what a label says."""

    method: str = semantic(
        "chorder",
        "chorder = its rules on each beat; symmv = what SymMV's released files hold, gaps included",
        choices=("chorder", "symmv"),
    )
    raster_seconds: float = semantic(0.5, "chorder: seconds per cell where a song has no beats")
    keep_bass: bool = semantic(False, "chorder: tell inversions by the bass's degree, e.g. C:maj/3")


def run(songs: Sequence[Item], settings: ChordSettings, context: Context) -> Iterator[Outcome]:
    """Give each song its chords."""
    for item in songs:
        chords = _METHODS[settings.method](from_group(item.values["notes"]), item, settings)
        yield Done(
            {
                "chord": {
                    "time": chords.time,
                    "duration": chords.duration,
                    "value": chords.label,
                    "confidence": chords.confidence.astype(np.float32),
                }
            }
        )


def _chorder(notes: Notes, item: Item, settings: ChordSettings) -> Chords:
    from symmv_tools.music.chords import beat_grid, find_chords, raster

    time, position = item.values["beat"]["time"], item.values["beat"]["value"]
    if len(time) > 1:
        grid = beat_grid(notes, np.asarray(time, np.float64), np.asarray(position, np.uint8))
    else:
        grid = raster(notes, settings.raster_seconds)
    return find_chords(notes, grid, keep_bass=settings.keep_bass)


def _symmv(notes: Notes, item: Item, settings: ChordSettings) -> Chords:
    from symmv_tools.music.symmv import find_chords

    return find_chords(notes)


_METHODS = {"chorder": _chorder, "symmv": _symmv}

STAGE = Stage(
    name="chords",
    version="1.1.0",
    needs=("notes", "midi_quality", "beat"),
    makes={"chord": row.LABELS},
    settings=ChordSettings,
    run=run,
    about="What chord sounds when, in Harte syntax; equal neighbours are merged.",
)
