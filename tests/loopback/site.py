"""A video site on this machine: channels, searches, watch pages, feeds and media, with faults on demand.

`World` is plain data (picklable), `Site` serves it and logs every request. yt-dlp reads it through
the plug-in in `on_path/`. Others add routes of their own: `site.routes["/shazam/"] = handler`, where the
handler takes the open `Exchange` and answers it.
"""

from __future__ import annotations

import json
import random
import re
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

BLOCK = 1 << 14
REFUSALS = {
    "private": "Private video. Sign in if you've been granted access to this video",
    "removed": "Video unavailable. This video has been removed by the uploader",
    "geo": "The uploader has not made this video available in your country",
    "age": "Sign in to confirm your age. This video may be inappropriate for some users.",
    "members": "Join this channel to get access to members-only content like this video",
    "bot": "Sign in to confirm you\u2019re not a bot",
    "session": "This content isn't available, try again later. The current session has been rate-limited "
    "by YouTube for up to an hour.",
    "upcoming": "Premieres in 3 days",
}
"""What a watch page says instead of a video, by availability or by fault."""

TRANSIENT = ("403", "429", "500", "stall", "truncated", "short", "html", "redirects", "bot")
"""Faults that pass: a request that met one gets its answer another time."""


@dataclass
class Video:
    """One video of the site; `audio` and `video` are files whose bytes are served."""

    id: str
    title: str
    channel: str = "channel"
    duration: float | None = None
    views: int = 1000
    audio: Path | None = None
    video: Path | None = None
    licence: str = ""
    availability: str = "public"
    """"public", "live", or one of `REFUSALS`."""
    more: dict[str, Any] = field(default_factory=dict)
    """Further fields of yt-dlp's info, and of its formats under "formats"."""


@dataclass
class Fault:
    """What happens to a request whose path (with its query) matches `where`; `times` None: for ever."""

    kind: str
    where: str = ""
    times: int | None = 1
    retry_after: str = "1"


@dataclass
class Weather:
    """Faults at random: a share of the requests whose path matches `where`."""

    rate: float
    seed: int
    kinds: tuple[str, ...] = TRANSIENT
    where: str = ""
    retry_after: str = "1"


@dataclass
class World:
    """Everything that the site shows; without an entry in `searches`, shared words rank the videos."""

    videos: dict[str, Video] = field(default_factory=dict)
    channels: dict[str, list[str]] = field(default_factory=dict)
    searches: dict[str, list[str]] = field(default_factory=dict)
    page_size: int = 30

    def add(self, *videos: Video) -> World:
        """Add videos, each at the end of its channel's list."""
        for video in videos:
            self.videos[video.id] = video
            self.channels.setdefault(video.channel, []).append(video.id)
        return self

    def found(self, query: str) -> list[str]:
        """The ids that a search answers with, best first."""
        if query in self.searches:
            return self.searches[query]
        asked = _words(query)
        shared = {name: len(asked & _words(f"{v.title} {v.channel}")) for name, v in self.videos.items()}
        return sorted((n for n in shared if shared[n]), key=lambda n: (-shared[n], -self.videos[n].views, n))


@dataclass
class Request:
    """One line of the log, written as the request comes; `fault` is "" for a good answer.

    `status` and `sent` (bytes of the body) are filled in while it is answered.
    """

    time: float
    path: str
    range: str
    headers: dict[str, str]
    fault: str = ""
    status: int = 0
    sent: int = 0


class Site:
    """Serve a world on 127.0.0.1 in threads of this process; a context manager."""

    def __init__(
        self, world: World, faults: list[Fault] | None = None, weather: Weather | None = None
    ) -> None:
        self.world = world
        self.faults = faults or []
        self.weather = weather
        self.log: list[Request] = []
        self.routes: dict[str, Callable[[Exchange], None]] = {
            "/watch": _watch,
            "/channel": _channel,
            "/search": _search,
            "/feed/": _feed,
            "/media": _media,
            "/circle/": _circle,
        }
        self.stall_seconds = 60.0
        self._chance = random.Random(weather.seed if weather else 0)
        self._lock = threading.Lock()
        self._closing = threading.Event()

    def __enter__(self) -> Site:
        site = self

        class Handler(Exchange):
            pass

        Handler.site = site
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()

    def watch(self, name: str) -> str:
        """The address of a video."""
        return f"{self.address}/watch?v={quote(name, safe='')}"

    def channel(self, name: str) -> str:
        """The address of a channel."""
        return f"{self.address}/channel?name={quote(name, safe='')}"

    def media(self, medium: str, name: str) -> str:
        """The address of a video's file; `medium` is a field of `Video` that holds a path."""
        return f"{self.address}/media/{medium}?v={quote(name, safe='')}"

    def requests(self, where: str = "") -> list[Request]:
        """The log's lines whose path matches."""
        with self._lock:
            return [one for one in self.log if re.search(where, one.path)]

    def fault_for(self, path: str) -> Fault | None:
        """Take the fault that this request meets, or None."""
        with self._lock:
            for fault in self.faults:
                if fault.times != 0 and re.search(fault.where, path):
                    fault.times = None if fault.times is None else fault.times - 1
                    return fault
            weather = self.weather
            if weather and re.search(weather.where, path) and self._chance.random() < weather.rate:
                return Fault(self._chance.choice(weather.kinds), retry_after=weather.retry_after)
        return None

    def note(self, request: Request) -> None:
        """Add a line to the log."""
        with self._lock:
            self.log.append(request)

    def wait(self, seconds: float) -> None:
        """Be silent, but not beyond the end of the site."""
        self._closing.wait(seconds)


class Exchange(BaseHTTPRequestHandler):
    """One request and its answer; `url` is its address in parts and `query` what it asks for."""

    site: Site
    protocol_version = "HTTP/1.0"  # one connection for each request, so that a cut body is seen as cut

    def do_GET(self) -> None:
        """Answer, by the fault that is due or by the route."""
        self.path = re.sub(r"^http://[^/]+", "", self.path)  # as a proxy is asked
        self.url = urlsplit(self.path)
        self.query = {name: values[0] for name, values in parse_qs(self.url.query).items()}
        fault = self.site.fault_for(self.path)
        self.line = Request(time.time(), self.path, self.headers.get("Range", ""), dict(self.headers))
        self.line.fault = fault.kind if fault else ""
        self.site.note(self.line)
        with suppress(BrokenPipeError, ConnectionResetError):  # the client was killed, or has had enough
            self._answer(fault)

    def do_POST(self) -> None:
        """Answer as a GET: a route reads the body if it wants one."""
        self.do_GET()

    def _answer(self, fault: Fault | None) -> None:
        if fault and fault.kind in FAULTS:
            return FAULTS[fault.kind](self, fault)
        for prefix, route in self.site.routes.items():
            if self.url.path.startswith(prefix):
                return route(self)
        self.send(404, b"no such page", "text/plain")

    def send(
        self,
        status: int,
        body: bytes,
        kind: str,
        *,
        promised: int | None = None,
        more: Mapping[str, str] | None = None,
    ) -> None:
        """Send a whole answer; `promised` bytes are announced where that is not the truth."""
        self.line.status = status
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body) if promised is None else promised))
        for name, value in (more or {}).items():
            self.send_header(name, value)
        self.end_headers()
        for start in range(0, len(body), BLOCK):
            self.wfile.write(body[start : start + BLOCK])
            self.line.sent += len(body[start : start + BLOCK])

    def send_json(self, value: object, status: int = 200) -> None:
        """Send a JSON answer."""
        self.send(status, json.dumps(value).encode(), "application/json")

    def log_message(self, format: str, *words: object) -> None:
        """Say nothing; the site keeps its own log."""


# --- pages --------------------------------------------------------------------------------------


def _line(exchange: Exchange, name: str) -> dict[str, Any]:
    video = exchange.site.world.videos[name]
    return {
        "id": video.id,
        "url": exchange.site.watch(video.id),
        "title": video.title,
        "channel": video.channel,
        "channel_id": f"UC{video.channel}",
        "duration": video.duration,
        "view_count": video.views,
    }


def _send_page(exchange: Exchange, names: list[str]) -> None:
    page, size = int(exchange.query.get("page", 0)), exchange.site.world.page_size
    lines = [_line(exchange, name) for name in names[page * size : (page + 1) * size]]
    exchange.send_json({"entries": lines, "next": page + 1 if (page + 1) * size < len(names) else None})


def _channel(exchange: Exchange) -> None:
    names = exchange.site.world.channels.get(exchange.query.get("name", ""))
    if names is None:
        return exchange.send_json({"error": "This channel does not exist."}, 404)
    return _send_page(exchange, names)


def _search(exchange: Exchange) -> None:
    _send_page(exchange, exchange.site.world.found(exchange.query.get("q", "")))


def _feed(exchange: Exchange) -> None:
    """Atom as YouTube writes it, or RSS where the address ends in `.rss`."""
    name = unquote(exchange.url.path.removeprefix("/feed/"))
    lines = [_line(exchange, one) for one in exchange.site.world.channels.get(name.removesuffix(".rss"), [])]
    if name.endswith(".rss"):
        items = "".join(
            f"<item><title>{escape(x['title'])}</title><link>{escape(x['url'])}</link></item>" for x in lines
        )
        body = f'<?xml version="1.0"?><rss version="2.0"><channel><title>c</title>{items}</channel></rss>'
    else:
        items = "".join(
            f'<entry><title>{escape(x["title"])}</title><link rel="alternate" href="{escape(x["url"])}"/>'
            f"<author><name>{escape(x['channel'])}</name></author></entry>"
            for x in lines
        )
        body = f'<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom">{items}</feed>'
    exchange.send(200, body.encode(), "application/xml")


def _watch(exchange: Exchange) -> None:
    """The page as JSON: yt-dlp's fields and formats, or a refusal."""
    video = exchange.site.world.videos.get(exchange.query.get("v", ""))
    if video is None:
        return exchange.send_json({"error": "Video unavailable. This video does not exist"}, 404)
    if video.availability in REFUSALS:
        return exchange.send_json({"refusal": video.availability, "reason": REFUSALS[video.availability]})
    page = _line(exchange, video.id) | {"license": video.licence, "is_live": video.availability == "live"}
    return exchange.send_json(page | {"formats": _formats(exchange, video)} | video.more)


def _formats(exchange: Exchange, video: Video) -> list[dict[str, Any]]:
    def one(medium: str, path: Path) -> dict[str, Any]:
        url = exchange.site.media(medium, video.id)
        return {"format_id": medium, "url": url, "ext": path.suffix[1:]}

    formats = []
    if video.audio is not None:
        formats.append(one("audio", video.audio) | {"vcodec": "none", "acodec": "aac"})
    if video.video is not None:
        formats.append(one("video", video.video) | {"height": 36, "vcodec": "h264", "acodec": "aac"})
    return formats


def _media(exchange: Exchange) -> None:
    """Bytes of a file, from where the client asks."""
    body = _bytes_of(exchange)
    start = re.fullmatch(r"bytes=(\d+)-(\d*)", exchange.headers.get("Range", ""))
    if start is None:
        return exchange.send(200, body, "application/octet-stream", more={"Accept-Ranges": "bytes"})
    first, last = int(start[1]), min(int(start[2] or len(body) - 1), len(body) - 1)
    if first > last:
        return exchange.send(416, b"", "text/plain", more={"Content-Range": f"bytes */{len(body)}"})
    where = f"bytes {first}-{last}/{len(body)}"
    return exchange.send(
        206, body[first : last + 1], "application/octet-stream", more={"Content-Range": where}
    )


def _bytes_of(exchange: Exchange) -> bytes:
    medium, video = exchange.url.path.split("/")[2], exchange.site.world.videos[exchange.query["v"]]
    path: Path = getattr(video, medium)
    return path.read_bytes()


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.casefold()))


# --- faults -------------------------------------------------------------------------------------


def _status(exchange: Exchange, fault: Fault) -> None:
    more = {"Retry-After": fault.retry_after} if fault.kind in ("429", "503") else {}
    exchange.send(int(fault.kind), b"<html>no</html>", "text/html", more=more)


def _stall(exchange: Exchange, fault: Fault) -> None:
    exchange.site.wait(exchange.site.stall_seconds)


def _truncated(exchange: Exchange, fault: Fault) -> None:
    """Promise everything, send the first half. A page is cut in the same way."""
    if not exchange.url.path.startswith("/media"):
        return exchange.send(200, b'{"id": "x", "ti', "application/json", promised=5000)
    body = _bytes_of(exchange)
    start = re.match(r"bytes=(\d+)-", exchange.headers.get("Range", ""))
    first = int(start[1]) if start else 0
    rest = body[first:]
    where = {"Content-Range": f"bytes {first}-{len(body) - 1}/{len(body)}"} if start else {}
    half = rest[: len(rest) // 2]
    return exchange.send(206 if start else 200, half, "video/mp4", promised=len(rest), more=where)


def _short(exchange: Exchange, fault: Fault) -> None:
    """Send half of it and say that this is all."""
    if not exchange.url.path.startswith("/media"):
        return exchange.send(200, b"{}", "application/json")
    body = _bytes_of(exchange)
    return exchange.send(200, body[: len(body) // 2], "video/mp4")


def _html(exchange: Exchange, fault: Fault) -> None:
    body = b"<html><body>Please accept our cookies</body></html>" * 40
    exchange.send(200, body, "text/html")


def _redirects(exchange: Exchange, fault: Fault) -> None:
    """Send the client in a circle of its own."""
    exchange.send(302, b"", "text/plain", more={"Location": f"/circle{exchange.path}"})


def _circle(exchange: Exchange) -> None:
    exchange.send(302, b"", "text/plain", more={"Location": exchange.path})


def _refusal(exchange: Exchange, fault: Fault) -> None:
    if exchange.url.path.startswith("/media"):
        return exchange.send(403, b"no", "text/plain")
    return exchange.send_json({"refusal": fault.kind, "reason": REFUSALS[fault.kind]})


FAULTS: dict[str, Callable[[Exchange, Fault], None]] = {
    **{status: _status for status in ("401", "403", "404", "410", "429", "451", "500", "503")},
    **{kind: _refusal for kind in REFUSALS},
    "stall": _stall,
    "truncated": _truncated,
    "short": _short,
    "html": _html,
    "redirects": _redirects,
}
