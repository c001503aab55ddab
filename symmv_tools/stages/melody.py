"""Stage `melody`: every note is melody or accompaniment."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from symmv_tools import row
from symmv_tools.music.melody import MELODY, split_melody
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

    trust_tracks: bool = semantic(True, "keep the source's tracks where one of them is named melody")
    onset_tolerance_seconds: float = semantic(0.03, "seconds within which notes count as struck together")
    lowest_pitch: int = semantic(62, "MIDI number of the lowest note that can be melody; 0 = any")


def run(songs: Sequence[Item], settings: MelodySettings, context: Context) -> Iterator[Outcome]:
    """Give each song its notes with tracks."""
    for item in songs:
        yield Done({"note_midi": _with_tracks(from_group(item.values["notes"]), settings).as_group()})


def _with_tracks(notes: Notes, settings: MelodySettings) -> Notes:
    if settings.trust_tracks and MELODY in notes.track:
        return notes
    return split_melody(
        notes,
        onset_tolerance_seconds=settings.onset_tolerance_seconds,
        lowest_pitch=settings.lowest_pitch,
    )


STAGE = Stage(
    name="melody",
    version="1.0.0",
    needs=("notes", "midi_quality"),
    makes={"note_midi": row.NOTES},
    settings=MelodySettings,
    run=run,
    about="Splits the notes into melody and accompaniment by the skyline, unless the source did.",
)
