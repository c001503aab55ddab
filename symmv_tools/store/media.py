"""Media on disk: where a song's own lie, and how the content of a file is told from another's."""

from __future__ import annotations

import enum
import hashlib
import os
import stat
from pathlib import Path
from typing import NamedTuple

from symmv_tools.errors import BadMedium
from symmv_tools.song import printable


class Stat(NamedTuple):
    """What changes when a file is written: its size in bytes and its time of change in nanoseconds."""

    size: int
    mtime_ns: int


class Absent(enum.Enum):
    """Why a path has no content to look at."""

    MISSING = "MISSING"
    """Nothing is there, or a link that leads nowhere."""
    NOT_A_FILE = "NOT_A_FILE"
    """A folder, a pipe or a device. Reading one could wait for ever."""
    UNREADABLE = "UNREADABLE"
    """Something is there, or may be, but this user cannot read it."""


_NOTHING_THERE = (FileNotFoundError, NotADirectoryError)


def stat_of(path: str | Path) -> Stat | Absent:
    """Return size and time of change of the file at `path`, links followed, or why there is none."""
    try:
        found = os.stat(path)
    except _NOTHING_THERE:
        return Absent.MISSING
    except OSError:
        return Absent.MISSING if os.path.islink(path) else Absent.UNREADABLE
    except ValueError:  # a NUL in the path: no file can have that name
        return Absent.MISSING
    if not stat.S_ISREG(found.st_mode):
        return Absent.NOT_A_FILE
    return Stat(found.st_size, found.st_mtime_ns) if os.access(path, os.R_OK) else Absent.UNREADABLE


def sha256_of(path: str | Path, chunk: int = 1 << 20) -> str:
    """Return the SHA-256 of the file's content in hexadecimal, read `chunk` bytes at a time.

    Raises BadMedium (`MEDIA_MISSING`, `NOT_A_FILE` or `UNREADABLE`, all worth another try once the
    file is in place) if the file cannot be read to its end.
    """
    digest = hashlib.sha256()
    try:
        # Looking first keeps us from opening a pipe, where open() waits for a writer.
        if stat_of(path) is Absent.NOT_A_FILE:
            raise _bad("NOT_A_FILE", path, "is not an ordinary file")
        with open(path, "rb", buffering=0) as file:
            while block := file.read(chunk):
                digest.update(block)
    except _NOTHING_THERE as why:
        raise _bad("MEDIA_MISSING", path, "does not exist") from why
    except OSError as why:
        raise _bad("UNREADABLE", path, f"cannot be read: {why.strerror}") from why
    return digest.hexdigest()


def _bad(code: str, path: str | Path, reason: str) -> BadMedium:
    return BadMedium(code, f"{printable(str(path))} {reason}", "put the file in place", retryable=True)


def media_folder(root: Path, song_id: str) -> Path:
    """Return where the media fetched or derived for a song lie below the store's `root`.

    A song_id is text from the web; only its digest ever becomes part of a path. Two characters of
    fan-out keep a folder below a few thousand entries at a million songs.
    """
    digest = hashlib.sha256(song_id.encode()).hexdigest()
    return root / "media" / digest[:2] / digest[:20]
