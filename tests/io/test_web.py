"""The web client against the loopback site, through yt-dlp's real download path."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from symmv_tools.errors import BadSettings
from symmv_tools.io.politeness import Paused
from symmv_tools.io.web.client import Web
from symmv_tools.io.web.progress import Progress
from symmv_tools.io.web.settings import WebSettings
from symmv_tools.io.web.trouble import WebTrouble
from symmv_tools.store.media import media_folder
from tests.films import film, write_film
from tests.io.conftest import OpenSite, OpenWeb
from tests.loopback.site import REFUSALS, Fault, Site, Video, World


def paths(site: Site) -> list[str]:
    return [one.path for one in site.log]


def final_files(root: Path) -> list[str]:
    """Everything that is no hidden part and no state."""
    media = root / "media"
    return sorted(
        p.name for p in media.rglob("*") if p.is_file() and not any(x.startswith(".") for x in p.parts)
    )


# --- the whole path -----------------------------------------------------------------------------


def test_a_cover_is_listed_read_and_fetched(
    open_site: OpenSite, open_web: OpenWeb, cover: Video, tmp_path: Path
) -> None:
    site, web = open_site(World().add(cover)), open_web()
    [entry] = web.listing(site.channel("channel"))
    assert (entry.web_id, entry.title, entry.duration) == ("loop:a", "Song (Piano Cover)", 6.0)
    assert web.info(entry.url)["channel_id"] == "UCchannel"
    assert cover.audio is not None
    assert web.audio(entry.url).read_bytes() == cover.audio.read_bytes()
    assert web.video(entry.url).name == "video.mp4"
    assert paths(site) == [
        "/channel?name=channel&page=0",
        "/watch?v=a",
        "/media/audio?v=a",
        "/media/video?v=a",
    ]
    assert final_files(tmp_path) == ["audio.m4a", "info.json", "video.mp4"]


def test_nothing_is_fetched_twice(open_site: OpenSite, open_web: OpenWeb, cover: Video) -> None:
    site = open_site(World().add(cover))
    url = site.watch("a")
    first, again = open_web(), open_web()
    first.info(url), first.audio(url), first.video(url)
    asked = len(site.log)
    assert again.info(url) == first.info(url)
    assert (again.audio(url), again.video(url)) == (first.audio(url), first.video(url))
    assert len(site.log) == asked
    again.info(url, fresh=True)
    assert len(site.log) == asked + 1


def test_metadata_come_with_the_media(open_site: OpenSite, open_web: OpenWeb, cover: Video) -> None:
    site, web = open_site(World().add(cover)), open_web()
    folder = web.audio(site.watch("a")).parent
    kept = json.loads((folder / "info.json").read_text(encoding="utf-8"))
    assert kept["title"] == cover.title
    assert kept["extractor_key"] == "Loop"
    assert kept["fetched_at"]
    assert paths(site) == ["/watch?v=a", "/media/audio?v=a"]


def test_progress_is_told(open_site: OpenSite, fast: WebSettings, cover: Video, tmp_path: Path) -> None:
    site, told = open_site(World().add(cover)), list[Progress]()
    with Web(fast, lambda name: media_folder(tmp_path, name), state=tmp_path, hears=told.append) as web:
        size = web.audio(site.watch("a")).stat().st_size
    assert told[-1] == Progress(site.watch("a"), "audio", size, size)
    assert [one.done for one in told] == sorted(one.done for one in told)


# --- identities ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "https://www.youtube.com/watch?v=dQw4w9WgXcQ",
        "https://youtu.be/dQw4w9WgXcQ?si=abc&t=3",
        "https://m.youtube.com/watch?v=dQw4w9WgXcQ&list=PL123&index=4",
        "https://music.youtube.com/watch?v=dQw4w9WgXcQ",
        "https://www.youtube.com/shorts/dQw4w9WgXcQ",
        "https://www.youtube.com/embed/dQw4w9WgXcQ",
    ],
)
def test_every_spelling_has_one_identity(open_web: OpenWeb, url: str) -> None:
    assert open_web().identity(url) == "youtube:dQw4w9WgXcQ"


def test_other_identities(open_web: OpenWeb) -> None:
    web = open_web()
    assert web.identity("https://vimeo.com/12345") == "vimeo:12345"
    assert web.identity("https://example.org/a.mp4") == "web:https://example.org/a.mp4"
    long = web.identity("https://example.org/" + "a" * 5000)
    assert len(long) < 300
    assert long != web.identity("https://example.org/" + "a" * 5001)


def test_a_single_address_is_a_list_of_one_and_not_opened(open_web: OpenWeb, open_site: OpenSite) -> None:
    site = open_site(World())
    web = open_web()
    [entry] = web.listing("https://youtu.be/dQw4w9WgXcQ")
    assert entry.web_id == "youtube:dQw4w9WgXcQ"
    [entry] = web.listing(site.watch("a"))
    assert entry.web_id == "loop:a"
    assert not site.log


# --- lists --------------------------------------------------------------------------------------


def many(n: int) -> World:
    return World(page_size=10).add(*(Video(f"v{i}", f"Song {i} piano") for i in range(n)))


def test_a_list_is_read_page_by_page_as_far_as_needed(open_site: OpenSite, open_web: OpenWeb) -> None:
    site, web = open_site(many(35)), open_web()
    assert [e.web_id for e in web.listing(site.channel("channel"), 12)] == [f"loop:v{i}" for i in range(12)]
    assert len(site.log) == 2
    assert len(list(web.listing(site.channel("channel")))) == 35
    assert len(site.log) == 6


def test_a_list_that_breaks_off_goes_on_where_it_was(open_site: OpenSite, open_web: OpenWeb) -> None:
    site, web = open_site(many(35)), open_web()
    site.faults = [Fault("500", "page=2"), Fault("truncated", "page=3")]
    assert [e.web_id for e in web.listing(site.channel("channel"))] == [f"loop:v{i}" for i in range(35)]


def test_a_long_list_may_break_more_often_than_an_errand(open_site: OpenSite, open_web: OpenWeb) -> None:
    site, web = open_site(many(60)), open_web()
    site.faults = [Fault("500", f"page={i}", times=2) for i in range(6)]
    assert len(list(web.listing(site.channel("channel")))) == 60
    site.faults = [Fault("500", "page=3", times=None)]
    with pytest.raises(WebTrouble):
        list(web.listing(site.channel("channel")))


def test_a_search_gives_the_best_first(open_site: OpenSite, open_web: OpenWeb) -> None:
    world = World().add(
        Video("x", "Yellow Coldplay live"), Video("y", "Coldplay Yellow official video", views=9)
    )
    world.searches["a ranked one"] = ["y", "x"]
    open_site(world)
    web = open_web()
    assert [e.web_id for e in web.search("coldplay  yellow\nofficial", 5)] == ["loop:y", "loop:x"]
    assert [e.web_id for e in web.search("a ranked one", 1)] == ["loop:y"]
    assert web.search("nothing of the kind", 5) == []
    assert [e.web_id for e in web.listing("loopsearch2:yellow")] == ["loop:x", "loop:y"]


@pytest.mark.parametrize("ending", ["", ".rss"])
def test_a_feed_is_a_list(open_site: OpenSite, open_web: OpenWeb, ending: str) -> None:
    site = open_site(World().add(Video("a", "Öne <b>&amp;"), Video("b", "two")))
    entries = list(open_web().listing(f"{site.address}/feed/channel{ending}"))
    assert [(e.web_id, e.title) for e in entries] == [("loop:a", "Öne <b>&amp;"), ("loop:b", "two")]
    assert len(site.log) == 1


def test_a_file_on_the_web_is_fetched_by_its_address(
    open_site: OpenSite, open_web: OpenWeb, cover: Video
) -> None:
    site, web = open_site(World().add(cover)), open_web()
    url = site.media("video", "a")
    [entry] = web.listing(url)
    assert entry.web_id == f"web:{url}"
    assert web.video(entry.url).suffix == ".mp4"


def test_words_are_no_address(open_web: OpenWeb) -> None:
    for words in ("piano covers", "file:///etc/passwd", "-rf", ""):
        with pytest.raises(WebTrouble) as caught:
            list(open_web().listing(words))
        assert (caught.value.kind, caught.value.code) == ("permanent", "NOT_A_URL")


def test_a_list_is_no_video(open_site: OpenSite, open_web: OpenWeb) -> None:
    site = open_site(many(3))
    with pytest.raises(WebTrouble) as caught:
        open_web().audio(site.channel("channel"))
    assert caught.value.code == "NOT_A_VIDEO"


# --- faults -------------------------------------------------------------------------------------

PASSING = ("429", "500", "503", "stall", "truncated", "short", "html", "redirects")


@pytest.mark.parametrize("where", ["/watch", "/media"])
@pytest.mark.parametrize("kind", [*PASSING, "403"])
def test_a_fault_that_passes_is_overcome(
    open_site: OpenSite, open_web: OpenWeb, cover: Video, tmp_path: Path, kind: str, where: str
) -> None:
    site, web = open_site(World().add(cover)), open_web()
    site.faults = [Fault(kind, where, retry_after="0")]
    assert cover.audio is not None
    assert web.audio(site.watch("a")).read_bytes() == cover.audio.read_bytes()
    assert [one.fault for one in site.log].count(kind) == 1
    assert final_files(tmp_path) == ["audio.m4a", "info.json"]


CODES = {
    "403": ("blocked FORBIDDEN", "retryable FORBIDDEN"),
    "404": ("permanent NOT_FOUND", "retryable NOT_FOUND"),
    "410": ("permanent REMOVED", "retryable NOT_FOUND"),
    "429": ("blocked THROTTLED", "blocked THROTTLED"),
    "451": ("permanent GEO_BLOCKED", "permanent GEO_BLOCKED"),
    "500": ("retryable SERVER_ERROR", "retryable SERVER_ERROR"),
    "stall": ("retryable TIMEOUT", "retryable TIMEOUT"),
    "truncated": ("retryable TRUNCATED", "retryable TRUNCATED"),
    "short": ("retryable UNKNOWN", "retryable TRUNCATED"),
    "html": ("retryable UNKNOWN", "retryable NOT_MEDIA"),
    "redirects": ("retryable REDIRECT_LOOP", "retryable REDIRECT_LOOP"),
}


@pytest.mark.parametrize("kind", CODES)
def test_a_fault_that_stays_is_named(
    open_site: OpenSite, open_web: OpenWeb, fast: WebSettings, cover: Video, tmp_path: Path, kind: str
) -> None:
    """And nothing is left under a final name but what was really read."""
    settings = dataclasses.replace(fast, retries=0, socket_timeout_seconds=0.5, blocked_in_a_row=99)
    web = open_web(settings)
    site = open_site(World().add(cover))
    for where, expected in zip(("/watch", "/media"), CODES[kind], strict=True):
        site.faults = [Fault(kind, where, times=None, retry_after="0")]
        for fetch in (web.audio, web.video):
            with pytest.raises(WebTrouble) as caught:
                fetch(site.watch("a"))
            assert f"{caught.value.kind} {caught.value.code}" == expected
            assert site.watch("a") in str(caught.value)
    assert {name for name in final_files(tmp_path) if name != "info.json"} == set()


REFUSED = {
    "private": "permanent PRIVATE",
    "removed": "permanent REMOVED",
    "geo": "permanent GEO_BLOCKED",
    "age": "permanent AGE_GATE",
    "members": "permanent MEMBERS_ONLY",
    "upcoming": "retryable UPCOMING",
    "live": "retryable LIVE",
}


@pytest.mark.parametrize("availability", REFUSED)
def test_a_page_that_refuses_is_asked_once(
    open_site: OpenSite, open_web: OpenWeb, cover: Video, availability: str
) -> None:
    site = open_site(World().add(dataclasses.replace(cover, availability=availability)))
    with pytest.raises(WebTrouble) as caught:
        open_web().audio(site.watch("a"))
    assert f"{caught.value.kind} {caught.value.code}" == REFUSED[availability]
    assert paths(site) == ["/watch?v=a"]
    assert availability == "live" or availability in REFUSALS


@pytest.mark.parametrize(
    ("change", "code"), [({"longest_seconds": 5.0}, "TOO_LONG"), ({"largest_bytes": 1000}, "TOO_LARGE")]
)
def test_what_is_too_much_is_refused(
    open_site: OpenSite,
    open_web: OpenWeb,
    fast: WebSettings,
    cover: Video,
    change: dict[str, Any],
    code: str,
) -> None:
    site = open_site(World().add(cover))
    with pytest.raises(WebTrouble) as caught:
        open_web(dataclasses.replace(fast, **change)).audio(site.watch("a"))
    assert (caught.value.kind, caught.value.code) == ("permanent", code)


def test_a_file_that_contradicts_its_page_is_refused(
    open_site: OpenSite, open_web: OpenWeb, cover: Video, tmp_path: Path
) -> None:
    """The same bytes are not asked for a third time, though two more attempts are allowed."""
    site = open_site(World().add(dataclasses.replace(cover, duration=60.0)))
    with pytest.raises(WebTrouble, match=r"holds 6\.\d s, its page says 60\.0 s") as caught:
        open_web().audio(site.watch("a"))
    assert (caught.value.kind, caught.value.code) == ("retryable", "TRUNCATED")
    assert len(site.requests("/media")) == 2
    assert final_files(tmp_path) == ["info.json"]


def test_a_video_without_the_format_says_so(
    open_site: OpenSite, open_web: OpenWeb, fast: WebSettings, cover: Video
) -> None:
    site = open_site(World().add(cover))
    with pytest.raises(WebTrouble) as caught:
        open_web(dataclasses.replace(fast, audio_format="ba[ext=flac]")).audio(site.watch("a"))
    assert caught.value.code == "NO_FORMAT"
    assert paths(site) == ["/watch?v=a"]


def test_a_bad_format_selector_is_told_at_once(open_web: OpenWeb, fast: WebSettings) -> None:
    with pytest.raises(BadSettings, match=r"web\.video_format 'best\['"):
        open_web(dataclasses.replace(fast, video_format="best["))


def test_without_a_network_youtube_is_offline(open_web: OpenWeb, fast: WebSettings) -> None:
    web = open_web(dataclasses.replace(fast, search_key="ytsearch"))
    for ask in (
        lambda: list(web.listing("https://www.youtube.com/@somebody")),
        lambda: web.info("https://youtu.be/dQw4w9WgXcQ"),
        lambda: web.search("coldplay yellow", 3),
    ):
        with pytest.raises(WebTrouble) as caught:
            ask()
        assert (caught.value.kind, caught.value.code) == ("retryable", "OFFLINE")


# --- going on -----------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def long_film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """About 2 MB of film, so that a download takes many blocks."""
    path = tmp_path_factory.mktemp("long") / "film.mp4"
    return write_film(path, film(*[25] * 12), options={"movflags": "faststart"})


def test_a_cut_download_goes_on_where_it_stopped(
    open_site: OpenSite, open_web: OpenWeb, long_film: Path
) -> None:
    site, web = open_site(World().add(Video("a", "t", video=long_film))), open_web()
    site.faults = [Fault("truncated", "/media", times=2)]
    assert web.video(site.watch("a")).read_bytes() == long_film.read_bytes()
    first, second, third = site.requests("/media")
    assert first.range == ""
    begun = [int(one.range.removeprefix("bytes=").removesuffix("-")) for one in (second, third)]
    # what lay in a buffer when the connection broke is asked for again: a block at most
    assert first.sent - (1 << 16) < begun[0] <= first.sent
    assert begun[1] > begun[0]
    assert begun[1] + third.sent == long_film.stat().st_size


PROGRAM = """
import sys
from pathlib import Path
from symmv_tools.io.web.client import Web
from symmv_tools.io.web.settings import WebSettings
folder, url, rate = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
settings = WebSettings(requests_per_minute=0, videos_per_hour=0, rate_limit_bytes=rate)
with Web(settings, lambda name: folder / "media" / name.replace(":", "-"), state=folder / "state") as web:
    print(web.video(url))
"""


def test_a_killed_download_goes_on_where_it_stopped(
    open_site: OpenSite, long_film: Path, tmp_path: Path
) -> None:
    site = open_site(World().add(Video("a", "t", video=long_film)))
    size = long_film.stat().st_size

    def start(rate: int) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-c", PROGRAM, str(tmp_path), site.watch("a"), str(rate)]
        return subprocess.Popen(command, stdout=subprocess.DEVNULL)

    def parts() -> list[Path]:
        return [path for path in tmp_path.rglob("*.part") if path.stat().st_size > size // 10]

    run = start(size // 4)  # four seconds
    while not parts():
        assert run.poll() is None
        time.sleep(0.01)
    run.kill()
    run.wait()
    assert final_files(tmp_path) == []
    had = parts()[0].stat().st_size
    assert start(0).wait() == 0
    assert (tmp_path / "media" / "loop-a" / "video.mp4").read_bytes() == long_film.read_bytes()
    assert site.requests("/media")[-1].range == f"bytes={had}-"
    assert not [path for path in (tmp_path / "media").rglob(".*")]


# --- politeness ---------------------------------------------------------------------------------


def test_requests_keep_their_distance(
    open_site: OpenSite, open_web: OpenWeb, fast: WebSettings, cover: Video
) -> None:
    site = open_site(World().add(cover))
    web = open_web(dataclasses.replace(fast, requests_per_minute=300.0))
    list(web.listing(site.channel("channel")))
    web.audio(site.watch("a")), web.video(site.watch("a"))
    times = [one.time for one in site.log]
    assert len(times) == 4
    assert times[-1] - times[0] >= 3 * 0.2 - 0.1


def test_watch_pages_keep_a_larger_distance(
    open_site: OpenSite, open_web: OpenWeb, fast: WebSettings
) -> None:
    site = open_site(many(4))
    web = open_web(dataclasses.replace(fast, videos_per_hour=3600 / 0.3))
    for entry in web.listing(site.channel("channel")):
        with pytest.raises(WebTrouble):  # no formats
            web.info(entry.url)
    times = [one.time for one in site.requests("/watch")]
    assert times[-1] - times[0] >= 3 * 0.3 - 0.1


def test_a_site_that_blocks_us_is_left_alone_and_tried_again(
    open_site: OpenSite, open_web: OpenWeb, fast: WebSettings, cover: Video
) -> None:
    settings = dataclasses.replace(fast, retries=9, blocked_in_a_row=3, pause_seconds=1.0)
    site, web = open_site(World().add(cover)), open_web(settings)
    site.faults = [Fault("bot", "/watch", times=3)]
    with pytest.raises(Paused, match="loop blocks this address"):
        web.audio(site.watch("a"))
    with pytest.raises(Paused) as caught:
        open_web(settings).info(site.watch("a"))
    assert len(site.log) == 3
    time.sleep(max(0.0, caught.value.until - time.time()))
    web.audio(site.watch("a"))
    open_web(settings).video(site.watch("a"))


def test_retry_after_is_kept(open_site: OpenSite, open_web: OpenWeb, cover: Video) -> None:
    site, web = open_site(World().add(cover)), open_web()
    site.faults = [Fault("429", "/watch", retry_after="1")]
    web.audio(site.watch("a"))
    first, second, *_ = site.log
    assert second.time - first.time >= 1.0


def test_a_session_limit_pauses_at_once(open_site: OpenSite, open_web: OpenWeb, cover: Video) -> None:
    site = open_site(World().add(dataclasses.replace(cover, availability="session")))
    with pytest.raises(Paused) as caught:
        open_web().audio(site.watch("a"))
    assert caught.value.until > time.time() + 3000


def test_what_the_user_sets_reaches_the_site(
    open_site: OpenSite, open_web: OpenWeb, fast: WebSettings, cover: Video, tmp_path: Path
) -> None:
    site = open_site(World().add(cover))
    jar = tmp_path / "cookies.txt"
    jar.write_text("# Netscape HTTP Cookie File\n127.0.0.1\tFALSE\t/\tFALSE\t0\tsession\tsecret\n")
    before = jar.read_bytes()
    web = open_web(dataclasses.replace(fast, cookies=str(jar), user_agent="symmv tests"))
    web.audio(site.watch("a"))
    web.__exit__(None, None, None)
    assert {one.headers["User-Agent"] for one in site.log} == {"symmv tests"}
    assert {one.headers["Cookie"] for one in site.log} == {"session=secret"}
    assert jar.read_bytes() == before


def test_cookies_that_cannot_be_read_are_told(
    open_site: OpenSite, open_web: OpenWeb, fast: WebSettings, tmp_path: Path
) -> None:
    jar = tmp_path / "cookies.txt"
    jar.write_text("these are no cookies\n")
    with pytest.raises(BadSettings, match=r"web\.cookies"):
        open_web(dataclasses.replace(fast, cookies=str(jar))).audio(open_site(World()).watch("a"))


def test_requests_go_through_the_proxy(
    open_site: OpenSite,
    open_web: OpenWeb,
    fast: WebSettings,
    cover: Video,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The site itself can play the proxy: it answers whole addresses as if they were its own."""
    site = open_site(World().add(cover))
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name)
    web = open_web(dataclasses.replace(fast, proxy=site.address))
    nowhere = "http://127.0.0.1:9/watch?v=a"  # nobody listens there
    assert web.info(nowhere)["title"] == cover.title
    assert paths(site) == ["/watch?v=a"]


def test_plug_ins_in_a_users_folders_are_not_run(tmp_path: Path) -> None:
    folder = tmp_path / "yt-dlp" / "plugins" / "mine" / "yt_dlp_plugins" / "extractor"
    folder.mkdir(parents=True)
    (folder / "bad.py").write_text("open(__file__ + '.ran', 'w')\n")
    (tmp_path / "yt-dlp" / "config").write_text("--exec 'touch x'\n")
    program = (
        "from pathlib import Path\n"
        "from symmv_tools.io.web.client import Web\n"
        "from symmv_tools.io.web.settings import WebSettings\n"
        "Web(WebSettings(), Path, state=Path('state'))\n"
    )
    command = [sys.executable, "-c", program]
    environment = {**os.environ, "XDG_CONFIG_HOME": str(tmp_path)}
    environment["PYTHONPATH"] += f":{Path.cwd()}"
    subprocess.run(command, check=True, cwd=tmp_path, env=environment)
    assert not list(folder.glob("*.ran"))


def test_every_step_of_a_redirect_waits_for_its_turn(
    open_site: OpenSite, open_web: OpenWeb, fast: WebSettings, cover: Video
) -> None:
    site = open_site(World().add(cover))
    site.faults = [Fault("redirects", "watch")]
    web = open_web(dataclasses.replace(fast, requests_per_minute=600.0))
    web.info(site.watch(cover.id))
    times = sorted(request.time for request in site.requests())
    assert len(times) > 5
    # one by one they arrive a little early or late; all together they cannot
    assert times[-1] - times[0] > 0.1 * (len(times) - 2)
