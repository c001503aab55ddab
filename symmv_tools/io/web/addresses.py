"""What an address names, told from its spelling alone: which site, which video, or a list."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import Any

from yt_dlp.extractor import gen_extractor_classes
from yt_dlp.extractor.youtube import YoutubeIE

from symmv_tools.io.web.downloader import site_of
from symmv_tools.io.web.entry import text
from symmv_tools.io.web.trouble import WebTrouble
from symmv_tools.song import printable

_LONGEST_ID = 200


class Addresses:
    """yt-dlp's extractors, asked about addresses. Make it after the first YoutubeDL, which loads plug-ins."""

    def __init__(self) -> None:
        self._classes = {str(one.ie_key()): one for one in gen_extractor_classes()}
        self._extractor = lru_cache(maxsize=1024)(self._find)

    def _find(self, url: str) -> Any:
        # `watch?v=…&list=…` belongs to the play list's extractor, but names one video all the same
        if YoutubeIE.get_temp_id(url):
            return YoutubeIE
        return next((one for one in self._classes.values() if one.suitable(url)), None)

    def identity(self, url: str, extractor_key: str | None = None) -> str:
        """Return `extractor:id`, or `web:URL` for a site without an extractor of its own.

        `extractor_key` is what a listing says of its item; the item's address may then be a bare id.
        """
        extractor = self._classes.get(extractor_key or "") or self._extractor(url)
        own_id = None if extractor is None or extractor.ie_key() == "Generic" else extractor.get_temp_id(url)
        kind, name = (extractor.ie_key().lower(), str(own_id)) if own_id else ("web", url)
        if len(name) > _LONGEST_ID:
            name = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()
        return f"{kind}:{text(name)}"

    def site(self, url: str) -> str:
        """Return the site whose politeness an address counts for: the extractor's family, else the host."""
        extractor = self._extractor(url)
        if extractor is None or extractor.ie_key() == "Generic":
            return site_of(url)
        return str(extractor.IE_NAME).partition(":")[0].lower()

    def is_generic(self, url: str) -> bool:
        """Whether yt-dlp has no extractor of its own for this address."""
        extractor = self._extractor(url)
        return extractor is None or extractor.ie_key() == "Generic"

    def is_single_video(self, url: str) -> bool:
        """Whether the address is that of one video for certain."""
        extractor = self._extractor(url)
        return extractor is YoutubeIE or bool(extractor is not None and extractor.is_single_video(url))

    def is_list(self, url: str, extractor_key: str | None) -> bool:
        """Whether an item of a list is itself a list, such as a tab of a channel."""
        extractor = self._classes.get(extractor_key or "") or self._extractor(url)
        if extractor is None or extractor is YoutubeIE:
            return False
        return extractor.ie_key() == "YoutubeTab" or extractor.is_single_video(url) is False

    def checked(self, url: str) -> str:
        """Return `url` if it can be asked for; raises WebTrouble `NOT_A_URL`.

        An address without an extractor must be http or https: yt-dlp would take other words for the
        name of a host.
        """
        if self.is_generic(url) and not url.lower().startswith(("http://", "https://")):
            hint = "addresses begin with https://, searches with a key such as ytsearch5:"
            raise WebTrouble("permanent", "NOT_A_URL", f"{printable(url, 200)!r} is no address", hint)
        return url
