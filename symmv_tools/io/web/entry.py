"""What the web says of a video: a short entry from a listing, and the page's own metadata, made storable."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from yt_dlp.version import __version__ as yt_dlp_version

_LONGEST_TEXT = 5000
_LONGEST_LIST = 100

_TEXTS = (
    *("id", "title", "channel", "channel_id", "channel_url", "uploader", "uploader_id"),
    *("artist", "track", "album", "upload_date", "description", "license", "availability"),
    *("live_status", "webpage_url", "extractor_key", "language"),
)
_NUMBERS = ("duration", "view_count", "like_count", "age_limit", "channel_follower_count", "release_year")
_LISTS = ("categories", "tags", "artists")


@dataclass(frozen=True)
class Entry:
    """One line of a listing or a search, known without opening the video's own page.

    `web_id` is the stable identity (`youtube:ID`, else `web:URL`), the same for every spelling of the
    address. None: the listing does not say. `duration` is in seconds. `is_official` says that the site
    itself calls it the artist's music video. Texts are hostile: storable, but
    to be printed through `song.printable`.
    """

    web_id: str
    url: str
    title: str | None = None
    channel: str | None = None
    channel_id: str | None = None
    duration: float | None = None
    view_count: int | None = None
    is_live: bool = False
    is_official: bool = False


def entry_of(web_id: str, url: str, found: Mapping[str, Any]) -> Entry:
    """Return the entry for an item of one of yt-dlp's flat listings."""
    views = number(found.get("view_count"))
    return Entry(
        web_id,
        url,
        text(found.get("title")),
        text(found.get("channel") or found.get("uploader")),
        text(found.get("channel_id") or found.get("uploader_id")),
        number(found.get("duration")),
        None if views is None else int(views),
        bool(found.get("is_live")) or found.get("live_status") in ("is_live", "is_upcoming"),
    )


def metadata(info: Mapping[str, Any]) -> dict[str, Any]:
    """Return what we keep of a page: JSON-safe, of known types and bounded length.

    Values that are missing or of another type are None; lists hold texts only. `fetched_at` and
    `yt_dlp` say when and by what it was read.
    """
    kept: dict[str, Any] = {name: text(info.get(name)) for name in _TEXTS}
    kept |= {name: number(info.get(name)) for name in _NUMBERS}
    kept |= {name: _texts(info.get(name)) for name in _LISTS}
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return kept | {"is_live": bool(info.get("is_live")), "yt_dlp": yt_dlp_version, "fetched_at": now}


def text(value: object) -> str | None:
    """Return a text from the web so that files and tables can hold it: no NUL, no lone surrogates, no end."""
    if not isinstance(value, str) or not value:
        return None
    held = "".join(
        "\ufffd" if c == "\0" or "\ud800" <= c <= "\udfff" else c for c in value[: _LONGEST_TEXT + 1]
    )
    return held if len(held) <= _LONGEST_TEXT else held[: _LONGEST_TEXT - 1] + "…"


def number(value: object) -> float | int | None:
    """Return a finite number that is not negative, or None."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if math.isfinite(value) and 0 <= value < 2**53 else None


def _texts(value: object) -> list[str]:
    items = value if isinstance(value, list | tuple) else []
    return [held for item in items[:_LONGEST_LIST] if (held := text(item))]
