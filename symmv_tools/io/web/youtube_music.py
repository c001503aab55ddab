"""YouTube Music's own search, where ytmusicapi is installed: it knows which videos are the official ones.

ytmusicapi is unofficial and breaks when the site changes. So it is a hint beside yt-dlp's search and
never a condition: whatever goes wrong here costs the hint and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib.util import find_spec
from typing import Any

import requests

from symmv_tools.io.politeness import Paused, Politeness
from symmv_tools.io.web.entry import Entry, number, text
from symmv_tools.io.web.settings import WebSettings

SITE = "youtube.com"
"""Whose bucket and whose pauses these requests share."""

_OFFICIAL = "MUSIC_VIDEO_TYPE_OMV"
_WATCH = "https://www.youtube.com/watch?v="


class YouTubeMusic:
    """Searches YouTube Music for videos, each request taking its turn like all others."""

    def __init__(self, settings: WebSettings, politeness: Politeness) -> None:
        self._settings, self._politeness = settings, politeness
        self._client: Any = None
        self._works = find_spec("ytmusicapi") is not None

    def videos(self, query: str, n: int) -> list[Entry]:
        """Return up to `n` videos for `query`, the official ones marked; none where it cannot be asked."""
        if not self._works:
            return []
        try:
            found = self._asked().search(query, filter="videos", limit=n)
            return list(_entries(found))[:n]
        except (Paused, requests.RequestException):
            return []
        except Exception:  # unofficial: any change of the site ends in some error of its parser
            self._works = False
            return []

    def _asked(self) -> Any:
        if self._client is None:
            from ytmusicapi import YTMusic  # optional

            session = _PoliteSession(self._settings, self._politeness)
            proxy = self._settings.proxy
            proxies = {"http": proxy, "https": proxy} if proxy else None
            self._client = YTMusic(requests_session=session, proxies=proxies)
        return self._client


class _PoliteSession(requests.Session):
    """Takes a token before each request, and tells a refusal from an answer."""

    def __init__(self, settings: WebSettings, politeness: Politeness) -> None:
        super().__init__()
        self._politeness = politeness
        self._apart = 60.0 / settings.requests_per_minute if settings.requests_per_minute else 0.0
        self._timeout = settings.socket_timeout_seconds

    def request(self, *args: Any, **kwargs: Any) -> requests.Response:
        self._politeness.enter(SITE)
        self._politeness.take(f"requests {SITE}", self._apart)
        answer = super().request(*args, **{**kwargs, "timeout": self._timeout})
        if answer.status_code == 429:
            self._politeness.blocked(SITE, "429 Too Many Requests from YouTube Music")
        answer.raise_for_status()
        return answer


def _entries(found: Iterable[Mapping[str, Any]]) -> Iterable[Entry]:
    for item in found:
        video_id = text(item.get("videoId"))
        if video_id is None or item.get("resultType") != "video":
            continue
        artists = [name for one in item.get("artists") or () if (name := text(one.get("name")))]
        title = " - ".join(filter(None, (", ".join(artists), text(item.get("title")))))
        yield Entry(
            f"youtube:{video_id}",
            f"{_WATCH}{video_id}",
            title or None,
            artists[0] if artists else None,
            duration=number(item.get("duration_seconds")),
            is_official=item.get("videoType") == _OFFICIAL,
        )
