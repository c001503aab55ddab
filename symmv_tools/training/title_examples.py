"""Titles to learn from: a list with the truth beside them, the same with names exchanged, and piano covers
by pattern.

The list is progsi/er_csi's: titles of YouTube beside song and performer of SecondHandSongs. It has no
licence and does not enter the repository; what is learned from it are weights of features, none of which is
a name.
"""

from __future__ import annotations

import csv
import hashlib
import random
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from symmv_tools.sources.title_features import Features, Reading, Span, spans
from symmv_tools.sources.title_text import Text, read
from symmv_tools.sources.titles import fold
from symmv_tools.training.title_patterns import Titled, eastern_title, piano_title

_SALT = "symmv titles 1"


class Row(NamedTuple):
    """One row of the list; an artist or song that the title does not hold is not looked for."""

    title: str
    channel: str
    song: str
    artist: str
    has_song: bool
    has_artist: bool


def read_rows(path: Path) -> list[Row]:
    """Read the list."""
    with path.open(encoding="utf-8", newline="") as file:
        return [
            Row(
                r["video_title"],
                r["channel"],
                r["song"],
                r["performer"],
                *(r[f"{x}_in_title"] == "1" for x in _IN),
            )
            for r in csv.DictReader(file, delimiter="\t")
        ]


_IN = ("song", "performer")


def is_for_tuning(song: str) -> bool:
    """Which half of the list a song is in: all titles of one song are in one half, whatever else happens."""
    return hashlib.sha256(f"{_SALT}|{fold(song)}".encode()).digest()[0] % 2 == 0


class Example:
    """A title, and which of its readings are right.

    `artist` "" means that none is named, None that any will do.
    """

    def __init__(self, title: str, artist: str | None, song: str | None, weight: float = 1.0) -> None:
        self.features = Features(read(title))
        self.weight = weight
        text = self.features.text
        self._artists = _matching(text, "A", artist)
        self._songs = _matching(text, "S", song)

    def is_right(self, reading: Reading) -> bool:
        """Whether the reading names what the title names."""
        return (self._artists is None or reading.artist in self._artists) and (
            self._songs is None or reading.song in self._songs
        )

    def right(self) -> list[Reading]:
        """The right readings, if the truth says all; one where it leaves the artist or the song open."""
        artists = [None] if self._artists is None else self._artists
        songs = spans(self.features.text, "S") if self._songs is None else self._songs
        return [Reading(a, s) for a in artists for s in songs if s is not None and not _overlap(a, s)]


def _overlap(one: Span | None, other: Span) -> bool:
    return one is not None and one.begin < other.end and other.begin < one.end


def _matching(text: Text, role: str, name: str | None) -> list[Span | None] | None:
    if name is None:
        return None
    return [s for s in spans(text, role) if fold(text.written(*s)) == fold(name)] if name else [None]


def examples(rows: Sequence[Row], rng: random.Random) -> list[Example]:
    """What to learn from: rows of the list, each again with other names, and piano covers."""
    names = [(_plain(row.artist), row.song) for row in rows]
    made = [Example(row.title, _plain(row.artist) if row.has_artist else None, row.song if row.has_song else
    None)
            for row in rows if row.has_artist or row.has_song]  # fmt: skip
    renamed = [t for row in rows if row.has_artist and row.has_song for t in _renamed(row, names, rng)]
    covers = [piano_title(*rng.choice(names), rng) for _ in range(3 * len(rows))]
    covers += [eastern_title(rng) for _ in range(len(rows) // 3)]
    for titled, weight in ((renamed, 0.5), (covers, 0.25)):
        made += [Example(t.title, t.artist or "", t.song, weight) for t in titled]
    return [example for example in made if example.right()]


def _plain(artist: str) -> str:
    return re.sub(r" \[\d+\]$", "", artist)  # SecondHandSongs numbers artists of one name


def _renamed(
    row: Row, names: Sequence[tuple[str, str]], rng: random.Random, times: int = 2
) -> Iterator[Titled]:
    """The title with other names in the places of its own, in their case."""
    places = [re.search(re.escape(name), row.title, re.IGNORECASE) for name in (_plain(row.artist), row.song)]
    if places[0] is None or places[1] is None:
        return
    for _ in range(times):
        artist, song = rng.choice(names)[0], rng.choice(names)[1]
        title = row.title
        for place, name in sorted(
            ((p, n) for p, n in zip(places, (artist, song), strict=True) if p), key=lambda x: -x[0].start()
        ):
            title = title[: place.start()] + _in_case_of(place[0], name) + title[place.end() :]
        yield Titled(title, artist, song)


def _in_case_of(like: str, name: str) -> str:
    return name.upper() if like.isupper() and len(like) > 3 else name.lower() if like.islower() else name
