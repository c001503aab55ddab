"""yt-dlp as we run it: every request waits its turn, nothing is read or written that we did not ask for."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Mapping
from functools import partial
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import imageio_ffmpeg
import yt_dlp.plugins
from yt_dlp import YoutubeDL

from symmv_tools.io.politeness import Politeness
from symmv_tools.io.web.settings import WebSettings


def _plugins_of_this_python() -> list[Path]:
    return [Path(folder) for folder in sys.path]


# yt-dlp would also run whatever plug-ins lie in the user's configuration folders. We take those that were
# installed into this Python on purpose (a PO-token provider, say) and no others.
yt_dlp.plugins.default_plugin_paths = _plugins_of_this_python


class Listener:
    """yt-dlp's logger: keeps warnings and errors of the current errand, prints nothing."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def debug(self, line: str) -> None:
        """Drop it: these are yt-dlp's progress notes."""

    def warning(self, line: str) -> None:
        """Keep what explains a later failure."""
        self.lines.append(line)

    error = warning


class PoliteYoutubeDL(YoutubeDL):  # type: ignore[misc]  # yt-dlp has no types
    """A YoutubeDL whose requests, those of extractors and of downloaders alike, take a token each first."""

    def __init__(
        self, options: Mapping[str, Any], politeness: Politeness, seconds_apart: float, listener: Listener
    ) -> None:
        self._politeness = politeness
        self._seconds_apart = seconds_apart
        self.listener = listener
        self._is_paid = False  # whether the token of the next request has been taken
        super().__init__(dict(options) | {"logger": listener})

    def urlopen(self, req: Any) -> Any:
        """Wait for the turn of the request's site, then send it."""
        self._wait_for_turn(req if isinstance(req, str) else getattr(req, "url", None) or req.full_url)
        self._is_paid = True
        try:
            return super().urlopen(req)
        finally:
            self._is_paid = False

    def build_request_director(self, handlers: Any, preferences: Any = None) -> Any:
        """Let every redirect take a token as well: a circle of them would be a burst."""
        director = super().build_request_director(handlers, preferences)
        handler = director.handlers.get("Requests")
        if handler is not None:
            create = handler._create_instance

            def polite(**how: Any) -> Any:
                session = create(**how)
                for adapter in set(session.adapters.values()):
                    adapter.send = partial(self._send_in_turn, adapter.send)
                return session

            handler._create_instance = polite
        return director

    def _send_in_turn(self, send: Callable[..., Any], request: Any, **how: Any) -> Any:
        if not self._is_paid:
            self._wait_for_turn(request.url)
        self._is_paid = False
        return send(request, **how)

    def _wait_for_turn(self, url: str) -> None:
        self._politeness.take(f"requests {site_of(url)}", self._seconds_apart)

    def to_stderr(self, message: str, only_once: bool = False) -> None:
        """Say nothing: what matters comes as an exception."""

    def save_cookies(self) -> None:
        """Leave the user's cookies file as it is: several runs may share it."""


def site_of(url: str) -> str:
    """Return the site that a URL belongs to, which is what shares one rate.

    Hosts of one owner count together (`rr3---sn-x.googlevideo.com` is googlevideo.com), by the usual
    rule of thumb for registered domains; where it errs (`x.co.uk`) three labels are kept. An address
    keeps its port, so that two servers on this machine are two sites.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return "unreadable"
    if not host or "." not in host or _is_address(host):
        return f"{host}:{port}" if port else host
    labels = host.rstrip(".").split(".")
    short = len(labels) > 2 and len(labels[-1]) == 2 and len(labels[-2]) <= 3
    return ".".join(labels[-3 if short else -2 :])


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def options(settings: WebSettings, cache: Path, hook: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    """Return yt-dlp's options for these settings; `hook` is called as bytes arrive.

    Retrying is ours (`client`), so yt-dlp's own is off: two loops would multiply. Its cache, of solved
    JavaScript challenges, saves requests. The fake address that yt-dlp would send against geo-blocks
    is off as well: what a site shows elsewhere only is recorded as such.
    """
    chosen = {
        "ratelimit": settings.rate_limit_bytes,
        "cookiefile": settings.cookies,
        "proxy": settings.proxy,
        "http_headers": {"User-Agent": settings.user_agent} if settings.user_agent else None,
    }
    return _FIXED | {
        "js_runtimes": {"deno": {}},  # yt-dlp looks beside this Python, then on PATH
        "socket_timeout": settings.socket_timeout_seconds,
        "cachedir": str(cache),
        "ffmpeg_location": _ffmpeg(),
        "progress_hooks": [hook],
        **{name: value for name, value in chosen.items() if value},
    }


def _ffmpeg() -> str | None:
    """Return the program that joins pictures and sound, the only thing here that needs one."""
    try:
        return shutil.which("ffmpeg") or str(imageio_ffmpeg.get_ffmpeg_exe())
    except RuntimeError:  # a platform for which imageio-ffmpeg has no program
        return None


_FIXED: dict[str, Any] = {
    "quiet": True,
    "noprogress": True,
    "color": "never",
    "retries": 0,
    "extractor_retries": 0,
    "fragment_retries": 0,
    "skip_unavailable_fragments": False,
    "continuedl": True,
    "noplaylist": True,
    "geo_bypass": False,
    "fixup": "never",
    "updatetime": False,
    "restrictfilenames": True,
    "external_downloader": {"default": "native"},
    "enable_file_urls": False,
    "usenetrc": False,
}
