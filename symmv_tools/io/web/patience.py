"""What to do after trouble: wait and try again, leave the site alone, or give up with a sentence."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from itertools import count
from typing import TypeVar

from symmv_tools.io.politeness import PATIENCE_SECONDS, Politeness
from symmv_tools.io.web.downloader import Listener
from symmv_tools.io.web.settings import WebSettings
from symmv_tools.io.web.trouble import sorted_out

LONGEST_BACKOFF_SECONDS = 120.0
"""No wait before trying again is longer, unless the site asks for it."""

_Result = TypeVar("_Result")


class Patience:
    """The one loop that tries again; yt-dlp's own are off, because two loops would multiply."""

    def __init__(self, settings: WebSettings, politeness: Politeness, listener: Listener) -> None:
        self._settings = settings
        self._politeness = politeness
        self._listener = listener

    def run(self, errand: Callable[[], _Result], url: str, site: str, *, of_media: bool = False) -> _Result:
        """Return what `errand` returns, after as many attempts as the settings allow."""
        for attempt in count():
            self.begin(site)
            try:
                result = errand()
            except Exception as error:
                self.judge(error, url, site, attempt, of_media=of_media)
            else:
                self.end(site)
                return result
        raise AssertionError("count() never ends")

    def begin(self, site: str) -> None:
        """Ask whether the site may be spoken to; raises Paused."""
        self._politeness.enter(site)
        self._listener.lines.clear()

    def end(self, site: str) -> None:
        """Note that the site answered properly."""
        self._politeness.fine(site)

    def judge(self, error: Exception, url: str, site: str, attempt: int, *, of_media: bool = False) -> None:
        """Sleep before another attempt, or raise what `error` really is: WebTrouble, Paused, HouseFault."""
        trouble = sorted_out(error, url, self._listener.lines, of_media=of_media)
        if trouble.kind == "blocked":
            self._politeness.blocked(site, trouble.message, trouble.retry_after)
        elif trouble.kind == "permanent":
            self._politeness.fine(site)  # a proper answer
        asked = trouble.retry_after or 0.0
        hopeless = trouble.kind == "permanent" or not trouble.at_once or asked > PATIENCE_SECONDS
        if hopeless or attempt >= self._settings.retries:
            raise trouble from (None if trouble is error else error)
        longest = min(self._settings.backoff_seconds * 2**attempt, LONGEST_BACKOFF_SECONDS)
        time.sleep(max(asked, random.uniform(0.5, 1.0) * longest))
