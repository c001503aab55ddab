"""Source `manifest`: a list of songs that somebody wrote, one row each, columns as in `Song`."""

from __future__ import annotations

import dataclasses
import math
import os
import unicodedata
from collections.abc import Callable, Iterator
from importlib import resources
from pathlib import Path
from typing import Any

from symmv_tools.errors import BadCall, BadManifest
from symmv_tools.settings import nearest
from symmv_tools.song import MEDIA, Song, printable
from symmv_tools.sources.collected import (
    Collected,
    HasAudio,
    Refusal,
    medium_trouble,
    spelled,
    storable,
    video_has_audio,
    with_own_sound,
)
from symmv_tools.sources.records import Record, records_from

COLUMNS = tuple(field.name for field in dataclasses.fields(Song))
"""What a manifest may say of a song; every column may be left out."""

Identity = Callable[[str], str]
"""Gives the song_id of an address."""

LONGEST_ID = 10_000
"""Characters a song_id may have: more than any path, few enough to print in an error."""


def songs_from(
    source: str | Path,
    *,
    base: str | Path | None = None,
    limit: int | None = None,
    has_audio: HasAudio = video_has_audio,
    identity: Identity = "web:{}".format,
) -> Collected:
    """Return the songs that `source` lists, in its order; at most `limit` of them.

    `source` is a TSV, CSV, JSON-lines or Parquet file, or "-" for text on stdin. An empty cell is
    None. Paths of media are absolute or relative to `base`, which is the manifest's own folder
    (for stdin the working directory) unless given; media stay where they are, and may lie above
    `base`. Without a song_id a row is named after its first medium, as the source `folder` would, or
    by the `identity` of its address. A row without a medium or an address (cover_url, video_url), with
    a medium that is not there, or with a song_id or text that cannot be stored is refused; its
    neighbours are not.

    Raises BadManifest, with file and line, if the list cannot be understood or contradicts itself.
    """
    origin = "stdin" if str(source) == "-" else spelled(str(source))
    own_folder = os.curdir if str(source) == "-" else os.path.dirname(source)
    root = os.path.abspath(own_folder if base is None else base)
    found = Collected()
    rows = _outcomes(source, origin, root, has_audio, identity)
    # Asking for one row too many could wait for ever, on stdin.
    while (limit is None or len(found.songs) < limit) and (row := next(rows, None)):
        if isinstance(row, Song):
            found.songs.append(row)
        else:
            found.refused.append(row)
    return found


def _outcomes(
    source: str | Path, origin: str, root: str, has_audio: HasAudio, identity: Identity
) -> Iterator[Song | Refusal]:
    lines_of: dict[str, int] = {}
    for record in records_from(source, COLUMNS):
        where = f"{origin}:{record.line}"
        song = _song(record, root, where, identity)
        if isinstance(song, Song):
            _check_new(song.song_id, lines_of, origin, record.line)
            song = _refusal(song, where) or with_own_sound(song, has_audio)
        yield song


def _check_new(song_id: str, lines_of: dict[str, int], origin: str, line: int) -> None:
    first = lines_of.setdefault(song_id, line)
    if first != line:
        raise BadManifest(
            f"{origin}:{line}: song_id {printable(song_id)!r} appears twice (first on line {first})",
            hint="give the second recording its own id, e.g. add '-live'",
        )


def _song(record: Record, root: str, where: str, identity: Identity) -> Song | Refusal:
    values = {name: _value(name, raw, where) for name, raw in record.cells.items()}
    path = next((values[kind] for kind in MEDIA if values.get(kind)), None)
    address = values.get("cover_url") or values.get("video_url")
    if path is None and not address:
        what = spelled(values.get("song_id") or where)
        return Refusal(
            what, "NO_MEDIUM", f"{where}: the row names no audio, video or MIDI file, nor an address"
        )
    if not values.get("song_id") and path:
        name = _name_of(path, root)
        values |= {"song_id": f"folder:{name}", "title": values.get("title") or name.rpartition("/")[2]}
    elif not values.get("song_id") and address:
        values["song_id"] = identity(address)
    for kind in MEDIA:
        if values.get(kind):
            values[kind] = os.path.join(root, values[kind])
    return Song(**values)


def _value(name: str, raw: Any, where: str) -> Any:
    """Return a cell as the type of the field `name`: text or, for the offset, seconds."""
    if raw is None or raw == "":
        return None
    if name == "audio_video_offset":
        return _seconds(raw, f"{where}: {name}")
    if isinstance(raw, str):
        return raw
    if isinstance(raw, int) and not isinstance(raw, bool):
        return str(raw)  # ids and years made of digits come as numbers in JSON and Parquet
    kind = type(raw).__name__
    raise BadManifest(
        f"{where}: {name} must be text; found a {kind}, {printable(repr(raw))}", "put it in quotes"
    )


def _seconds(raw: Any, where: str) -> float:
    try:
        seconds = float(raw)
    except (TypeError, ValueError, OverflowError):
        seconds = math.nan
    if not math.isfinite(seconds) or isinstance(raw, bool):
        found = printable(repr(raw))
        raise BadManifest(
            f"{where} must be a number of seconds; found {found}",
            "write it with a decimal point, e.g. -0.25, or leave it empty",
        )
    return seconds


def _name_of(path: str, root: str) -> str:
    """Return the name of a song after its file: below `root` if it is there, else as it is written."""
    path = os.path.normpath(path)
    if os.path.isabs(path) and os.path.commonpath([root, path]) == root:
        path = os.path.relpath(path, root)
    return unicodedata.normalize("NFC", os.path.splitext(path)[0].replace(os.sep, "/"))


def _refusal(song: Song, where: str) -> Refusal | None:
    """Return why a row is no song although it can be read, or None."""
    for name, text in vars(song).items():
        if isinstance(text, str) and not storable(text):
            message = f"{where}: {name} holds half a character: {spelled(text)}"
            return Refusal(spelled(song.song_id), "UNDECODABLE_TEXT", message)
    if trouble := _id_trouble(song.song_id):
        return Refusal(spelled(song.song_id), "BAD_SONG_ID", f"{where}: {trouble}")
    for kind in MEDIA:
        path = getattr(song, kind)
        if path and (why := medium_trouble(path)):
            code, reason = why
            return Refusal(song.song_id, code, f"{where}: the {kind} file {printable(path, 300)} {reason}")
    return None


def _id_trouble(song_id: str) -> str | None:
    """Say what is wrong with a song_id, or None.

    Ids come from file names and from the web, so they may hold anything that text can: they are
    printed through `printable` and reach the disk as digests only.
    """
    if not song_id.strip():
        return "the song_id is blank"
    if "\0" in song_id:
        return "the song_id holds a NUL character"
    if len(song_id) > LONGEST_ID:
        return f"the song_id has {len(song_id):,} characters; {LONGEST_ID:,} are allowed"
    return None


def named(name: str, *, shelf: Path | None = None) -> Path:
    """Return where the list of songs `name`, one of those that symmv brings, lies on this machine.

    Raises BadCall, with the nearest name, if symmv brings no such list.
    """
    shelf = shelf or Path(str(resources.files("symmv_tools.manifests") / "songs"))
    known = {path.stem: path for path in shelf.glob("*.tsv")}
    if name not in known:
        hint = nearest(name, known) if known else "give a list of your own with --from"
        raise BadCall(f"symmv brings no list of songs named {printable(name)!r}", hint)
    return known[name]
