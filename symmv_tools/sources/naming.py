"""What a song from the web is called: the reading of its title, where one is sure enough."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from symmv_tools.song import Song
from symmv_tools.sources.titles import Hypothesis, parse_title

SURE = 0.4
"""Confidence from which a reading of a title is taken for the song's name; below, the title stands."""


def readings(info: Mapping[str, Any]) -> list[Hypothesis]:
    """Return the hypotheses about a page: its title, with the channel and the fields that yt-dlp fills."""
    title = info.get("title")
    if not title:
        return []
    known = {key: info.get(key) for key in ("channel", "artist", "track", "description")}
    return parse_title(title, **known)


def named(info: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """Return (title, artist) for a page; the whole title and no artist where no reading is sure."""
    found = readings(info)
    if found and found[0].confidence >= SURE:
        return found[0].song, found[0].artist
    return info.get("title"), None


def readings_of(song: Song, info: Mapping[str, Any] | None) -> list[Hypothesis]:
    """Return what `song` may be called, the likeliest first: given names, else readings of its title.

    `info` is the page it came from, if it came from one.
    """
    found = readings(info) if info else []
    if song.title and song.artist:
        given = Hypothesis(song.artist, song.title, 1.0)
        return [
            given,
            *(other for other in found if (other.artist, other.song) != (given.artist, given.song)),
        ]
    if not found and song.title:
        found = parse_title(song.title)
    return found or ([Hypothesis(None, song.title, 0.5)] if song.title else [])
