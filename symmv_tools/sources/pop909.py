"""Source `pop909`: POP909 as it was released (Wang et al., ISMIR 2020; MIT).

909 folders 001, 002, … of one song each: the MIDI arrangement with tracks MELODY, BRIDGE and PIANO,
and what its makers' programs and hands said of it and of the recording that it follows. `*_midi` was
found in the MIDI file, `*_audio` in the recording; the two disagree (chords: majmin .81).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symmv_tools.errors import BadMedium
from symmv_tools.io import midi
from symmv_tools.music import harte
from symmv_tools.music.beats import Beats
from symmv_tools.music.keys import KEYS
from symmv_tools.music.notes import Notes
from symmv_tools.song import Song, printable
from symmv_tools.sources.collected import Refusal
from symmv_tools.sources.releases import (
    Annotation,
    Labels,
    Release,
    Released,
    Source,
    beat_group,
    read_labels,
    read_table,
)
from symmv_tools.sources.spreadsheet import rows_of

_TEXTS = ("beat_midi", "beat_audio", "chord_midi", "chord_audio", "key_audio")
_KEY = re.compile(r"([A-G][#b]?):(maj|min)")


@dataclass(frozen=True)
class Annotations:
    """What the release says of one song. Notes carry their tracks: melody, bridge or piano."""

    notes: Notes
    pedal: dict[str, NDArray[Any]]
    beats_midi: Beats
    beats_audio: Beats
    chords_midi: Labels
    chords_audio: Labels
    keys: Labels


def read_annotations(folder: Path) -> Annotations:
    """Read the folder of one song, e.g. `POP909/001`; BadMedium for a file that cannot be used."""
    file = midi.read(folder / f"{folder.name}.mid")
    return Annotations(
        file.notes,
        file.pedal,
        read_beat_midi(folder / "beat_midi.txt"),
        read_beat_audio(folder / "beat_audio.txt"),
        read_chords(folder / "chord_midi.txt"),
        read_chords(folder / "chord_audio.txt"),
        read_keys(folder / "key_audio.txt"),
    )


# --- the files ------------------------------------------------------------------------------------


def read_beat_midi(path: Path) -> Beats:
    """Read beat_midi.txt: time, accent, stronger accent.

    A bar begins with a strong accent, and holds four beats in most songs. In those in three the
    strong accent marks every second bar, so there a bar begins with any accent: that agrees with
    beat_audio's downbeats in F .67 on the 26 such songs of 001-800, the strong accent in .44.
    Positions count up from each downbeat to the next; before the first and after the last one, where
    marks are missing, the bars go on as long as they usually are.
    """
    table, _ = read_table(path, 3)
    in_three = _usual_gap(table[:, 1] == 1) == 3
    is_downbeat = table[:, 1 if in_three else 2] == 1
    return _beats(path, table[:, 0], _positions(is_downbeat, 3 if in_three else 4))


def read_beat_audio(path: Path) -> Beats:
    """Read beat_audio.txt: time, position in the bar."""
    table, _ = read_table(path, 2)
    if not ((table[:, 1] >= 1) & (table[:, 1] <= 255) & (table[:, 1] % 1 == 0)).all():
        raise BadMedium("BAD_ANNOTATION", f"{path.name}: a position in the bar is no number from 1 to 255")
    return _beats(path, table[:, 0], table[:, 1].astype(np.int64))


def _usual_gap(marks: NDArray[np.bool_]) -> int:
    """The commonest number of beats from one mark to the next; 0 if there are fewer than two."""
    return int(np.bincount(np.diff(np.flatnonzero(marks)), minlength=1).argmax())


def _positions(is_downbeat: NDArray[np.bool_], beats_per_bar: int) -> NDArray[np.int64]:
    index = np.arange(len(is_downbeat))
    if not is_downbeat.any():
        return index % beats_per_bar + 1
    first, last = np.flatnonzero(is_downbeat)[[0, -1]]
    position = index - np.maximum.accumulate(np.where(is_downbeat, index, 0)) + 1
    position[:first] = (index[:first] - first) % beats_per_bar + 1
    position[last:] = (index[last:] - last) % beats_per_bar + 1
    return position


def _beats(path: Path, time: NDArray[np.float64], position: NDArray[np.int64]) -> Beats:
    if (np.diff(time) <= 0).any() or time[0] < 0:
        raise BadMedium("BAD_ANNOTATION", f"{path.name}: its beats are not in order of time")
    return Beats(time, np.minimum(position, 255).astype(np.uint8), np.ones(len(time), np.float32))


def read_chords(path: Path) -> Labels:
    """Read chord_midi.txt or chord_audio.txt: Harte's syntax, as it stands there."""
    return read_labels(path, _harte)


def _harte(label: str) -> str:
    harte.parse(label)  # raises ValueError if it is no chord
    return label


def read_keys(path: Path) -> Labels:
    """Read key_audio.txt; `Gb:maj` becomes `F#:major`."""
    return read_labels(path, _key)


def _key(label: str) -> str:
    found = _KEY.fullmatch(label)
    if not found:
        raise ValueError(f"{printable(label, 30)!r} is no key such as Gb:maj")
    return KEYS[harte.pitch_class(found[1]) + (12 if found[2] == "min" else 0)]


# --- the release ----------------------------------------------------------------------------------


def _find(files: Mapping[str, Path], index: Path | None, limit: int | None) -> Release:
    found = Release()
    names = _names(index, found.refused)
    for number in sorted({keep.partition("/")[0] for keep in files}):
        if limit is not None and len(found.songs) >= limit:
            break
        path = files.get(f"{number}/{number}.mid")
        if path is None:
            message = f"folder {number} has no {number}.mid; its other files were left out"
            found.refused.append(Refusal(f"pop909:{number}", "NO_MEDIUM", message))
        else:
            title, artist = names.get(number, (None, None))
            song = Song(f"pop909:{number}", title=title, artist=artist, midi=str(path), license="MIT")
            found.songs.append(Released(song, _annotations(path)))
    return found


def _names(index: Path | None, refused: list[Refusal]) -> dict[str, tuple[str | None, str | None]]:
    """Return title and artist by number; a number that the index has twice has none."""
    if index is None:
        message = "index.xlsx is not there, so titles and artists are null"
        refused.append(Refusal("index.xlsx", "NO_INDEX", message))
        return {}
    try:
        rows = rows_of(index)
    except BadMedium as why:
        refused.append(Refusal(index.name, why.code, f"{why.message}; titles and artists are null"))
        return {}
    names: dict[str, tuple[str | None, str | None]] = {}
    for row in rows:
        number, name = row.get("song_id", ""), (row.get("name") or None, row.get("artist") or None)
        if names.setdefault(number, name) != name:
            message = f"{index.name} says two things of song {printable(number)}; it gets no title and artist"
            refused.append(Refusal(f"pop909:{number}", "DUPLICATE", message))
            names[number] = (None, None)
    return names


def _annotations(path: Path) -> tuple[Annotation, ...]:
    folder = path.parent
    variants = {
        "chords@released": ("chord_midi.txt", _chord_group),
        "chords@released-audio": ("chord_audio.txt", _chord_group),
        "keys@released": ("key_audio.txt", _key_group),
        "beats@released": ("beat_midi.txt", _beat_midi_group),
        "beats@released-audio": ("beat_audio.txt", _beat_audio_group),
    }
    texts = (
        Annotation(variant, (folder / name,), partial(read, folder / name))
        for variant, (name, read) in variants.items()
    )
    return (Annotation("melody@released", (path,), partial(_note_group, path)), *texts)


def _note_group(path: Path) -> dict[str, Any]:
    return {"note_midi": midi.read(path).notes.as_group()}


def _chord_group(path: Path) -> dict[str, Any]:
    return {"chord": read_chords(path).as_group()}


def _key_group(path: Path) -> dict[str, Any]:
    return {"key_mode": read_keys(path).as_group()}


def _beat_midi_group(path: Path) -> dict[str, Any]:
    return {"beat": beat_group(read_beat_midi(path))}


def _beat_audio_group(path: Path) -> dict[str, Any]:
    return {"beat": beat_group(read_beat_audio(path))}


SOURCE = Source(
    name="POP909",
    reader="pop909 1.0.0",
    member=re.compile(
        rf"(?:.*/)?(?P<keep>(\d{{3}})/(?:\2\.mid|(?:{'|'.join(_TEXTS)})\.txt)|index\.xlsx)", re.ASCII
    ),
    is_index=lambda path: path.name == "index.xlsx",
    find=_find,
)
