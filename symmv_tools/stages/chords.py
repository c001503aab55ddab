"""Stage `chords`: one chord per beat, by chorder."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from symmv_tools import row
from symmv_tools.music.notes import from_group
from symmv_tools.settings import semantic
from symmv_tools.stage import Context, Done, Item, Outcome, Stage

if TYPE_CHECKING:
    from symmv_tools.music.chords import Chords


@dataclass(frozen=True)
class ChordSettings:
    """Where chords may change, and what a label says."""

    grid: str = semantic(
        "beats", "what chords are aligned with; raster = equal cells", choices=("beats", "raster")
    )
    raster_seconds: float = semantic(
        0.5, "seconds per cell of the raster, also used where there are no beats"
    )
    keep_bass: bool = semantic(False, "tell inversions by the bass's degree, e.g. C:maj/3")


def run(songs: Sequence[Item], settings: ChordSettings, context: Context) -> Iterator[Outcome]:
    """Give each song its chords."""
    for item in songs:
        chords = _chords(item, settings)
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


def _chords(item: Item, settings: ChordSettings) -> Chords:
    from symmv_tools.music.chords import beat_grid, find_chords, raster

    notes, beat = from_group(item.values["notes"]), item.values["beat"]
    if settings.grid == "beats" and len(beat["time"]) > 1:
        grid = beat_grid(notes, np.asarray(beat["time"], np.float64), np.asarray(beat["value"], np.uint8))
    else:
        grid = raster(notes, settings.raster_seconds)
    return find_chords(notes, grid, keep_bass=settings.keep_bass)


STAGE = Stage(
    name="chords",
    version="1.0.0",
    needs=("notes", "midi_quality", "beat"),
    makes={"chord": row.LABELS},
    settings=ChordSettings,
    run=run,
    imports=("chorder", "miditoolkit"),
    about="One chord per beat in Harte syntax, equal neighbours merged.",
)
