"""Song: one piece of music and, where there is one, its video."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass

MEDIA = ("audio", "video", "midi")
"""The media a song can have; each is a field of `Song` that holds a path, or None."""


@dataclass(frozen=True)
class Song:
    """Identity of a song and where its media lie.

    `song_id` says its source (`folder:NAME`, `youtube:ID`, `pop909:001`). `audio`, `video` and
    `midi` are absolute paths or None. The rest is metadata as in the Row of the same name; None
    means "not asked". `audio_video_offset` is in seconds, to be added to music time.
    """

    song_id: str
    title: str | None = None
    artist: str | None = None
    audio: str | None = None
    video: str | None = None
    midi: str | None = None
    album: str | None = None
    genre: str | None = None
    style: str | None = None
    lyrics: str | None = None
    language: str | None = None
    isrc: str | None = None
    shazam_id: str | None = None
    channel_id: str | None = None
    license: str | None = None
    availability: str | None = None
    cover_url: str | None = None
    video_url: str | None = None
    audio_video_offset: float | None = None


RELEASES = ("pop909", "symmv")
"""Sources whose files were annotated by others: what their tracks are called is an annotation too."""


def is_of_release(song: Song) -> bool:
    """Whether a song was imported from a released data set, as its id says."""
    return song.song_id.partition(":")[0] in RELEASES


def printable(text: str, width: int = 120) -> str:
    """`text` made safe for a terminal or a log line: one line, no control or bidi characters.

    Titles and file names come from the web; an escape sequence or a right-to-left override in
    one must not reach the reader's screen. Longer texts are cut with an ellipsis.
    """
    safe = "".join("\N{REPLACEMENT CHARACTER}" if _commands(c) else c for c in text)
    return safe if len(safe) <= width else safe[: width - 1] + "…"


def folded(text: str) -> str:
    """Return `text` in one case, without accents and punctuation, words separated by single spaces."""
    # normalised on both sides: a mathematical capital becomes a capital only by it
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    kept = (c if c.isalnum() else "" if unicodedata.combining(c) or c in "'’" else " " for c in plain)
    return unicodedata.normalize("NFC", " ".join("".join(kept).split()))


def _commands(character: str) -> bool:
    """Whether a character does something instead of showing: controls, bidi marks, line separators."""
    kind = unicodedata.category(character)
    return kind[0] == "C" or kind in ("Zl", "Zp")


def file_name(song_id: str) -> str:
    """Return a file name for a song: its harmless characters for people, a digest so that none collide.

    Song ids come from the web and may hold anything, `../` and 5,000 characters included.
    """
    harmless = re.sub(r"[^A-Za-z0-9]+", "-", song_id).strip("-")[:60] or "song"
    return f"{harmless}-{hashlib.sha256(song_id.encode()).hexdigest()[:8]}"
