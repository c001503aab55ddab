"""Row <-> MIDI file, symusic Score and pretty_midi object.

A MIDI file holds the notes, the pedal, one tempo, and time and key signatures. Chords, beats, shots
and confidences have no place in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import symusic

from symmv_tools.dataset.convert.labels import until_next
from symmv_tools.io import midi
from symmv_tools.io.midi_signatures import read_signatures, with_signatures
from symmv_tools.music.notes import from_group, make_notes

COLUMNS = ("note_midi", "pedal", "tempo_global", "time_signature", "key_mode")
"""The columns that a MIDI file says something of."""

USUAL_BPM = 120.0
_SLOWEST, _FASTEST = 4.0, 1000.0  # what a file can say, in beats per minute


def to_midi(row: Mapping[str, Any]) -> bytes:
    """Return a Standard MIDI File of the row's annotations, one track for each track of its notes.

    This is what was annotated; the file that the song came as is the row's own column `midi`.
    """
    group, tempo = row.get("note_midi"), row.get("tempo_global")
    notes = make_notes([], [], [], []) if group is None else from_group(group)
    bpm = tempo if tempo is not None and _SLOWEST <= tempo <= _FASTEST else USUAL_BPM
    raw = midi.write(notes, row.get("pedal"), tempo_bpm=bpm)
    return with_signatures(raw, row.get("time_signature"), row.get("key_mode"))


def from_midi(raw: bytes) -> dict[str, Any]:
    """Return the columns that a MIDI file fills: `COLUMNS` and `duration`.

    Keys hold until the next; the tempo is the first. Raises BadMedium as `io.midi.parse` does.
    """
    file, said = midi.parse(raw), read_signatures(raw)
    return {
        "duration": file.duration,
        "note_midi": file.notes.as_group(),
        "pedal": file.pedal,
        "tempo_global": float(file.tempo.bpm[0]),
        "time_signature": {"time": said.time, "numerator": said.numerator, "denominator": said.denominator},
        "key_mode": until_next(said.key_time, said.key, file.duration),
    }


def to_symusic(row: Mapping[str, Any]) -> Any:
    """Return the row as a `symusic.Score` in ticks."""
    return symusic.Score.from_midi(to_midi(row))


def from_symusic(score: Any) -> dict[str, Any]:
    """Return the columns of a `symusic.Score`, as `from_midi` does."""
    return from_midi(bytes(score.to("tick").dumps_midi()))
