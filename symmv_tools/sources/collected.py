"""What every source hands over: songs, and what it had to refuse, each with a sentence."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from symmv_tools.errors import BadMedium
from symmv_tools.song import Song, printable
from symmv_tools.store.media import Absent, stat_of


@dataclass(frozen=True)
class Refusal:
    """One thing that did not become a song.

    `what` is its song_id where it has one, else its name; like a song_id it can be stored as it is
    and is printed through `song.printable`. `code` is a constant such as `DUPLICATE`, `message` a
    sentence for a person, safe to print.
    """

    what: str
    code: str
    message: str


@dataclass(frozen=True)
class Collected:
    """What a source found, both lists in a stable order: the same input gives the same lists."""

    songs: list[Song] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)


HasAudio = Callable[[str], bool]
"""Says whether the video at a path has a sound track."""


def video_has_audio(path: str) -> bool:
    """Say whether the file at `path` has a sound track; a file that cannot be read has none.

    Why it cannot be read is said later and better, by the first stage that opens it.
    """
    # Sources without a lone video (the usual case) shall not load the media libraries.
    from symmv_tools.io.audio import probe

    try:
        return probe(path) is not None
    except (BadMedium, OSError):
        return False


def with_own_sound(song: Song, has_audio: HasAudio) -> Song:
    """Return `song`, with its video's sound track as its music if it has nothing else to listen to."""
    if song.video and not song.audio and not song.midi and has_audio(song.video):
        return replace(song, audio=song.video)
    return song


def medium_trouble(path: str) -> tuple[str, str] | None:
    """Return (code, reason) if there is no file at `path`, or None.

    Empty, damaged and unreadable files pass: the stages book those against the song, where
    they can be tried again.
    """
    state = stat_of(path)
    if state is Absent.MISSING:
        return "MEDIA_MISSING", "is a link that leads nowhere" if os.path.islink(path) else "does not exist"
    if state is Absent.NOT_A_FILE:
        return "NOT_A_FILE", "is a folder" if os.path.isdir(path) else "is not an ordinary file"
    return None


def storable(text: str) -> bool:
    """Say whether `text` can be written as UTF-8, as Parquet demands.

    Python hides the bytes of an undecodable file name in lone surrogates, which cannot.
    """
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def spelled(text: str) -> str:
    """Return `text` safe to print, its undecodable bytes written out: `caf\\xe9.mp3`."""
    raw = text.encode("utf-8", "surrogateescape" if _hides_bytes(text) else "surrogatepass")
    return printable(raw.decode("utf-8", "backslashreplace"))


def _hides_bytes(text: str) -> bool:
    return all("\udc80" <= c <= "\udcff" for c in text if "\ud800" <= c <= "\udfff")
