"""Stage `melody`: every note is melody or accompaniment."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from symmv_tools import row
from symmv_tools.music.melody import MELODY, split_melody, split_melody_16, split_melody_symmv
from symmv_tools.music.notes import Notes, from_group
from symmv_tools.settings import semantic
from symmv_tools.stage import Context, Done, Item, Outcome, Stage


@dataclass(frozen=True)
class MelodySettings:
    """How melody and accompaniment are told apart.

    Note F1 against POP909's human melody, all tracks merged (`tests/benchmarks/melody.py`): .597 on
    001-700 and .571 on 701-800, against .520 and .484 without a floor. Floors of 63 and 64 gain
    .001 on the former and lose .006 and .021 on the latter.
    """

    method: str = semantic(
        "skyline",
        "skyline = the highest notes; skyline-16 = those of each 16th, durations quantised, as SymMV's text "
        "has it; symmv = as its files have it, to the tick",
        choices=("skyline", "skyline-16", "symmv"),
    )
    trust_tracks: bool = semantic(True, "keep the source's tracks where one of them is named melody")
    onset_tolerance_seconds: float = semantic(
        0.03, "skyline: seconds within which notes count as struck together"
    )
    lowest_pitch: int = semantic(
        62, "skyline, skyline-16: MIDI number of the lowest note that can be melody; 0 = any"
    )


def run(songs: Sequence[Item], settings: MelodySettings, context: Context) -> Iterator[Outcome]:
    """Give each song its notes with tracks."""
    for item in songs:
        notes = from_group(item.values["notes"])
        if not (settings.trust_tracks and MELODY in notes.track):
            notes = _METHODS[settings.method](notes, item, settings)
        yield Done({"note_midi": notes.as_group()})


def _skyline(notes: Notes, item: Item, settings: MelodySettings) -> Notes:
    return split_melody(
        notes,
        onset_tolerance_seconds=settings.onset_tolerance_seconds,
        lowest_pitch=settings.lowest_pitch,
    )


def _skyline_16(notes: Notes, item: Item, settings: MelodySettings) -> Notes:
    beat = np.asarray(item.values["beat"]["time"], np.float64)
    return split_melody_16(notes, beat, lowest_pitch=settings.lowest_pitch)


def _symmv(notes: Notes, item: Item, settings: MelodySettings) -> Notes:
    return split_melody_symmv(notes)


_METHODS = {"skyline": _skyline, "skyline-16": _skyline_16, "symmv": _symmv}

STAGE = Stage(
    name="melody",
    version="1.1.0",
    needs=("notes", "midi_quality", "beat"),
    makes={"note_midi": row.NOTES},
    settings=MelodySettings,
    run=run,
    about="Splits the notes into melody and accompaniment, unless the source did.",
)
