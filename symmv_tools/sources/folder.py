"""Source `folder`: audio, video and MIDI files that a person already has, paired by name."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterator, Sequence
from heapq import heappop, heappush
from pathlib import Path
from typing import NamedTuple

from symmv_tools.errors import BadCall
from symmv_tools.song import Song, printable
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

ENDINGS = {
    "audio": ("wav", "mp3", "flac", "ogg", "opus", "m4a", "aac", "wma", "aif", "aiff"),
    "video": ("mp4", "webm", "mkv", "mov", "avi", "m4v"),
    "midi": ("mid", "midi", "kar"),
}
"""File name extensions of each medium, compared without regard to case."""

_KIND_OF = {f".{ending}": kind for kind, endings in ENDINGS.items() for ending in endings}


class _File(NamedTuple):
    name: str  # below the folder, without extension, "/" between parts, NFC
    kind: str
    path: str
    trouble: Refusal | None = None


def songs_in(
    folder: str | Path, *, limit: int | None = None, has_audio: HasAudio = video_has_audio
) -> Collected:
    """Return the songs of `folder` and all folders below it, sorted by name; at most `limit` of them.

    Files whose paths differ only in their extension are the media of one song, `folder:NAME`, with
    NAME the path below `folder` without extension. Media stay where they are. A name with two files
    of one kind, or with a file that is not there (a broken link), is refused; its neighbours are not.
    Hidden files are left out. Linked files and folders are followed; each real folder is read once,
    under its own name if it has one below `folder`, so a circle of links ends.
    `has_audio` is asked about videos that have neither audio nor MIDI beside them.

    Raises BadCall if there is no such folder, it cannot be read, or no medium is in it.
    """
    files, refused = _sorted_out(os.path.abspath(folder))
    if not files and not refused:
        raise BadCall(
            f"no audio, video or MIDI file is in {spelled(str(folder))} or below it",
            "looked for " + " ".join(ending for kind in ENDINGS.values() for ending in kind),
        )
    songs: list[Song] = []
    for name in sorted(files):
        if limit is not None and len(songs) >= limit:
            break
        if refusal := _refusal(name, files[name]):
            refused.append(refusal)
        else:
            songs.append(_song(name, files[name], has_audio))
    return Collected(songs, refused)


def _sorted_out(root: str) -> tuple[dict[str, list[_File]], list[Refusal]]:
    files: dict[str, list[_File]] = {}
    refused: list[Refusal] = []
    for found in _walk(root):
        if isinstance(found, Refusal):
            refused.append(found)
        else:
            files.setdefault(found.name, []).append(found)
    return files, refused


def _walk(root: str) -> Iterator[_File | Refusal]:
    """Yield every medium below `root`, and a refusal for each folder that cannot be read."""
    # Linked folders come out of the heap last, so that a folder keeps its own name if it has one.
    waiting = [(False, "", root)]
    seen: set[tuple[int, int]] = set()
    while waiting:
        _, below, folder = heappop(waiting)
        try:
            identity, entries = _read(folder)
        except OSError as why:
            yield _unreadable(below, folder, why)
            continue
        if identity in seen:
            continue
        seen.add(identity)
        for entry in entries:
            name = below + entry.name
            if _is_folder(entry):
                heappush(waiting, (entry.is_symlink(), f"{name}/", entry.path))
            elif medium := _medium(name, entry.path):
                yield medium


def _read(folder: str) -> tuple[tuple[int, int], list[os.DirEntry[str]]]:
    """Return what identifies the real folder, and its visible entries by name."""
    found = os.stat(folder)
    with os.scandir(folder) as entries:
        visible = sorted((e for e in entries if not e.name.startswith(".")), key=lambda e: e.name)
    return (found.st_dev, found.st_ino), visible


def _unreadable(below: str, folder: str, why: OSError) -> Refusal:
    if below:
        reason = f"the folder cannot be read: {why.strerror}"
        return Refusal(spelled(below), "UNREADABLE", f"{spelled(below)}: {reason}; its files were left out")
    if isinstance(why, FileNotFoundError):
        raise BadCall(f"there is no folder {spelled(folder)}", "check the spelling of the path") from why
    if isinstance(why, NotADirectoryError):
        raise BadCall(
            f"{spelled(folder)} is a file, not a folder", "to collect a list of songs, use --from"
        ) from why
    raise BadCall(
        f"the folder {spelled(folder)} cannot be read: {why.strerror}", "check who owns it"
    ) from why


def _is_folder(entry: os.DirEntry[str]) -> bool:
    # DirEntry.is_dir() raises on a link that points to itself; os.path.isdir says no.
    return entry.is_dir(follow_symlinks=False) or (entry.is_symlink() and os.path.isdir(entry.path))


def _medium(name: str, path: str) -> _File | None:
    stem, ending = os.path.splitext(name)
    kind = _KIND_OF.get(ending.lower())
    if kind is None:
        return None
    if not storable(path):
        message = f"the name {spelled(name)!r} is not valid UTF-8; rename the file and collect again"
        return _File(stem, kind, path, Refusal(spelled(name), "UNDECODABLE_NAME", message))
    stem = unicodedata.normalize("NFC", stem)
    if trouble := medium_trouble(path):
        code, reason = trouble
        return _File(stem, kind, path, Refusal(f"folder:{stem}", code, f"{printable(name)} {reason}"))
    return _File(stem, kind, path)


def _refusal(name: str, files: Sequence[_File]) -> Refusal | None:
    """Return why the files of one name are no song, or None."""
    of_kind: dict[str, _File] = {}
    for file in files:
        if file.trouble:
            return file.trouble
        other = of_kind.setdefault(file.kind, file)
        if other is not file:
            message = (
                f"{printable(name)} has two {file.kind} files, {_told_apart(other.path, file.path)}; "
                "rename one of them, or pair the files in a list and give it with --from"
            )
            return Refusal(f"folder:{name}", "DUPLICATE", message)
    return None


def _told_apart(one: str, other: str) -> str:
    """Return both file names as text; names that only look alike are spelled in ASCII, with their folders."""
    names = printable(os.path.basename(one)), printable(os.path.basename(other))
    if len({unicodedata.normalize("NFC", name) for name in names}) == 1:
        names = ascii(one), ascii(other)
    return " and ".join(names)


def _song(name: str, files: Sequence[_File], has_audio: HasAudio) -> Song:
    path_of = {file.kind: file.path for file in files}
    song = Song(
        f"folder:{name}",
        title=name.rpartition("/")[2],
        audio=path_of.get("audio"),
        video=path_of.get("video"),
        midi=path_of.get("midi"),
    )
    return with_own_sound(song, has_audio)
