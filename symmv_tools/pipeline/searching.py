"""`symmv search`: the official video of every song, found by what pages say and verified by ear."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from symmv_tools.errors import BadMedium
from symmv_tools.io.web.client import Web
from symmv_tools.io.web.entry import Entry
from symmv_tools.music.same_song import likeness, outline
from symmv_tools.pipeline.choosing import Choice, choose, rejection
from symmv_tools.pipeline.chores import SEARCH, Ledger
from symmv_tools.pipeline.curating import admitted, named
from symmv_tools.pipeline.hearing import Ear
from symmv_tools.pipeline.house import House
from symmv_tools.pipeline.patience import Patience, Progress
from symmv_tools.pipeline.search_settings import SearchSettings
from symmv_tools.song import Song
from symmv_tools.sources.candidates import rank_candidates
from symmv_tools.sources.naming import readings_of
from symmv_tools.sources.titles import Hypothesis
from symmv_tools.stage import Done, Failed, Outcome, Rejected

VERSION = "1.0.0"
LEAST_CONFIDENCE = 0.1
"""A reading of a title that is less likely is not worth a query, unless it is the best there is."""


@dataclass
class Searched:
    """What a search did: pairs found, songs rejected and failed; `known` had been settled before."""

    done: int = 0
    rejected: int = 0
    failed: int = 0
    known: int = 0


def search(
    house: House,
    web: Web,
    settings: SearchSettings,
    *,
    duplicates: Mapping[str, str] | None = None,
    limit: int | None = None,
    progress: Progress | None = None,
) -> Searched:
    """Find, verify and fetch the video of every song that has music and a name but no video.

    `duplicates` says of songs why they are left out: the same recording is in the store already. What
    was found or rejected stays so until song or settings change; what failed is tried again. The
    caller holds the store's lock.
    """
    ledger = Ledger.of(house.store, SEARCH, VERSION, settings)
    # one threshold for choosing and for measuring: what is taken here must not be refused there
    threshold = next(node.settings.threshold for node in house.nodes() if node.key == "align")
    searching = _Searching(house, web, settings, ledger, duplicates or {}, threshold)
    due, known = searching.due(limit)
    patience = Patience(searching.attempt, searching.book, progress or Progress())
    outcomes = patience.work_through(due)
    ledger.tidy()
    return Searched(outcomes["done"], outcomes["rejected"], outcomes["failed"], known)


def is_wanted(song: Song) -> bool:
    """Whether a song has music and a name, but no video."""
    return not song.video and bool(song.audio or song.midi) and bool(song.title)


@dataclass
class _Searching:
    house: House
    web: Web
    settings: SearchSettings
    ledger: Ledger
    duplicates: Mapping[str, str]
    threshold: float
    _inputs: dict[str, dict[str, str]] = field(default_factory=dict)
    _results: dict[str, list[Entry]] = field(default_factory=dict)

    def due(self, limit: int | None) -> tuple[list[Song], int]:
        """Return the songs to search for, and how many more are settled."""
        due, known = [], 0
        for judged in admitted(self.house, limit):
            song = named(judged)
            if not is_wanted(song):
                continue
            inputs = self._inputs_of(song, judged.record.sha256)
            row = self.ledger.row(song.song_id, inputs)
            if row is not None and (
                row.outcome == "rejected" or (row.outcome == "failed" and not row.retryable)
            ):
                known += 1
            else:
                self._inputs[song.song_id] = inputs
                due.append(song)
        return due, known

    def _inputs_of(self, song: Song, sha256: Mapping[str, str | None]) -> dict[str, str]:
        found = {
            "artist": song.artist,
            "duplicate": self.duplicates.get(song.song_id),
            "music": sha256["audio"] or sha256["midi"],
            "threshold": f"{self.threshold:g}",
            "title": song.title,
        }
        return {name: value for name, value in found.items() if value}

    def book(self, song: Song, outcome: Outcome, seconds: float) -> None:
        self.ledger.book(song.song_id, self._inputs[song.song_id], outcome, seconds)

    def attempt(self, song: Song) -> Outcome:
        """Search for one song's video; raises WebTrouble if something passing stands in the way."""
        if why := self.duplicates.get(song.song_id):
            return Rejected("DUPLICATE_RECORDING", why)
        ear = Ear(self.web, self.house.store.root)
        try:
            music = ear.song(song)
        except BadMedium as trouble:
            return Failed(trouble.code, trouble.message, retryable=trouble.retryable)
        ours, wanted = outline(music), self._readings(song)
        ranked = rank_candidates(self._found(song, wanted), wanted, music.seconds)
        choice = choose(
            ranked,
            lambda entry: likeness(ours, outline(ear.candidate(entry))).score,
            threshold=self.threshold,
            most=self.settings.listen,
            accepted=frozenset(self.settings.accept.split(",")),
        )
        return self._take(song, choice) if choice.taken else rejection(choice.verdicts, self.threshold)

    def _readings(self, song: Song) -> list[Hypothesis]:
        info = self.web.info(song.cover_url) if song.cover_url else None
        found = readings_of(song, info)[: self.settings.readings]
        return [reading for reading in found if reading.confidence >= LEAST_CONFIDENCE or reading is found[0]]

    def _found(self, song: Song, wanted: Sequence[Hypothesis]) -> list[Entry]:
        """Return what the queries find, without our own covers and what was taken down.

        Each query is asked once a run.
        """
        entries: list[Entry] = []
        for query in _queries(wanted, self.settings.words):
            if query not in self._results:
                self._results[query] = self.web.search(query, self.settings.results)
            entries += self._results[query]
        ours = self.house.store.find({entry.web_id for entry in entries})
        closed = self.house.takedowns
        return [e for e in entries if e.web_id not in ours and not closed.has_page(e.url)]

    def _is_guessed(self, song: Song) -> bool:
        """Whether what a song is called is our own reading of its page's title."""
        return not song.artist or bool(song.cover_url and self.web.identity(song.cover_url) == song.song_id)

    def _take(self, song: Song, choice: Choice) -> Outcome:
        assert choice.taken is not None
        entry, reading = choice.taken.candidate.entry, choice.taken.candidate.reading
        video = self.web.video(entry.url)
        song = replace(song, video=str(video), video_url=entry.url)
        if reading.artist and self._is_guessed(song):  # the ear has confirmed one reading of the title
            song = replace(song, title=reading.song, artist=reading.artist)
        self.house.store.put([song])
        verdicts = json.dumps([verdict.as_dict() for verdict in choice.verdicts], ensure_ascii=False)
        return Done({"video_url": entry.url, "match_score": choice.taken.score, "candidates": verdicts})


def _queries(wanted: Sequence[Hypothesis], words: str) -> list[str]:
    """Return a query for each reading; two that differ in the order of their words are one."""
    queries: dict[frozenset[str], str] = {}
    for reading in wanted:
        query = " ".join(filter(None, (reading.artist, reading.song, words)))
        queries.setdefault(frozenset(query.casefold().split()), query)
    return list(queries.values())
