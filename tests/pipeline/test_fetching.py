"""From a channel's address to songs with sound in the store, through everything the web throws."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from symmv_tools.errors import BadCall
from symmv_tools.io.web.client import Web
from symmv_tools.io.web.settings import WebSettings
from symmv_tools.pipeline.chores import FETCH, troubles
from symmv_tools.pipeline.collecting import Wanted, collect, find
from symmv_tools.pipeline.fetching import Fetched, fetch_media, wanted_medium
from symmv_tools.song import Song
from symmv_tools.store import Store
from symmv_tools.store.media import media_folder
from tests.films import film, write_film
from tests.loopback.site import Fault, Site, Video, World
from tests.media import tone, write_audio

FAST = WebSettings(
    search_key="loopsearch",
    requests_per_minute=0,
    videos_per_hour=0,
    backoff_seconds=0.01,
    socket_timeout_seconds=2.0,
    retries=2,
)
OpenSite = Callable[[World], Site]


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sound") / "tone.m4a"
    write_audio(path, tone(4.0, 22050), "aac")
    return path


@pytest.fixture(scope="module")
def picture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_film(tmp_path_factory.mktemp("film") / "film.mp4", film(100), seconds_of_audio=4.0)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(Store.open(tmp_path / "work", create=True)) as opened:
        yield opened


@pytest.fixture
def web(store: Store, tmp_path: Path) -> Iterator[Web]:
    place = lambda web_id: media_folder(store.root, web_id)  # noqa: E731
    with Web(FAST, place, state=tmp_path / "state") as opened:
        yield opened


def world(sound: Path, *names: str) -> World:
    titles = {name: f"Artist {name} - Song {name} (Piano Cover)" for name in names}
    return World().add(*(Video(n, titles[n], duration=4.0, audio=sound) for n in names))


def bring(store: Store, web: Web, wanted: Wanted) -> Fetched:
    found = find(wanted, lambda: web)
    collect(store, found, is_listing=wanted.is_listing)
    return fetch_media(store, web, FAST, songs_in(store))


def songs_in(store: Store) -> Sequence[Song]:
    return [record.song for batch in store.batches() for record in batch]


def test_a_channel_becomes_songs_with_sound_and_a_second_call_fetches_nothing(
    open_site: OpenSite, store: Store, web: Web, sound: Path
) -> None:
    site = open_site(world(sound, "a", "b"))
    assert bring(store, web, Wanted(channel=site.channel("channel"))) == Fetched(done=2)
    first, _ = songs_in(store)
    assert (first.song_id, first.title, first.artist) == ("loop:a", "Song a", "Artist a")
    assert first.cover_url == site.watch("a")
    assert first.audio
    assert Path(first.audio).read_bytes() == sound.read_bytes()
    asked = len(site.requests("watch|media"))
    assert bring(store, web, Wanted(channel=site.channel("channel"))) == Fetched()
    assert len(site.requests("watch|media")) == asked


def test_what_is_gone_is_noted_and_not_asked_for_again(
    open_site: OpenSite, store: Store, web: Web, sound: Path
) -> None:
    shown = world(sound, "a", "b")
    shown.videos["a"].availability = "removed"
    site = open_site(shown)
    assert bring(store, web, Wanted(channel=site.channel("channel"))) == Fetched(done=1, failed=1)
    gone, there = songs_in(store)
    assert gone.audio is None
    assert gone.availability is not None
    assert gone.availability.startswith("removed since 20")
    assert there.audio is not None
    (trouble,) = troubles(store, ["loop:a", "loop:b"])["loop:a"]
    assert (trouble.chore, trouble.outcome, trouble.code) == (FETCH, "failed", "REMOVED")
    assert bring(store, web, Wanted(channel=site.channel("channel"))) == Fetched(known=1)
    assert len(site.requests("watch.v=a")) == 1


def test_what_was_out_of_reach_is_fetched_the_next_time(
    open_site: OpenSite, store: Store, web: Web, sound: Path
) -> None:
    site = open_site(world(sound, "a"))
    site.faults = [Fault("500", "/media/", times=None)]
    assert bring(store, web, Wanted(channel=site.channel("channel"))) == Fetched(failed=1)
    site.faults = []
    assert bring(store, web, Wanted(channel=site.channel("channel"))) == Fetched(done=1)
    assert troubles(store, ["loop:a"]) == {}


def test_a_list_of_addresses_is_a_source(
    open_site: OpenSite, store: Store, web: Web, sound: Path, tmp_path: Path
) -> None:
    site = open_site(world(sound, "a", "b", "c"))
    urls = tmp_path / "urls.txt"
    urls.write_text(f"# covers\n{site.watch('c')}  # the last\n\n{site.watch('a')}\n", encoding="utf-8")
    assert bring(store, web, Wanted(table=str(urls))) == Fetched(done=2)
    assert [song.song_id for song in songs_in(store)] == ["loop:a", "loop:c"]
    assert [song.title for song in songs_in(store)] == ["Song a", "Song c"]


def test_a_table_may_name_cover_and_video_by_their_addresses(
    open_site: OpenSite, store: Store, web: Web, sound: Path, picture: Path, tmp_path: Path
) -> None:
    shown = world(sound, "a", "v")
    shown.videos["v"].video = picture
    site = open_site(shown)
    table = tmp_path / "pairs.tsv"
    rows = ["song_id\ttitle\tcover_url\tvideo_url", f"my:1\tMine\t{site.watch('a')}\t{site.watch('v')}"]
    table.write_text("\n".join(rows), encoding="utf-8")
    assert bring(store, web, Wanted(table=str(table))) == Fetched(done=1)
    (song,) = songs_in(store)
    assert (song.song_id, song.title) == ("my:1", "Mine")
    assert song.audio
    assert song.video
    assert wanted_medium(song) is None


def test_two_songs_that_share_a_video_fetch_it_once(
    open_site: OpenSite, store: Store, web: Web, picture: Path, tmp_path: Path
) -> None:
    site = open_site(World().add(Video("v", "V", duration=4.0, video=picture)))
    table = tmp_path / "pairs.tsv"
    rows = ["song_id\tvideo_url", *(f"my:{n}\t{site.watch('v')}" for n in (1, 2))]
    table.write_text("\n".join(rows), encoding="utf-8")
    assert bring(store, web, Wanted(table=str(table))) == Fetched(done=2)
    first, second = songs_in(store)
    assert first.video == second.video
    assert len(site.requests("/media/")) == 1


def test_addresses_may_come_on_stdin(
    open_site: OpenSite, store: Store, web: Web, sound: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = open_site(world(sound, "a", "b"))
    lines = f"{site.watch('b')}\n{site.watch('a')}\n".encode()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(io.BytesIO(lines))))
    assert bring(store, web, Wanted(table="-")) == Fetched(done=2)


def test_an_address_that_cannot_be_read_costs_nothing_else(
    open_site: OpenSite, store: Store, web: Web, sound: Path, tmp_path: Path
) -> None:
    site = open_site(world(sound, "a"))
    urls = tmp_path / "urls.txt"
    urls.write_text(f"{site.channel('nobody')}\n{site.watch('a')}\n", encoding="utf-8")
    found = find(Wanted(table=str(urls)), lambda: web)
    assert [song.song_id for song in found.songs] == ["loop:a"]
    assert [refusal.code for refusal in found.refused] == ["NOT_FOUND"]


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ({}, "nothing to collect is named"),
        ({"channel": "u", "manifest": "m"}, "--channel and --manifest do not go together"),
        ({"channel": "u", "folder": "d"}, "--channel and --folder do not go together"),
    ],
)
def test_a_call_names_one_source(named: dict[str, str], said: str) -> None:
    with pytest.raises(BadCall, match=said):
        Wanted(**named)
