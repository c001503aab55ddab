"""Rows -> POP909's folder layout; `symmv import pop909` is the way back.

A folder of three digits for each song: the MIDI file with tracks MELODY, BRIDGE and PIANO, and text files of
beats, chords and keys. POP909 tells what was found in the MIDI from what was found in the recording
(`*_midi`, `*_audio`); a row has one of each, which stands in both.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symmv_tools.dataset.convert import midi
from symmv_tools.dataset.convert.labels import intervals
from symmv_tools.dataset.convert.workbook import workbook
from symmv_tools.music.notes import from_group, make_notes

COLUMNS = ("title", "artist", *midi.COLUMNS, "beat", "chord")
"""The columns that POP909's layout says something of."""

INDEX = "index.xlsx"
MOST_SONGS = 999
_TRACKS = {"melody": "MELODY", "bridge": "BRIDGE"}
_USUAL_TRACK = "PIANO"
_MODES = {"major": "maj", "minor": "min"}


def pop909_files(row: Mapping[str, Any], number: str) -> Iterator[tuple[str, bytes]]:
    """Yield the files of one song below POP909's folder: name and content.

    What is null or empty has no file, but for the MIDI. See the how-to for what the layout cannot hold.
    """
    yield f"{number}/{number}.mid", _midi(row)
    for name, column, text in _TEXTS:
        group = row.get(column)
        if group is not None and (said := text(group)):
            yield f"{number}/{name}.txt", said.encode()


def index_file(songs: Mapping[str, Mapping[str, Any]]) -> bytes:
    """Return index.xlsx: number, title and artist of each song, and the id that it has in the export."""
    header = ["song_id", "name", "artist", "symmv_song_id"]
    rows = [[n, *(str(row.get(c) or "") for c in ("title", "artist", "song_id"))] for n, row in songs.items()]
    return workbook([header, *rows])


def number_of(song_id: str, taken: set[str]) -> str | None:
    """Return the folder of a song: POP909's own number, else the lowest that is free; None if none is."""
    source, _, own = song_id.partition(":")
    if source == "pop909" and len(own) == 3 and own.isascii() and own.isdigit() and own not in taken:
        return own
    return next((n for n in map("{:03d}".format, range(1, MOST_SONGS + 1)) if n not in taken), None)


def _midi(row: Mapping[str, Any]) -> bytes:
    group = row.get("note_midi")
    notes = make_notes([], [], [], []) if group is None else from_group(group)
    tracks = [_TRACKS.get(track, _USUAL_TRACK) for track in notes.track]
    named = make_notes(notes.onset, notes.duration, notes.pitch, notes.velocity, tracks)
    return midi.to_midi({**row, "note_midi": named.as_group()})


def _beat_midi(group: Mapping[str, Any]) -> str:
    """Time, accent, strong accent: bars of three have the strong one in every other bar, as POP909's do."""
    time, position = np.asarray(group["time"], float), np.asarray(group["value"], int)
    is_downbeat = position == 1
    if _bar_length(is_downbeat) == 3:
        accent = is_downbeat
        strong = is_downbeat & (np.cumsum(is_downbeat) % 2 == 1)
    else:
        accent, strong = position % 2 == 1, is_downbeat
    return _lines(time, accent.astype(float), strong.astype(float), gap=" ")


def _bar_length(is_downbeat: NDArray[np.bool_]) -> int:
    """The commonest number of beats from one downbeat to the next; 0 if there are fewer than two."""
    return int(np.bincount(np.diff(np.flatnonzero(is_downbeat)), minlength=1).argmax())


def _beat_audio(group: Mapping[str, Any]) -> str:
    return _lines(np.asarray(group["time"], float), np.asarray(group["value"], float), gap="\t")


def _lines(*columns: NDArray[np.float64], gap: str) -> str:
    rows = zip(*(column.tolist() for column in columns), strict=True)
    return "".join(gap.join(map(repr, row)) + "\n" for row in rows)


def _chords(group: Mapping[str, Any]) -> str:
    return _spans(group, lambda label: label)


def _keys(group: Mapping[str, Any]) -> str:
    return _spans(group, lambda key: f"{key.partition(':')[0]}:{_MODES[key.partition(':')[2]]}")


def _spans(group: Mapping[str, Any], spelled: Any) -> str:
    """Lines of start, end and label: each ends where the next begins; what lasts no time is left out."""
    span, label = intervals(group)
    span[:-1, 1] = np.minimum(span[:-1, 1], span[1:, 0])
    lines = zip(span.tolist(), label, strict=True)
    return "".join(f"{start!r}\t{end!r}\t{spelled(name)}\n" for (start, end), name in lines if end > start)


_TEXTS = (
    ("beat_midi", "beat", _beat_midi),
    ("beat_audio", "beat", _beat_audio),
    ("chord_midi", "chord", _chords),
    ("chord_audio", "chord", _chords),
    ("key_audio", "key_mode", _keys),
)
