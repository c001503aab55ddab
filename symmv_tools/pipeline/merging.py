"""What the network brought for a song stays with it when its source is read again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace

from symmv_tools.song import MEDIA, Song
from symmv_tools.store import Store

_FIELDS = tuple(field.name for field in fields(Song))


def with_fetched(store: Store, songs: Sequence[Song], *, is_listing: bool = False) -> list[Song]:
    """Return `songs` with what the store knows of those for which it has media.

    A list names addresses, a release its MIDI file; the media fetched since, the video found and what
    their pages said are nowhere else. What a list says wins, unless it `is_listing`: of the web's own
    lists a page says more.
    """
    known = store.find(song.song_id for song in songs)
    inside = str(store.root / "media")
    merged = []
    for song in songs:
        old = known[song.song_id].song if song.song_id in known else None
        merged.append(_merged(old, song, is_listing) if old and _has_fetched(old, song, inside) else song)
    return merged


def _has_fetched(old: Song, new: Song, inside: str) -> bool:
    """Whether the store has media that `new` cannot know of: fetched ones, or any if it brings none."""
    lacking = [path for medium in MEDIA if getattr(new, medium) is None and (path := getattr(old, medium))]
    brings_none = not any(getattr(new, medium) for medium in MEDIA)
    return any(brings_none or path.startswith(inside) for path in lacking)


def _merged(old: Song, new: Song, is_listing: bool) -> Song:
    kept = {
        name: value
        for name in _FIELDS
        if (value := getattr(old, name)) is not None and (is_listing or getattr(new, name) is None)
    }
    return replace(new, **kept)
