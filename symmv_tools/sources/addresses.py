"""Source `addresses`: channels, playlists, searches and pages of the web, as songs still to be fetched."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from typing import TYPE_CHECKING

from symmv_tools.errors import BadManifest
from symmv_tools.song import Song, printable
from symmv_tools.sources.collected import Collected, Refusal, spelled
from symmv_tools.sources.naming import named

if TYPE_CHECKING:
    from symmv_tools.io.web.client import Web
    from symmv_tools.io.web.entry import Entry

_ADDRESS = re.compile(rb"\s*([A-Za-z][\w+.-]*://|[a-z]+search\w*:)")


def songs_listed(web: Web, url: str, *, limit: int | None = None) -> Collected:
    """Return the covers that a page lists, in its order, each by its address; at most `limit` of them.

    `url` is a channel, a playlist, a video, an RSS feed or a search such as `ytsearch50:piano cover`.
    Nothing but the list is read. What is broadcast live is refused: its end is not there yet.

    Raises WebTrouble or Paused if the list cannot be read.
    """
    found = Collected()
    for entry in web.listing(url, limit):
        if entry.is_live:
            found.refused.append(Refusal(entry.web_id, "LIVE", "is broadcast live; collect it again later"))
        else:
            found.songs.append(song_of(entry))
    return found


def is_list(source: str) -> bool:
    """Say whether a file, or what waits on stdin ("-"), is a list of addresses, one a line, and no table."""
    if source == "-":
        # peek leaves what it shows; a line of a terminal is there whole, a pipe may bring less
        head = sys.stdin.buffer.peek(4096) if hasattr(sys.stdin.buffer, "peek") else b""
    else:
        try:
            with open(source, "rb") as file:
                head = file.read(4096)
        except OSError:
            return False  # who reads the table says it better
    lines = (line.strip() for line in head.splitlines())
    first = next((line for line in lines if line and not line.startswith(b"#")), b"")
    return bool(_ADDRESS.match(first)) and b"\t" not in first


def songs_at(web: Web, source: str, *, limit: int | None = None) -> Collected:
    """Return the songs of every address in a list, one a line; `#` begins a comment.

    An address that cannot be read is refused; its neighbours are not. Raises Paused if a site has
    had enough of us.
    """
    from symmv_tools.io.web.trouble import WebTrouble  # yt-dlp, for which a folder's songs shall not wait

    found = Collected()
    seen: set[str] = set()
    for url in _lines(source):
        left = None if limit is None else limit - len(found.songs)
        if left is not None and left <= 0:
            break
        try:
            listed = songs_listed(web, url, limit=left)
        except WebTrouble as why:
            found.refused.append(Refusal(printable(url, 300), why.code, why.message))
            continue
        found.songs.extend(song for song in listed.songs if song.song_id not in seen)
        found.refused.extend(listed.refused)
        seen |= {song.song_id for song in listed.songs}
    return found


def _lines(source: str) -> Iterator[str]:
    try:
        with nullcontext(sys.stdin.buffer) if source == "-" else open(source, "rb") as file:
            for raw in file:
                line = raw.decode("utf-8", "replace").partition(" #")[0].strip()
                if line and not line.startswith("#"):
                    yield line
    except OSError as why:
        raise BadManifest(f"{spelled(source)} cannot be read: {why.strerror}", "check the path") from why


def song_of(entry: Entry) -> Song:
    """Return a cover as its listing describes it."""
    title, artist = named({"title": entry.title, "channel": entry.channel})
    return Song(entry.web_id, title=title, artist=artist, cover_url=entry.url, channel_id=entry.channel_id)
