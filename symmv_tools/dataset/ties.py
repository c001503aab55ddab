"""What ties songs together, so that a data set may not have one in training and the other in its test.

A tie is a text; two songs that share one belong to one group. Columns are those of the Row, and a
few more that only the one who exports knows.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from symmv_tools.song import folded

GROUP_BY = {"artist": "artist", "channel": "channel_id"}
"""What else can tie songs, by choice, and the column that says it."""

_FILES = ("audio_sha256", "video_sha256", "midi_sha256")
_PAGES = ("video_url", "cover_url")

_SHA256 = re.compile(r"[0-9a-f]{64}")
_YOUTUBE = re.compile(
    r"(?i:https?://(?:[a-z0-9-]+\.)*(?:youtu\.be/|youtube(?:-nocookie)?\.com/"
    r"(?:watch/?\?(?:[^#]*&)?v=|(?:embed|shorts|live|v)/)))([A-Za-z0-9_-]{11})(?![A-Za-z0-9_-]).*"
)
_BILIBILI_ID = re.compile(r"/video/(BV[A-Za-z0-9]{10}|av\d+)(?![A-Za-z0-9])")
_ISRC = re.compile(r"[A-Z]{2}[A-Z0-9]{3}\d{7}")


def ties(song: Mapping[str, Any], by: Collection[str] = ()) -> Iterator[str]:
    """Yield the ties of one song; a column that is missing, None or "" ties nothing.

    * `audio_sha256`, `video_sha256`, `midi_sha256`: the same file, whatever it serves as;
    * `video_url`, `cover_url`: the same page, see `page_of`;
    * `recording`: the same sound, if the caller has compared; any text;
    * `shazam_id`, `isrc`, and `title` and `artist` together, `folded`: the same song.

    `by` adds kinds of `GROUP_BY`.
    """
    for name in _FILES:
        if _SHA256.fullmatch(value := song.get(name) or ""):  # else it says why there is no digest
            yield f"file {value}"
    for name in _PAGES:
        if value := song.get(name):
            yield f"page {page_of(value)}"
    for name in ("recording", "shazam_id"):
        if value := song.get(name):
            yield f"{name} {value}"
    if isrc := _isrc(song.get("isrc") or ""):
        yield f"isrc {isrc}"
    title, artist = (folded(song.get(name) or "") for name in ("title", "artist"))
    if title and artist:
        yield f"name {title}\0{artist}"
    if "artist" in by and artist:
        yield f"artist {artist}"
    if "channel" in by and (channel := song.get("channel_id")):
        yield f"channel {channel}"


def page_of(url: str) -> str:
    """Return one spelling for the many that an address can have; what is no address comes back as it is.

    YouTube's and bilibili's videos become `youtube:ID` and `bilibili:ID`. Of other addresses only the
    scheme, `www.`, the fragment and a slash at the end are left away: anything else may matter.
    """
    if youtube := _YOUTUBE.fullmatch(url.strip()):
        return f"youtube:{youtube[1]}"
    try:
        parts = urlsplit(url.strip())
        host = (parts.hostname or "").removeprefix("www.")
    except ValueError:  # half an IPv6 address
        return url
    if parts.scheme not in ("http", "https") or not host:
        return url
    if host.endswith("bilibili.com") and (film := _BILIBILI_ID.search(parts.path)):
        part = parse_qs(parts.query).get("p", ["1"])[0]  # one address can hold several videos
        return f"bilibili:{film[1]}" + (f":{part}" if part != "1" else "")
    query = f"?{parts.query}" if parts.query else ""
    return f"{host}{parts.path.rstrip('/')}{query}"


def _isrc(text: str) -> str | None:
    """Return an ISRC without its hyphens (ISO 3901), or None if it is none."""
    code = text.replace("-", "").strip().upper()
    return code if _ISRC.fullmatch(code) else None
