"""yt-dlp's view of the loopback site: raises what real extractors raise for such pages."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, unquote

from yt_dlp.extractor.common import InfoExtractor, SearchInfoExtractor

# yt-dlp takes every public class whose name ends in IE for an extractor of the plug-in.
_HOST = r"http://127\.0\.0\.1:\d+"


class LoopIE(InfoExtractor):  # type: ignore[misc]  # yt-dlp has no types
    IE_NAME = "loop"
    _VALID_URL = rf"{_HOST}/watch\?v=(?P<id>[^&#]+)"
    _RETURN_TYPE = "video"

    def _real_extract(self, url: str) -> dict[str, Any]:
        name = unquote(self._match_id(url))
        page: dict[str, Any] = self._download_json(url, name)
        refusal, reason = page.get("refusal"), page.get("reason")
        if refusal == "geo":
            self.raise_geo_restricted(reason, countries=["SJ"])
        if refusal:
            self.raise_no_formats(reason, expected=True, video_id=name)
        return {**page, "id": page["id"], "title": page["title"], "webpage_url": url}


class _PagesIE(InfoExtractor):  # type: ignore[misc]
    def _pages(self, url: str, name: str) -> Iterator[dict[str, Any]]:
        joint = "&" if "?" in url else "?"
        for number in itertools.count():
            page = self._download_json(f"{url}{joint}page={number}", name, note=f"page {number}")
            for line in page["entries"]:
                yield self.url_result(line.pop("url"), LoopIE, line.pop("id"), line.pop("title"), **line)
            if page["next"] is None:
                return


class LoopChannelIE(_PagesIE):
    IE_NAME = "loop:channel"
    _VALID_URL = rf"{_HOST}/channel\?name=(?P<id>[^#&]+)"
    _RETURN_TYPE = "playlist"

    def _real_extract(self, url: str) -> dict[str, Any]:
        name = unquote(self._match_id(url))
        result: dict[str, Any] = self.playlist_result(self._pages(url, name), name)
        return result


class LoopSearchIE(_PagesIE, SearchInfoExtractor):  # type: ignore[misc]
    IE_NAME = "loop:search"
    _SEARCH_KEY = "loopsearch"

    def _search_results(self, query: str) -> Iterator[dict[str, Any]]:
        return self._pages(f"{os.environ['SYMMV_LOOPBACK']}/search?q={quote(query)}", query)
