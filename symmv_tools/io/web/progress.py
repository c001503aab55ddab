"""How far a download is, and whether it grows too large."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from symmv_tools.io.web.trouble import WebTrouble
from symmv_tools.song import printable


@dataclass(frozen=True)
class Progress:
    """Bytes of one download; `total` is None where the site does not say."""

    url: str
    medium: str
    done: int
    total: int | None


class Meter:
    """Hears yt-dlp's progress, passes it on, and stops what is larger than `largest_bytes`."""

    def __init__(self, largest_bytes: int, hears: Callable[[Progress], None] | None) -> None:
        self._largest = largest_bytes
        self._hears = hears
        self._url = self._medium = ""

    def begin(self, url: str, medium: str) -> None:
        """Say what is fetched from now on."""
        self._url, self._medium = url, medium

    def hear(self, status: Mapping[str, Any]) -> None:
        """Take one of yt-dlp's progress reports; raises WebTrouble `TOO_LARGE`."""
        done = int(status.get("downloaded_bytes") or 0)
        total = status.get("total_bytes")
        if max(done, total or 0) > self._largest:
            raise WebTrouble(
                "permanent",
                "TOO_LARGE",
                f"{printable(self._url, 200)}: its {self._medium} has {max(done, total or 0):,} bytes, "
                f"more than web.largest_bytes ({self._largest:,})",
            )
        if self._hears is not None:
            self._hears(Progress(self._url, self._medium, done, total))
