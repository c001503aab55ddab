"""The web client against the loopback site, through yt-dlp's real download path."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from symmv_tools.io.web.client import Web
from symmv_tools.io.web.settings import WebSettings
from symmv_tools.store.media import media_folder
from tests.films import film, write_film
from tests.loopback.site import Site, Video, World
from tests.media import tone, write_audio

FAST = WebSettings(
    search_key="loopsearch",
    requests_per_minute=0,
    videos_per_hour=0,
    backoff_seconds=0.01,
    socket_timeout_seconds=2.0,
)


@pytest.fixture(scope="session")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sound") / "tone.m4a"
    write_audio(path, tone(6.0, 22050), "aac")
    return path


@pytest.fixture(scope="session")
def picture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("picture") / "film.mp4"
    return write_film(path, film(60, 90), seconds_of_audio=6.0)


OpenSite = Callable[[World], Site]


@pytest.fixture
def open_web(tmp_path: Path) -> Iterator[Callable[..., Web]]:
    webs: list[Web] = []

    def opened(settings: WebSettings = FAST) -> Web:
        web = Web(settings, lambda name: media_folder(tmp_path, name), state=tmp_path / "state")
        webs.append(web)
        return web

    yield opened
    for web in webs:
        web.__exit__(None, None, None)


def test_a_cover_is_fetched_whole(
    open_site: OpenSite, open_web: Callable[..., Web], sound: Path, picture: Path
) -> None:
    site = open_site(World().add(Video("a", "Song (Piano Cover)", duration=6.0, audio=sound, video=picture)))
    web = open_web()
    [entry] = web.listing(site.channel("channel"))
    assert entry.web_id == "loop:a"
    assert entry.title == "Song (Piano Cover)"
    info = web.info(entry.url)
    assert info["duration"] == 6.0
    assert web.audio(entry.url).read_bytes() == sound.read_bytes()
    assert web.video(entry.url).name == "video.mp4"
    assert [one.path for one in site.log] == [
        "/channel/channel?page=0",
        "/watch?v=a",
        "/media/audio/a",
        "/media/video/a",
    ]
