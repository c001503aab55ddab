"""A web client with its own folder and state, and small media to serve, for the tests of `io/web`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from symmv_tools.io.web.client import Web
from symmv_tools.io.web.settings import WebSettings
from symmv_tools.store.media import media_folder
from tests.films import film, write_film
from tests.loopback.site import Site, Video, World
from tests.media import tone, write_audio

OpenSite = Callable[[World], Site]
OpenWeb = Callable[..., Web]


@pytest.fixture(scope="session")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six seconds of AAC in an MP4."""
    path = tmp_path_factory.mktemp("sound") / "tone.m4a"
    write_audio(path, tone(6.0, 22050), "aac")
    return path


@pytest.fixture(scope="session")
def picture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six seconds of film with sound."""
    path = tmp_path_factory.mktemp("picture") / "film.mp4"
    return write_film(path, film(60, 90), seconds_of_audio=6.0)


@pytest.fixture
def fast() -> WebSettings:
    """Settings of somebody in a hurry, who talks to the loopback site."""
    return WebSettings(
        search_key="loopsearch",
        requests_per_minute=0,
        videos_per_hour=0,
        backoff_seconds=0.01,
        socket_timeout_seconds=1.0,
        retries=2,
    )


@pytest.fixture
def open_web(tmp_path: Path, fast: WebSettings) -> Iterator[OpenWeb]:
    """Open clients that keep their media below `tmp_path` and share one state."""
    with ExitStack() as webs:

        def opened(settings: WebSettings = fast) -> Web:
            web = Web(settings, lambda name: media_folder(tmp_path, name), state=tmp_path / "state")
            return webs.enter_context(web)

        yield opened


@pytest.fixture
def cover(sound: Path, picture: Path) -> Video:
    """A video that is as it should be."""
    return Video("a", "Song (Piano Cover)", duration=6.0, audio=sound, video=picture)
