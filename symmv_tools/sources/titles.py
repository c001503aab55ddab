"""Which song a title names, and by whom: several hypotheses, each with its probability.

    parse_title("Coldplay - Yellow (Piano Cover)")[0]
    Hypothesis(artist='Coldplay', song='Yellow', confidence=…)

How: docs/explanation/titles.md. What it is worth: docs/reference/benchmarks.md.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from pathlib import Path

from symmv_tools.sources.title_features import Features
from symmv_tools.sources.title_readings import Weights, best_readings
from symmv_tools.sources.title_text import clean, read

WEIGHTS = Path(str(files("symmv_tools.manifests"))) / "titles" / "weights.tsv"
"""What `python -m symmv_tools.training.titles` has learned: feature, tab, weight."""
MOST = 5
"""Hypotheses of one title."""
LEAST = 0.005
"""Hypotheses that are less likely than this are left out."""
_NEGLIGIBLE = 1e-4  # of the best reading's share: too little to be added to another of the same words

# How far what the title does not say moves the odds. Chosen by us: no list that we know holds these fields.
_THE_UPLOADER_IS_NO_SONG = 0.05
_THE_FIELD_AGREES = 5.0
_SHARE_OF_THE_FIELDS = 0.6
_ORIGINAL = re.compile(
    r"(?:original(?:ly)?(?: song| music| artist)?(?: performed| written| composed)? ?(?:by|:)"
    r"|(?:artist|composer|music by|song by|composed by)\s*:?)\s+(?P<artist>[^\n,;|()]{2,60})",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Hypothesis:
    """One way to read a title.

    `artist` is the performer of the original as the title writes it, None where it names none; `song` the
    name of the song, as written; `confidence` the probability that both are right, 0 to 1.
    """

    artist: str | None
    song: str
    confidence: float


def parse_title(
    title: str,
    *,
    channel: str | None = None,
    artist: str | None = None,
    track: str | None = None,
    description: str | None = None,
) -> list[Hypothesis]:
    """Return what a title may name, likeliest first; nothing if it has no words. Never raises.

    `channel` is who uploaded the video; `artist` and `track` are yt-dlp's fields of these names, from
    YouTube Music. In the title of a cover, the channel is taken for who covers: never for the artist,
    whatever the fields say.
    """
    features = Features(read(title))
    found = list(_hypotheses(features)) if len(features.text) else []
    coverer = fold(channel or "") if features.is_cover else ""
    if coverer:
        found = _weighed(found, lambda h: _THE_UPLOADER_IS_NO_SONG if _names(h.song, coverer) else 1.0)
        found = [replace(h, artist=None) if _names(h.artist, coverer) else h for h in found]
    known = [_line(name) for name in (artist, _original(description)) if name]
    known = [name for name in known if fold(name) and not _names(name, coverer)]
    if known:
        agreed = {fold(name) for name in known}
        found = _weighed(found, lambda h: _THE_FIELD_AGREES if fold(h.artist or "") in agreed else 1.0)
        found = [replace(h, artist=h.artist or known[0]) for h in found]
    if track and fold(track):
        found = _with_track(found, _line(track), known[0] if known else None)
    return [h for h in _merged(found) if h.confidence >= LEAST][:MOST]


def fold(text: str) -> str:
    """Letters and digits only, without case: how names are compared."""
    text = unicodedata.normalize("NFKC", text).casefold()
    return "".join(c for c in text if unicodedata.category(c)[0] in "LNM")


def _line(name: str) -> str:
    return " ".join(clean(name).split())


def _hypotheses(features: Features) -> Iterator[Hypothesis]:
    readings = best_readings(features, _weights())
    most = readings[0][0]
    odds = [math.exp(score - most) for score, _ in readings]
    total = sum(odds)
    for share, (_, reading) in zip(odds, readings, strict=True):
        if share < _NEGLIGIBLE:
            return
        artist, song = (features.text.written(*span) if span else None for span in reading)
        if song:
            yield Hypothesis(artist or None, song, share / total)


@cache
def _weights() -> Weights:
    lines = WEIGHTS.read_text("utf-8").splitlines()
    rows = (line.rpartition("\t") for line in lines if line and not line.startswith("#"))
    return {name: float(weight) for name, _, weight in rows}


def _names(name: str | None, folded: str) -> bool:
    """Whether a name is that of the uploader, give or take a "Music" or "Official" behind it."""
    mine = fold(name or "")
    return bool(mine and folded) and (mine == folded or (len(mine) > 3 and folded.startswith(mine)))


def _original(description: str | None) -> str | None:
    """Whom a description calls the original's artist."""
    found = _ORIGINAL.search((description or "")[:5000])
    return found["artist"] if found else None


def _with_track(found: list[Hypothesis], track: str, artist: str | None) -> list[Hypothesis]:
    """Give the song of YouTube Music its share, by the artist of the field or of the title."""
    same = next((h.artist for h in found if fold(h.song) == fold(track)), None)
    rest = [replace(h, confidence=h.confidence * (1 - _SHARE_OF_THE_FIELDS)) for h in found]
    return [Hypothesis(artist or same, track, _SHARE_OF_THE_FIELDS if found else 1.0), *rest]


def _weighed(found: list[Hypothesis], odds: Callable[[Hypothesis], float]) -> list[Hypothesis]:
    weighed = [replace(h, confidence=h.confidence * odds(h)) for h in found]
    total = sum(h.confidence for h in weighed)
    return [replace(h, confidence=h.confidence / total) for h in weighed] if total else weighed


def _merged(found: Iterable[Hypothesis]) -> list[Hypothesis]:
    """Hypotheses that differ in case or punctuation only as one, likeliest first."""
    merged: dict[tuple[str, str], Hypothesis] = {}
    for one in sorted(found, key=lambda h: -h.confidence):
        name = (fold(one.artist or ""), fold(one.song))
        seen = merged.get(name)
        merged[name] = replace(seen, confidence=min(1.0, seen.confidence + one.confidence)) if seen else one
    return sorted(merged.values(), key=lambda h: -h.confidence)
