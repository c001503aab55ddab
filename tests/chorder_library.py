"""chorder itself, asked by its documented call: the oracle of `music/chorder.py`."""

from __future__ import annotations

import numpy as np
from chorder import Chord, Dechorder
from miditoolkit import Instrument, MidiFile, Note

from symmv_tools.music.chorder import QUALITIES, CellChords, TickNotes

_NAMES = {"M": "maj", "m": "min", "o": "dim", "+": "aug"} | {"M7": "maj7", "m7": "min7"}
_NAMES |= {"o7": "dim7", "/o7": "hdim7", "7": "7", "sus2": "sus2", "sus4": "sus4"}


def midi_file(notes: TickNotes, *, ticks_per_beat: int, end: int) -> MidiFile:
    """The notes as one piano track of a miditoolkit file."""
    file = MidiFile(ticks_per_beat=ticks_per_beat)
    file.max_tick = end
    piano = Instrument(program=0)
    rows = zip(notes.pitch.tolist(), notes.start.tolist(), notes.stop.tolist(), strict=True)
    piano.notes = [Note(64, pitch, start, stop) for pitch, start, stop in rows]
    file.instruments = [piano]
    return file


def notes_of(file: MidiFile) -> TickNotes:
    """All notes of a miditoolkit file."""
    rows = [(note.start, note.end, note.pitch) for track in file.instruments for note in track.notes]
    return TickNotes(*np.array(rows, np.int64).reshape(-1, 3).T)


def asked(file: MidiFile) -> list[Chord]:
    """What `Dechorder.dechord` says of `file`."""
    chords: list[Chord] = Dechorder.dechord(file)
    return chords


def as_cells(chords: list[Chord]) -> CellChords:
    """chorder's chords in our form."""
    rows = [(_or_none(chord.root_pc), _quality(chord.quality), _or_none(chord.bass_pc)) for chord in chords]
    return CellChords(*np.array(rows, np.int64).reshape(-1, 3).T)


def _or_none(pitch_class: int | None) -> int:
    return -1 if pitch_class is None else pitch_class


def _quality(name: str | None) -> int:
    return -1 if name is None else QUALITIES.index(_NAMES[name])
