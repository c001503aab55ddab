"""Stage `read_midi`: a given MIDI file becomes notes in seconds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import pyarrow as pa

from symmv_tools import row
from symmv_tools.settings import NoSettings
from symmv_tools.song import is_of_release
from symmv_tools.stage import Context, Done, Item, Outcome, Stage


def run(songs: Sequence[Item], settings: NoSettings, context: Context) -> Iterator[Outcome]:
    """Read each song's MIDI file; a broken one escapes as BadMedium.

    The tracks of a released data set are melted into one, as if they had been transcribed: who named
    them said which notes are the melody, and our own annotators shall not read that off. It stands
    in `melody@released`.
    """
    from symmv_tools.io import midi

    for item in songs:
        assert item.song.midi is not None, f"{item.song.song_id} has no MIDI file"
        file = midi.read(item.song.midi)
        notes = replace(file.notes, track=[]) if is_of_release(item.song) else file.notes
        yield Done(
            {
                "notes": notes.as_group(),
                "pedal": file.pedal,
                "midi": file.bytes,
                "duration": file.duration,
            }
        )


STAGE = Stage(
    name="read_midi",
    version="1.0.0",
    media=("midi",),
    makes={"notes": row.NOTES, "pedal": row.PEDAL, "midi": pa.binary(), "duration": pa.float64()},
    run=run,
    imports=("symusic",),
    about="Notes, pedal and duration of a given MIDI file, in seconds.",
)
