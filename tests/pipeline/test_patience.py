"""Songs over a bad network: later, once more, or not at all, but never lost."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from symmv_tools.io.politeness import Paused
from symmv_tools.io.web.trouble import WebTrouble
from symmv_tools.pipeline.patience import MOST_PAUSES, ROUNDS, Blocked, Offline, Patience, Progress
from symmv_tools.song import Song
from symmv_tools.stage import Done, Failed, Outcome

pytestmark = pytest.mark.quick

SONGS = [Song("a:1"), Song("a:2"), Song("a:3")]


class Book:
    """Notes what was booked, and serves songs as a script says: an exception each, then done."""

    def __init__(self, script: dict[str, list[Exception]] | None = None) -> None:
        self.script = script or {}
        self.asked: list[str] = []
        self.booked: dict[str, Outcome] = {}
        self.slept: list[float] = []

    def attempt(self, song: Song) -> Outcome:
        self.asked.append(song.song_id)
        if waiting := self.script.get(song.song_id):
            raise waiting.pop(0)
        return Done({})

    def patience(self, pausing: Callable[[float, str], None] = lambda seconds, why: None) -> Patience:
        def book(song: Song, outcome: Outcome, seconds: float) -> None:
            assert song.song_id not in self.booked, "booked twice"
            self.booked[song.song_id] = outcome

        return Patience(self.attempt, book, Progress(pausing=pausing), self.slept.append)


def passing() -> WebTrouble:
    return WebTrouble("retryable", "TIMEOUT", "was silent")


def test_a_song_in_trouble_waits_until_the_others_are_served() -> None:
    book = Book({"a:1": [passing()]})
    assert book.patience().work_through(SONGS) == {"done": 3}
    assert book.asked == ["a:1", "a:2", "a:3", "a:1"]


def test_trouble_that_does_not_pass_is_booked_as_retryable() -> None:
    book = Book({"a:2": [passing() for _ in range(ROUNDS)]})
    assert book.patience().work_through(SONGS) == {"done": 2, "failed": 1}
    assert book.booked["a:2"] == Failed("TIMEOUT", "was silent", retryable=True)


def test_what_is_gone_for_good_is_asked_once() -> None:
    book = Book({"a:1": [WebTrouble("permanent", "REMOVED", "was removed")]})
    book.patience().work_through(SONGS)
    assert book.asked.count("a:1") == 1
    assert book.booked["a:1"] == Failed("REMOVED", "was removed", retryable=False)


def test_a_pause_costs_time_and_nothing_else() -> None:
    said: list[str] = []
    book = Book({"a:1": [Paused("site", time.time() + 100.0, "429")]})
    assert book.patience(lambda seconds, why: said.append(why)).work_through(SONGS) == {"done": 3}
    assert book.slept == [pytest.approx(100.0, abs=1.0)]
    assert said == ["site blocks this address: 429"]


def test_a_site_that_blocks_for_ever_stops_the_run_and_books_nothing() -> None:
    book = Book({"a:1": [Paused("site", time.time() + 100.0, "429") for _ in range(MOST_PAUSES + 1)]})
    with pytest.raises(Blocked, match="site refuses this address"):
        book.patience().work_through(SONGS)
    assert book.booked == {}


def test_without_a_network_nothing_is_booked_either() -> None:
    book = Book({"a:2": [WebTrouble("retryable", "OFFLINE", "no such host")]})
    with pytest.raises(Offline, match="2 of the songs wait"):
        book.patience().work_through(SONGS)
    assert list(book.booked) == ["a:1"]
