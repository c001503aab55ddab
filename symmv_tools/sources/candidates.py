"""Which of the videos that a search finds may be the official one, by what their pages say.

Nothing is heard here: titles, channels, lengths and views put the candidates in an order, and the
kinds that are never the official video (lyrics, live, covers, reactions, other speeds) are named, so
that a person can read why one was passed over. The ear (music/same_song.py) has the last word.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from rapidfuzz import fuzz

from symmv_tools.io.web.entry import Entry
from symmv_tools.song import folded
from symmv_tools.sources.titles import Hypothesis

KINDS: dict[str, str] = {
    "reaction": r"reaction|reacts?|reacting|first time hearing|review|analysis|explained|breakdown|ranking",
    "sped-up": r"sped ?up|speed ?up|nightcore|daycore|slowed|reverb|8d|bass ?boosted|\d+ ?hours?|loop",
    "karaoke": r"karaoke|instrumental|backing track|minus one|off vocal|no vocals?|伴奏|カラオケ|노래방",
    "cover": (
        r"covers?|covered|tribute|in the style of|originally|piano|guitar|ukulele|violin|cello|drums?|bass|"
        r"flute|sax|fingerstyle|acapella|a cappella|synthesia|tutorial|lesson|how to play|sheets?|midi|"
        r"翻唱|歌ってみた|弾いてみた|커버|鋼琴|钢琴|ピアノ"
    ),
    "live": (
        r"live|concert|tour|festival|unplugged|sessions?|rehearsal|performs?|performance|tiny desk|stage|"
        r"awards?|現場|现场|演唱會|演唱会|ライブ|라이브|무대"
    ),
    "lyric": r"lyrics?|letras?|paroles|testo|liedtext|subtitles|subtitulad[oa]|tradu[cç][aã]o|歌詞|歌词|가사",
    "remix": r"remix(ed)?|rmx|mashup|medley|megamix|bootleg|mix|edit|vs|ringtone",
    "audio": r"audio|visuali[sz]er|full album|album version|vinyl|45 rpm|art track|bgm",
    "clip": r"teaser|trailer|preview|snippet|shorts?|behind the scenes|making of|interview|parody|amv",
}
"""What is never the official video, by the words that give it away, the surest kinds first."""

_OFFICIAL = (
    r"official (music )?video|official mv|official hd|music video|mv|m v|videoclip|clipe? officiel|官方|공식"
)
_CHANNEL_WORDS = r"vevo|official|offiziell|officiel|oficial|music|musik|channel|tv|records|band"
_ART_TRACK = " - topic"
"""YouTube's own channels of still pictures with the album's sound."""

LEAST_SONG = 0.80
LEAST_ARTIST = 0.75
"""Likeness, 0 to 1, under which a page is about another song or by somebody else."""


@dataclass(frozen=True)
class Candidate:
    """A video that may be the official one; `score` (0 to 1) orders it among those of one search.

    `kind` names what it is instead ("lyric", "live", …; "other song", "other artist"), None if nothing
    speaks against it. `reading` is the song that its page was held against.
    """

    entry: Entry
    score: float
    kind: str | None
    reading: Hypothesis


def rank_candidates(
    entries: Iterable[Entry], wanted: Sequence[Hypothesis], seconds: float | None
) -> list[Candidate]:
    """Return the entries as candidates, the likeliest first, each once; `seconds` is the music's length.

    A candidate is held against each of the `wanted` songs, and the likeliest reading of it counts.
    Those with nothing against them come before all others. Of an entry that is given twice the later
    one counts, but for `is_official`, which one of them is enough to say.
    """
    by_id: dict[str, Entry] = {}
    for entry in entries:
        is_official = entry.is_official or (entry.web_id in by_id and by_id[entry.web_id].is_official)
        by_id[entry.web_id] = replace(entry, is_official=is_official)
    found = [
        max((_judged(entry, song, seconds) for song in wanted), key=_order)
        for entry in by_id.values()
        if wanted
    ]
    return sorted(found, key=_order, reverse=True)


def _order(candidate: Candidate) -> tuple[bool, float]:
    return candidate.kind is None, candidate.score


def _judged(entry: Entry, wanted: Hypothesis, seconds: float | None) -> Candidate:
    title, channel = folded(entry.title or ""), folded(entry.channel or "")
    song = likeness(folded(wanted.song), title)
    by = channel_artist(channel)
    artist = max(likeness(folded(wanted.artist), place) for place in (title, by)) if wanted.artist else None
    score = (
        0.45 * song
        + 0.20 * (0.5 if artist is None else artist)
        + 0.12 * (entry.is_official or _found(_OFFICIAL, title))
        + 0.13 * _is_the_artists(channel, by, wanted.artist)
        + 0.05 * fits(entry.duration, seconds)
        + 0.05 * min(1.0, math.log10(max(1, entry.view_count or 1)) / 8)
    )
    kind = _kind(entry, wanted, title, song, artist)
    return Candidate(entry, score * wanted.confidence**0.1, kind, wanted)


def _kind(entry: Entry, wanted: Hypothesis, title: str, song: float, artist: float | None) -> str | None:
    if song < LEAST_SONG:
        return "other song"
    if artist is not None and artist < LEAST_ARTIST:
        return "other artist"
    if (entry.channel or "").lower().endswith(_ART_TRACK):
        return "audio"
    # "Live and Let Die" is no concert: the song's own words say nothing about the video.
    rest = title
    for known in (wanted.song, wanted.artist or ""):
        rest = _without(rest, folded(known))
    return next((kind for kind, words in KINDS.items() if _found(words, rest)), None)


def _is_the_artists(channel: str, by: str, artist: str | None) -> float:
    """Return 1 for a channel that bears the artist's name, 0.5 for a label's VEVO, else 0."""
    if artist and by and fuzz.ratio(by.replace(" ", ""), folded(artist).replace(" ", "")) >= 85:
        return 1.0
    return 0.5 if "vevo" in channel else 0.0


def channel_artist(channel: str) -> str:
    """Return a folded channel name without the words that channels add to an artist's name."""
    return " ".join(re.sub(rf"\b({_CHANNEL_WORDS})\b|vevo\b", " ", channel).split())


def fits(seconds: float | None, music: float | None) -> float:
    """Say from 0 to 1 how well a video's length fits the music's; 0.5 where one is not known.

    A video with an intro and an outro may be half as long again as the cover; a third of it or three
    times as much is something else.
    """
    if not seconds or not music:
        return 0.5
    ratio = seconds / music
    return float(min(1.0, max(0.0, (ratio - 0.45) / 0.3), max(0.0, (3.0 - ratio) / 1.2)))


def likeness(name: str, text: str) -> float:
    """Say from 0 to 1 whether the folded `name` stands in the folded `text`, slips of the pen allowed."""
    if not name or not text:
        return 0.0
    if f" {name} " in f" {text} " or (not name.isascii() and name in text):
        return 1.0
    squeezed, packed = name.replace(" ", ""), text.replace(" ", "")
    if len(squeezed) < 5:  # of short names, nearly every text holds most letters
        return 1.0 if len(squeezed) > 2 and squeezed in packed else 0.0
    if len(squeezed) > len(packed):
        return fuzz.ratio(squeezed, packed) / 100
    return max(fuzz.partial_ratio(squeezed, packed), fuzz.token_set_ratio(name, text) * 0.95) / 100


def _without(text: str, words: str) -> str:
    return f" {text} ".replace(f" {words} ", " ", 1).strip() if words else text


def _found(words: str, text: str) -> bool:
    """Whether one of the words stands in a folded text; scripts without spaces have no word boundaries."""
    latin = re.search(rf"(?<![^\W_])({words})(?![^\W_])", text)
    if latin:
        return True
    unspaced = [word for word in words.split("|") if not word.isascii() and word in text]
    return bool(unspaced)
