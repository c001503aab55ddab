"""Fetching the media of songs that are known by their addresses: the second half of `symmv collect`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from symmv_tools.io.web.client import Web
from symmv_tools.io.web.settings import WebSettings
from symmv_tools.io.web.trouble import WebTrouble
from symmv_tools.pipeline.chores import FETCH, Ledger
from symmv_tools.pipeline.patience import Patience, Progress
from symmv_tools.pipeline.takedowns import Takedowns
from symmv_tools.song import Song
from symmv_tools.sources.naming import named
from symmv_tools.stage import Done, Failed, Outcome
from symmv_tools.store import Store
from symmv_tools.store.store import Record

VERSION = "1.0.0"


@dataclass
class Fetched:
    """What a fetch did: songs served, and how many failed; `known` had been settled before."""

    done: int = 0
    failed: int = 0
    known: int = 0


def fetch_media(
    store: Store, web: Web, settings: WebSettings, songs: Iterable[Song], progress: Progress | None = None
) -> Fetched:
    """Fetch what the songs lack and have an address for: the cover's sound, the video's pictures.

    What is on disk is not fetched again, and what is gone for good is not asked for again, nor is what
    was taken down. Each song is recorded as soon as its medium is in place. The caller holds the store's
    lock.
    """
    fetching = _Fetching(store, web, Ledger.of(store, FETCH, VERSION, settings))
    takedowns = Takedowns.of(store.root)
    wanted = [song for song in songs if wanted_medium(song) and takedowns.why(Record(song, {})) is None]
    due = [song for song in wanted if not fetching.is_settled(song)]
    patience = Patience(fetching.attempt, fetching.book, progress or Progress())
    outcomes = patience.work_through(due)
    fetching.ledger.tidy()
    return Fetched(outcomes["done"], outcomes["failed"], len(wanted) - len(due))


def wanted_medium(song: Song) -> tuple[str, str] | None:
    """Return (medium, address) of the first thing a song lacks and says where to find, or None."""
    if song.cover_url and not _is_there(song.audio):
        return "audio", song.cover_url
    if song.video_url and not _is_there(song.video):
        return "video", song.video_url
    return None


def _is_there(path: str | None) -> bool:
    return path is not None and Path(path).is_file()


@dataclass
class _Fetching:
    store: Store
    web: Web
    ledger: Ledger

    def is_settled(self, song: Song) -> bool:
        row = self.ledger.row(song.song_id, _inputs(song))
        return row is not None and row.outcome == "failed" and not row.retryable

    def attempt(self, song: Song) -> Outcome:
        """Bring a song every medium it lacks, recording each as soon as it is there."""
        got: list[tuple[str, str]] = []
        while wanted := wanted_medium(song):
            medium, url = wanted
            try:
                info = self.web.info(url)
                path = self.web.audio(url) if medium == "audio" else self.web.video(url)
            except WebTrouble as why:
                if why.kind == "permanent":
                    self.store.put([replace(song, availability=_gone(why.code))])
                raise
            found: dict[str, Any] = {medium: str(path), "availability": info.get("availability")}
            is_own_page = self.web.identity(url) == song.song_id
            song = replace(described(song, info, is_own_page=is_own_page), **found)
            self.store.put([song])
            got.append((medium, url))
        media, urls = zip(*got, strict=True)
        return Done({"medium": " and ".join(media), "url": " ".join(urls)})

    def book(self, song: Song, outcome: Outcome, seconds: float) -> None:
        assert isinstance(outcome, Done | Failed)
        self.ledger.book(song.song_id, _inputs(song), outcome, seconds)


def _inputs(song: Song) -> dict[str, str]:
    """Return what an attempt is made of: the addresses; sorted by name, as fingerprints want it."""
    return {name: url for name in ("cover_url", "video_url") if (url := getattr(song, name))}


def _gone(code: str) -> str:
    return f"{code.lower()} since {datetime.now(UTC).date().isoformat()}"


def described(song: Song, info: Mapping[str, Any], *, is_own_page: bool) -> Song:
    """Return `song` with what a page says of it; what a list said of the song stays.

    A song that is known by its own page alone takes title and artist from there, for the page's fields
    say more than the listing that named it first.
    """
    title, artist = named(info)
    page: dict[str, Any] = {"title": title, "artist": artist} if song.title is None or is_own_page else {}
    if song.cover_url:  # else the page is the video's, and says nothing of who plays our music
        page |= {key: info.get(key) for key in ("album", "license", "channel_id", "language")}
    replaceable = ("title", "artist") if is_own_page else ()
    found = {k: v for k, v in page.items() if k in replaceable or (v and getattr(song, k) is None)}
    return replace(song, **found)
