"""Source `symmv`: SymMV as it was released (Zhuo et al., ICCV 2023; CC BY-NC-SA, so for no sale).

`midi/00001.mid` is the transcription of a piano version, `midi/texture/00001_new.mid` what is left
of it as accompaniment, `chord/00001.txt` its chords, and a table gives the music video, the key and
a Shazam id. What the files mean is found nowhere but in themselves (docs/reference/benchmarks.md).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from symmv_tools.errors import BadCall, BadMedium
from symmv_tools.io import midi
from symmv_tools.music import harte, symmv
from symmv_tools.music.keys import KEYS
from symmv_tools.music.melody import with_parts
from symmv_tools.music.notes import Notes
from symmv_tools.song import Song, printable
from symmv_tools.sources.collected import Refusal
from symmv_tools.sources.releases import (
    Annotation,
    Labels,
    Release,
    Released,
    Source,
    read_labels,
    read_text,
)

_TONALITY = re.compile(r"([A-Ga-g])([#-]?) (major|minor)")
_COLUMNS = ("index", "youtube_url", "tonality", "shazam_id")


@dataclass(frozen=True)
class Annotations:
    """What the release says of one song: `notes` is the transcription, `split` the same by tracks.

    `key` is one of `keys.KEYS`, or None if the table has none. Chords have gaps: SymMV's files name
    no chord on Eb or Bb.
    """

    notes: Notes
    split: Notes
    chords: Labels
    key: str | None


@dataclass(frozen=True)
class Entry:
    """A row of the table; "" where it is empty."""

    url: str = ""
    tonality: str = ""
    shazam_id: str = ""


def read_annotations(dataset: Path, number: str, entry: Entry | None = None) -> Annotations:
    """Read song `number`, e.g. "00001", of the folder that holds `midi` and `chord`.

    Raises BadMedium for a file that cannot be used.
    """
    path = dataset / "midi" / f"{number}.mid"
    notes = midi.read(path).notes
    return Annotations(
        notes,
        split(notes, midi.read(_texture(path)).notes),
        read_chords(_chord(path)),
        key_of(entry.tonality) if entry and entry.tonality else None,
    )


def _texture(path: Path) -> Path:
    return path.parent / "texture" / f"{path.stem}_new.mid"


def _chord(path: Path) -> Path:
    return path.parent.parent / "chord" / f"{path.stem}.txt"


# --- the files ------------------------------------------------------------------------------------


def split(notes: Notes, texture: Notes) -> Notes:
    """Return melody and accompaniment of a transcription, given its texture file.

    The accompaniment is the texture file, note for note. It is the transcription, each highest note
    of an onset beginning only at the next onset, if it lasts beyond that. So the melody is those
    notes up to the next onset; one that ends before it is in both. Raises BadMedium if the two
    files differ in their number of notes, which such a pair cannot.
    """
    if len(notes) != len(texture):
        message = f"the transcription has {len(notes):,} notes, the texture file {len(texture):,}"
        raise BadMedium("BAD_ANNOTATION", f"{message}; they should be equally many")
    return with_parts(symmv.split(notes).melody, texture)


def read_chords(path: Path) -> Labels:
    """Read a chord file, ticks and labels such as `FM7`, as seconds and Harte labels."""
    return read_labels(path, harte.from_symmv, symmv.TICKS_PER_SECOND)


def key_of(tonality: str) -> str:
    """Return music21's `E- major` or `c# minor` as `Eb:major`, `C#:minor`; BadMedium if it is no key."""
    found = _TONALITY.fullmatch(tonality)
    if not found:
        message = f"the tonality {printable(tonality, 30)!r} is no key such as E- major"
        raise BadMedium("BAD_ANNOTATION", message)
    return KEYS[harte.pitch_class(found[1] + found[2]) + (12 if found[3] == "minor" else 0)]


def read_index(path: Path) -> dict[str, list[Entry]]:
    """Read the tab-separated table: all rows of each song, equal ones once.

    A row may end after its last cell that is not empty, as 190 of the release's do. Raises BadCall
    if it is no such table.
    """
    try:
        header, *lines = (line.split("\t") for line in read_text(path).rstrip("\n").split("\n"))
    except BadMedium as why:
        raise BadCall(f"the index {path} cannot be used: {why.message}", why.hint) from why
    if [cell.strip() for cell in header] != list(_COLUMNS):
        raise BadCall(f"{path} is no index of SymMV", "its first line must be " + ", ".join(_COLUMNS))
    rows: dict[str, list[Entry]] = defaultdict(list)
    for cells in lines:
        number, *said = (cell.strip() for cell in cells)
        entry = Entry(*said[:3])
        if entry not in rows[number]:
            rows[number].append(entry)
    return rows


# --- the release ----------------------------------------------------------------------------------


def _find(files: Mapping[str, Path], index: Path | None, limit: int | None) -> Release:
    if index is None:
        raise BadCall(
            "SymMV's table of songs is neither among its files nor beside them",
            "say --index FILE: the tab-separated .csv with index, youtube_url, tonality, shazam_id",
        )
    entries = read_index(index)
    midis = {
        path.stem: path for keep, path in files.items() if keep.count("/") == 1 and path.suffix == ".mid"
    }
    found = Release()
    for number in sorted(midis):
        if limit is not None and len(found.songs) >= limit:
            break
        rows = entries.get(number, [])
        if len(rows) > 1:
            message = f"{index.name} has {len(rows)} different rows of song {number}; the song was left out"
            found.refused.append(Refusal(f"symmv:{number}", "DUPLICATE", message))
        else:
            found.songs.append(_released(number, midis[number], files, rows[0] if rows else Entry()))
    if limit is None and (missing := sorted(set(entries) - set(midis))):
        found.refused.append(_missing(index, missing))
    return found


def _missing(index: Path, numbers: list[str]) -> Refusal:
    shown = ", ".join(printable(number, 20) for number in numbers[:8]) + (", …" if len(numbers) > 8 else "")
    message = f"{len(numbers):,} rows of {index.name} have no MIDI file: {shown}"
    return Refusal(index.name, "NO_MEDIUM", message)


def _released(number: str, path: Path, files: Mapping[str, Path], entry: Entry) -> Released:
    texture = files.get(f"midi/texture/{number}_new.mid", _texture(path))
    chord = files.get(f"chord/{number}.txt", _chord(path))
    song = Song(
        f"symmv:{number}",
        midi=str(path),
        video_url=entry.url or None,
        shazam_id=entry.shazam_id or None,
        license="CC BY-NC-SA 4.0",
    )
    annotations = (
        Annotation("melody@released", (path, texture), partial(_note_group, path, texture)),
        Annotation("chords@released", (chord,), partial(_chord_group, chord)),
        Annotation(
            "keys@released", (path,), partial(_key_group, path, entry.tonality), {"tonality": entry.tonality}
        ),
    )
    return Released(song, annotations)


def _note_group(path: Path, texture: Path) -> dict[str, Any]:
    return {"note_midi": split(midi.read(path).notes, midi.read(texture).notes).as_group()}


def _chord_group(path: Path) -> dict[str, Any]:
    return {"chord": read_chords(path).as_group()}


def _key_group(path: Path, tonality: str) -> dict[str, Any]:
    """The one key of the song, from its first onset to its last end, as our own annotator says it."""
    if not tonality:
        raise BadMedium("MEDIA_MISSING", "the index gives no tonality")
    notes = midi.read(path).notes
    begin = float(notes.onset[0]) if len(notes) else 0.0
    labels = Labels(np.array([begin]), np.array([notes.end - begin]), [key_of(tonality)])
    return {"key_mode": labels.as_group()}


def _is_index(path: Path) -> bool:
    if path.suffix.lower() not in (".csv", ".tsv") or not path.is_file():
        return False
    try:
        with path.open(encoding="utf-8-sig") as file:
            return file.readline(200).rstrip("\r\n").split("\t") == list(_COLUMNS)
    except (OSError, UnicodeDecodeError):
        return False


SOURCE = Source(
    name="SymMV",
    reader="symmv 1.0.0",
    member=re.compile(
        r"(?:.*/)?(?P<keep>midi/\d{5}\.mid|midi/texture/\d{5}_new\.mid|chord/\d{5}\.txt|[^/]+\.[ct]sv)",
        re.ASCII,
    ),
    is_index=_is_index,
    find=_find,
)
