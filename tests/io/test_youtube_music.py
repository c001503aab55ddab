"""YouTube Music as a hint: asked politely, believed where it can be read, and never a condition."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import ytmusicapi.helpers
import ytmusicapi.ytmusic

from symmv_tools.io.politeness import Politeness
from symmv_tools.io.web import client
from symmv_tools.io.web.settings import WebSettings
from symmv_tools.io.web.youtube_music import YouTubeMusic
from tests.loopback.site import Exchange, Fault, Site, Video, World

OpenSite = Callable[[World], Site]


def _line(video_id: str, title: str, artist: str, kind: str) -> dict[str, Any]:
    """A result as the site writes it, without what nobody reads."""
    watch = {
        "videoId": video_id,
        "watchEndpointMusicSupportedConfigs": {"watchEndpointMusicConfig": {"musicVideoType": kind}},
    }
    play = {"musicPlayButtonRenderer": {"playNavigationEndpoint": {"watchEndpoint": watch}}}

    def column(*runs: dict[str, Any]) -> dict[str, Any]:
        return {"musicResponsiveListItemFlexColumnRenderer": {"text": {"runs": list(runs)}}}

    by = {"text": artist, "navigationEndpoint": {"browseEndpoint": {"browseId": "UCx"}}}
    rest = [{"text": " • "}, {"text": "9.9M views"}, {"text": " • "}, {"text": "4:33"}]
    return {
        "musicResponsiveListItemRenderer": {
            "flexColumns": [column({"text": title}), column(by, *rest)],
            "overlay": {"musicItemThumbnailOverlayRenderer": {"content": play}},
        }
    }


def _answer(exchange: Exchange) -> None:
    if exchange.command == "GET":
        return exchange.send(200, b'ytcfg.set({"VISITOR_DATA": "x"});', "text/html")
    lines = [
        _line("aaaaaaaaaaa", "Yellow", "Coldplay", "MUSIC_VIDEO_TYPE_OMV"),
        _line("bbbbbbbbbbb", "Yellow (cover)", "Somebody", "MUSIC_VIDEO_TYPE_UGC"),
    ]
    section = {"sectionListRenderer": {"contents": [{"musicShelfRenderer": {"contents": lines}}]}}
    tabs = {"tabbedSearchResultsRenderer": {"tabs": [{"tabRenderer": {"content": section}}]}}
    return exchange.send(200, json.dumps({"contents": tabs}).encode(), "application/json")


@pytest.fixture
def site(open_site: OpenSite, monkeypatch: pytest.MonkeyPatch) -> Site:
    opened = open_site(World())
    opened.routes["/"] = _answer
    monkeypatch.setattr(ytmusicapi.ytmusic, "YTM_BASE_API", f"{opened.address}/youtubei/v1/")
    monkeypatch.setattr(ytmusicapi.helpers, "YTM_DOMAIN", opened.address)
    return opened


@pytest.fixture
def music(tmp_path: Path) -> YouTubeMusic:
    settings = WebSettings(requests_per_minute=0, socket_timeout_seconds=5.0)
    return YouTubeMusic(settings, Politeness(tmp_path))


def test_the_official_video_is_marked(site: Site, music: YouTubeMusic) -> None:
    official, other = music.videos("coldplay yellow", 5)
    assert (official.web_id, official.title, official.is_official) == (
        "youtube:aaaaaaaaaaa",
        "Coldplay - Yellow",
        True,
    )
    assert official.duration == 273
    assert not other.is_official


@pytest.mark.parametrize("kind", ["500", "429", "403", "html", "truncated"])
def test_whatever_goes_wrong_costs_the_hint_only(site: Site, music: YouTubeMusic, kind: str) -> None:
    site.faults = [Fault(kind, "", times=None)]
    assert music.videos("coldplay yellow", 5) == []


def test_a_site_that_has_paused_us_is_not_asked(site: Site, tmp_path: Path) -> None:
    settings = WebSettings(requests_per_minute=0)
    politeness = Politeness(tmp_path, blocked_in_a_row=1)
    music = YouTubeMusic(settings, politeness)
    site.faults = [Fault("429", "", times=None)]
    assert music.videos("coldplay yellow", 5) == music.videos("coldplay yellow", 5) == []
    assert len(site.requests()) == 1


def test_a_search_of_youtube_asks_both_and_ranks_each_video_once(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.world.add(Video("aaaaaaaaaaa", "Coldplay - Yellow (Official Video)", "Coldplay"))
    site.world.searches["yellow"] = ["aaaaaaaaaaa"]
    monkeypatch.setattr(client, "YOUTUBE", "loopsearch")
    settings = WebSettings(search_key="loopsearch", requests_per_minute=0)
    with client.Web(settings, tmp_path.joinpath, state=tmp_path / "state") as web:
        found = web.search(" yellow ", 5)
    assert [entry.web_id for entry in found] == [
        "youtube:aaaaaaaaaaa",
        "youtube:bbbbbbbbbbb",
        "loop:aaaaaaaaaaa",
    ]
    monkeypatch.setattr(client, "YOUTUBE", "another")
    with client.Web(settings, tmp_path.joinpath, state=tmp_path / "state") as web:
        assert [entry.web_id for entry in web.search("yellow", 5)] == ["loop:aaaaaaaaaaa"]
