"""Names from the web never become paths, and formats of every kind end as one checked file."""

from __future__ import annotations

import dataclasses
import json
import shutil
from pathlib import Path
from typing import Any

import av
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from symmv_tools.errors import BadMedium
from symmv_tools.io.audio import probe as probe_audio
from symmv_tools.io.video import probe as probe_video
from symmv_tools.io.web import media
from symmv_tools.io.web.client import Web
from symmv_tools.io.web.entry import metadata, text
from symmv_tools.io.web.settings import WebSettings
from symmv_tools.io.web.trouble import WebTrouble
from symmv_tools.store.media import media_folder
from tests.films import film, write_film
from tests.io.conftest import OpenSite, OpenWeb
from tests.loopback.site import Exchange, Fault, Video, World

HOSTILE = (
    "../../x",
    "/etc/passwd",
    "..",
    "-rf",
    "a\x00b",
    "\u202egnp.exe",
    "<script>alert(1)</script>",
    "%(title)s %(id)s",
    "$HOME ~ `id` $(id)",
    "x" * 5000,
    "two\nlines\r\n",
    "con.mp4",
)
names = st.one_of(st.sampled_from(HOSTILE), st.text(st.characters(exclude_categories=["Cs"]), min_size=1))


def files_below(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(names, names, names, names)
@example("../../x", "-rf", "../../y", "../../sh")
def test_a_hostile_page_stays_in_its_folder(
    open_site: OpenSite,
    fast: WebSettings,
    sound: Path,
    tmp_path: Path,
    name: str,
    title: str,
    format_id: str,
    ending: str,
) -> None:
    """Whatever a page calls its video, its formats and their endings; an odd ending is refused."""
    shutil.rmtree(tmp_path, ignore_errors=True)
    root = tmp_path / "deep" / "50% $HOME ~" / "store"
    site = open_site(World().add(Video(name, title, channel=title, duration=6.0, audio=sound)))
    url = site.media("audio", name)
    good = {"format_id": format_id, "url": url, "ext": "m4a", "vcodec": "none", "acodec": "aac"}
    site.world.videos[name].more = {"formats": [good | {"ext": ending}, good], "ext": ending}
    with Web(fast, lambda web_id: media_folder(root, web_id), state=root / "state") as web:
        path = web.audio(site.watch(name))
        assert web.info(site.watch(name))["title"] == text(title)
    assert path.name == "audio.m4a"
    assert path.is_relative_to(root / "media")
    made = files_below(root / "media")
    assert {Path(one).name for one in made} == {"audio.m4a", "info.json"}
    assert all(len(Path(one).parts) == 3 for one in made)
    assert {one.split("/")[3] for one in files_below(tmp_path)} <= {"media", "state"}


@given(
    st.dictionaries(
        st.sampled_from(["title", "duration", "tags", "description", "is_live", "view_count", "license"]),
        st.one_of(
            st.none(),
            st.booleans(),
            st.text(max_size=50),
            st.floats(),
            st.integers(),
            st.lists(st.one_of(st.text(max_size=5), st.integers()), max_size=5),
            st.sampled_from(["\ud800\x00", "\ud800" * 4]),
        ),
    )
)
def test_metadata_can_always_be_stored(page: dict[str, Any]) -> None:
    kept = metadata(page)
    written = json.dumps(kept, allow_nan=False, ensure_ascii=False).encode()
    assert json.loads(written) == kept
    assert kept["title"] is None or isinstance(kept["title"], str)
    assert kept["duration"] is None or kept["duration"] >= 0
    assert all(isinstance(one, str) for one in kept["tags"])


def test_an_endless_title_ends() -> None:
    kept = metadata({"title": "\ud800" * 100_000, "tags": ["x"] * 10_000})
    assert (len(kept["title"]), len(kept["tags"])) == (5000, 100)


def test_formats_for_other_programs_are_left_out() -> None:
    page = {
        "formats": [
            {"format_id": "a", "url": "rtmp://127.0.0.1/x", "ext": "flv"},
            {"format_id": "b", "url": "file:///etc/passwd", "ext": "mp4"},
            {"format_id": "c", "url": "https://x", "ext": "mp4", "protocol": "mms"},
            {"format_id": "d", "url": "https://x", "ext": "sh"},
            {"format_id": "e/../e", "url": "https://x", "ext": "mp4", "protocol": "https"},
        ]
    }
    assert [one["format_id"] for one in media.made_safe(page)["formats"]] == ["e____e"]
    assert "url" not in media.made_safe({"url": "rtmp://127.0.0.1/x", "ext": "flv"})
    assert page["formats"][4]["format_id"] == "e/../e", "what the extractor found is left as it was"


# --- formats ------------------------------------------------------------------------------------


def test_pictures_and_sound_that_come_apart_are_joined(
    open_site: OpenSite, open_web: OpenWeb, sound: Path, tmp_path: Path
) -> None:
    silent = write_film(tmp_path / "silent.mp4", film(60, 90))
    site = open_site(World().add(Video("a", "t", duration=6.0, audio=sound, video=silent)))
    formats = [
        {"format_id": "v", "url": site.media("video", "a"), "ext": "mp4", "vcodec": "h264", "acodec": "none"},
        {"format_id": "a", "url": site.media("audio", "a"), "ext": "m4a", "vcodec": "none", "acodec": "aac"},
    ]
    site.world.videos["a"].more = {"formats": formats}
    site.faults = [Fault("truncated", "/media/audio")]
    path = open_web().video(site.watch("a"))
    assert path.name == "video.mp4"
    assert probe_audio(path) is not None
    assert probe_video(path) is not None
    assert [one.path for one in site.requests("/media")].count("/media/video?v=a") == 1


def test_a_film_in_fragments_goes_on_where_it_stopped(
    open_site: OpenSite, open_web: OpenWeb, fast: WebSettings, tmp_path: Path
) -> None:
    stream = write_film(tmp_path / "film.ts", film(60, 90)).read_bytes()
    cuts = [0, 188 * (len(stream) // 564), 188 * (2 * len(stream) // 564), len(stream)]

    def hls(exchange: Exchange) -> None:
        piece = exchange.url.path.removeprefix("/hls/")
        if piece == "list.m3u8":
            lines = "".join(f"#EXTINF:2,\n{exchange.site.address}/hls/{i}\n" for i in range(3))
            text = f"#EXTM3U\n#EXT-X-TARGETDURATION:2\n{lines}#EXT-X-ENDLIST\n"
            return exchange.send(200, text.encode(), "application/x-mpegURL")
        body = stream[cuts[int(piece)] : cuts[int(piece) + 1]]
        return exchange.send(200, body, "video/mp2t")

    site = open_site(World().add(Video("a", "t", duration=6.0)))
    site.routes["/hls/"] = hls
    url = f"{site.address}/hls/list.m3u8"
    site.world.videos["a"].more = {
        "formats": [{"format_id": "h", "url": url, "ext": "mp4", "protocol": "m3u8_native"}]
    }
    site.faults = [Fault("500", "/hls/1")]
    web = open_web(dataclasses.replace(fast, requests_per_minute=600.0))
    path = web.video(site.watch("a"))
    assert path.name == "video.ts", "the ending says what it is, not what the page said"
    pieces = [one for one in site.log if one.path in ("/hls/0", "/hls/1", "/hls/2")]
    assert [one.path for one in pieces] == ["/hls/0", "/hls/1", "/hls/1", "/hls/2"]
    assert pieces[-1].time - pieces[0].time >= 3 * 0.1 - 0.05, "fragments wait for their turn, too"


def test_a_missing_fragment_is_no_hole_in_the_film(
    open_site: OpenSite, open_web: OpenWeb, tmp_path: Path
) -> None:
    site = open_site(World().add(Video("a", "t", duration=6.0)))
    lines = "".join(f"#EXTINF:2,\n{site.address}/nowhere/{i}\n" for i in range(3))
    text = f"#EXTM3U\n#EXT-X-TARGETDURATION:2\n{lines}#EXT-X-ENDLIST\n"
    site.routes["/hls/"] = lambda exchange: exchange.send(200, text.encode(), "application/x-mpegURL")
    url = f"{site.address}/hls/list.m3u8"
    site.world.videos["a"].more = {
        "formats": [{"format_id": "h", "url": url, "ext": "mp4", "protocol": "m3u8_native"}]
    }
    with pytest.raises(WebTrouble):
        open_web().video(site.watch("a"))
    assert not list((tmp_path / "media").glob("*/*/video.*"))


# --- the check ----------------------------------------------------------------------------------


def test_a_whole_file_is_told_by_its_content(sound: Path, picture: Path, tmp_path: Path) -> None:
    lying = tmp_path / "x.sh"
    shutil.copy(picture, lying)
    assert media.examined(lying, "video", 6.0) == "mp4"
    assert media.examined(sound, "audio", None) == "m4a"


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("medium", ["audio", "video"])
def test_a_part_of_a_file_is_refused(
    picture: Path, sound: Path, tmp_path: Path, share: float, medium: str
) -> None:
    whole = (picture if medium == "video" else sound).read_bytes()
    part = tmp_path / "part"
    part.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(BadMedium):
        media.examined(part, medium, 6.0)


def test_sound_without_pictures_is_no_video(sound: Path) -> None:
    with pytest.raises(BadMedium) as caught:
        media.examined(sound, "video", 6.0)
    assert caught.value.code == "NO_VIDEO_STREAM"


def test_a_page_may_round_its_seconds(sound: Path) -> None:
    with av.open(str(sound)) as container:
        assert container.duration is not None
        seconds = container.duration / av.time_base
    assert media.examined(sound, "audio", seconds + 0.9) == "m4a"
