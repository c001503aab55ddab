"""A whole collection in bad weather: one request in five goes wrong, and the process is killed as well."""

from __future__ import annotations

import dataclasses
import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from symmv_tools.io.politeness import Paused
from symmv_tools.io.web.client import Web
from symmv_tools.io.web.settings import WebSettings
from symmv_tools.io.web.trouble import WebTrouble
from tests.io.conftest import OpenSite, OpenWeb
from tests.loopback.site import Site, Video, Weather, World
from tests.media import write_audio

COUNT = 12


@pytest.fixture(scope="session")
def songs(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Twelve songs of different sound."""
    folder, generator = tmp_path_factory.mktemp("songs"), np.random.default_rng(0)
    world = World(page_size=5)
    for i in range(COUNT):
        write_audio(folder / f"{i}.m4a", generator.normal(0, 0.1, 22050 * 3), "aac")
        world.add(Video(f"v{i}", f"Song {i}", duration=3.0, audio=folder / f"{i}.m4a"))
    return world


def collect(site: Site, web: Web) -> dict[str, Path]:
    """Fetch the channel as a collector does: sleep through pauses, come back to what failed."""
    got = dict[str, Path]()
    for _ in range(50):
        try:
            for entry in web.listing(site.channel("channel")):
                if entry.web_id not in got:
                    got[entry.web_id] = web.audio(entry.url)
            return got
        except Paused as pause:
            time.sleep(max(0.0, pause.until - time.time()))
        except WebTrouble as trouble:
            if trouble.kind == "permanent":
                raise
    raise AssertionError(f"only {sorted(got)}")


@pytest.mark.parametrize("seed", range(2))
def test_everything_arrives_whole_and_once(
    open_site: OpenSite, open_web: OpenWeb, fast: WebSettings, songs: World, tmp_path: Path, seed: int
) -> None:
    site = open_site(songs)
    site.weather, site.stall_seconds = Weather(0.2, seed, retry_after="0"), 1.2
    got = collect(site, open_web(dataclasses.replace(fast, pause_seconds=0.2)))
    assert len(got) == COUNT
    for name, path in got.items():
        source = songs.videos[name.removeprefix("loop:")].audio
        assert source is not None
        assert path.read_bytes() == source.read_bytes()
    good = Counter(one.path for one in site.requests("/media") if not one.fault)
    assert set(good.values()) == {1}, "each file was finished once"
    assert any(one.fault for one in site.log)
    assert not list((tmp_path / "media").rglob(".*"))


PROGRAM = """
import sys, time
from pathlib import Path
from symmv_tools.io.politeness import Paused
from symmv_tools.io.web.client import Web
from symmv_tools.io.web.settings import WebSettings
from symmv_tools.io.web.client import Web
from symmv_tools.io.web.settings import WebSettings
from symmv_tools.io.web.trouble import WebTrouble
from symmv_tools.store.media import media_folder
folder, channel = Path(sys.argv[1]), sys.argv[2]
settings = WebSettings(requests_per_minute=1200, videos_per_hour=0, backoff_seconds=0.02, retries=3,
    socket_timeout_seconds=1.0, blocked_in_a_row=3, pause_seconds=0.2)
with Web(settings, lambda name: media_folder(folder, name), state=folder / "state") as web:
    while True:
        try:
            for entry in web.listing(channel):
                web.audio(entry.url)
            break
        except Paused as pause:
            time.sleep(max(0.0, pause.until - time.time()))
        except WebTrouble as trouble:
            assert trouble.kind != "permanent"
"""


def test_killed_at_any_moment_it_ends_the_same(open_site: OpenSite, songs: World, tmp_path: Path) -> None:
    site, chance = open_site(songs), random.Random(0)
    site.weather, site.stall_seconds = Weather(0.2, 3, retry_after="0"), 1.2

    def run() -> subprocess.Popen[bytes]:
        return subprocess.Popen([sys.executable, "-c", PROGRAM, str(tmp_path), site.channel("channel")])

    for _ in range(3):
        one, seen = run(), len(site.log) + chance.randint(3, 9)
        while len(site.log) < seen and one.poll() is None:
            time.sleep(0.005)
        time.sleep(chance.uniform(0.0, 0.05))
        one.kill()
        one.wait()
        assert all(_is_whole(path, songs) for path in (tmp_path / "media").glob("*/*/audio.*"))
    assert run().wait() == 0
    files = sorted(path.read_bytes() for path in (tmp_path / "media").glob("*/*/audio.*"))
    assert files == _sources(songs)
    good = Counter(one.path for one in site.requests("/media") if not one.fault and one.status != 416)
    # A download that is killed is a good answer that nobody heard to its end. Where all of it was there but
    # not yet looked at, its rest is asked for (416), and then how long the whole is: an answer not read.
    assert sum(good.values()) <= COUNT + 2 * 3
    times = sorted(one.time for one in site.log)
    assert times[-1] - times[0] >= 0.8 * 0.05 * (len(times) - 1)


def _sources(world: World) -> list[bytes]:
    return sorted(video.audio.read_bytes() for video in world.videos.values() if video.audio)


def _is_whole(path: Path, world: World) -> bool:
    return path.read_bytes() in _sources(world)
