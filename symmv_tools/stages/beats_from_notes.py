"""Stage `beats_from_notes`: beats and downbeats where there is no audio to hear them in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from symmv_tools import row
from symmv_tools.music.beats import track_beats
from symmv_tools.music.notes import from_group
from symmv_tools.settings import semantic
from symmv_tools.stage import Context, Done, Item, Outcome, Stage


@dataclass(frozen=True)
class BeatsFromNotesSettings:
    """How beats are found; the numbers were tried on POP909 001-700.

    On every third song of 701-800 (`tests/benchmarks/beats_and_chords.py`): F .867 for beats, .723
    for downbeats. What is missed is mostly half or double tempo.
    """

    expected_bpm: float = semantic(80.0, "beats per minute that are thought the likeliest")
    octave_width: float = semantic(1.0, "octaves of tempo within which that is believed (one deviation)")
    tightness: float = semantic(300.0, "price of uneven beats, in onset strength per squared log ratio")
    slip_cost: float = semantic(6.0, "price of a bar that ends early, in deviations of accent")


def run(songs: Sequence[Item], settings: BeatsFromNotesSettings, context: Context) -> Iterator[Outcome]:
    """Give each song its beats; the lists are empty for a song of one note."""
    for item in songs:
        beats = track_beats(
            from_group(item.values["notes"]),
            expected_bpm=settings.expected_bpm,
            octave_width=settings.octave_width,
            tightness=settings.tightness,
            slip_cost=settings.slip_cost,
        )
        yield Done(
            {"beat": {"time": beats.time, "value": beats.position, "confidence": beats.confidence}},
        )


STAGE = Stage(
    name="beats_from_notes",
    version="1.0.0",
    needs=("notes", "midi_quality"),
    makes={"beat": row.BEAT},
    settings=BeatsFromNotesSettings,
    run=run,
    about="Beats and downbeats from the notes, for songs without audio.",
)
