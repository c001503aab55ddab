"""What a user may set of the search for videos; a store keeps it in `settings.toml`, section [search]."""

from __future__ import annotations

from dataclasses import dataclass

from symmv_tools.settings import semantic


@dataclass(frozen=True)
class SearchSettings:
    """How videos are searched for and chosen."""

    results: int = semantic(8, "videos that one query asks for")
    readings: int = semantic(2, "readings of a title that are searched for")
    words: str = semantic("official video", "words that a query adds to artist and song")
    listen: int = semantic(4, "candidates that are fetched and listened to, at most")
    accept: str = semantic("", "kinds taken for want of the official video, by commas: lyric,live,audio")
    same_recording: float = semantic(
        0.22, "bit error rate of two fingerprints below which they are one recording, of which one is kept"
    )
