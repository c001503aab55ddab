"""A Shazam-like and an OpenAI-like service on loopback, with faults on demand. Standard library only."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

FAULTS = ("403", "429", "500", "garbage", "stall", "huge", "redirect", "cut")


@dataclass
class Services:
    """What the services know and how they misbehave; what they were asked stands in `requests`.

    `track` is Shazam's answer about every recording and id (None: it knows none). `style` is what the
    model says. `faults` are taken off one request at a time, and then all is well.
    """

    track: Any = None
    matches: Any = field(default_factory=lambda: [{"id": "1", "timeskew": 0.0, "frequencyskew": 0.0}])
    style: Any = "ballad"
    faults: list[str] = field(default_factory=list)
    requests: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)
    url: str = ""
    released: threading.Event = field(default_factory=threading.Event)

    def answer(self, path: str) -> tuple[int, Any]:
        """Status and JSON for a path."""
        if path.endswith("/chat/completions"):
            return 200, {"choices": [{"message": {"role": "assistant", "content": self.style}}]}
        if "/-/tag/" in path:
            found = (
                {"matches": self.matches, "track": self.track} if self.track is not None else {"matches": []}
            )
            return 200, found
        if "/-/track/" in path:
            return (200, self.track) if self.track is not None else (404, {"error": "unknown"})
        return 404, {}


class _Handler(BaseHTTPRequestHandler):
    services: Services

    def do_GET(self) -> None:
        self._serve(b"")

    def do_POST(self) -> None:
        self._serve(self.rfile.read(int(self.headers.get("Content-Length", 0))))

    def log_message(self, format: str, *args: Any) -> None:
        """Stay silent."""

    def _serve(self, body: bytes) -> None:
        self.services.requests.append((self.command, self.path, dict(self.headers.items()), body))
        if self.services.faults:
            getattr(self, f"_fault_{self.services.faults.pop(0)}")()
        else:
            status, answer = self.services.answer(self.path.partition("?")[0])
            self._say(status, json.dumps(answer).encode())

    def _say(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _fault_429(self) -> None:
        self._say(429, b"{}", Retry_After="3600")

    def _fault_403(self) -> None:
        self._say(403, b"{}")

    def _fault_500(self) -> None:
        self._say(500, b"<html>\x1b[31moh dear</html>")

    def _fault_garbage(self) -> None:
        self._say(200, b"<!doctype html><script>alert(1)</script>")

    def _fault_stall(self) -> None:
        self.services.released.wait(30)

    def _fault_huge(self) -> None:
        self._say(200, b'"' + b"x" * 5_000_000 + b'"')

    def _fault_redirect(self) -> None:
        self._say(302, b"", Location=f"{self.services.url}/elsewhere")

    def _fault_cut(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.wfile.write(b'{"matches": [')


@contextmanager
def serving(services: Services) -> Iterator[Services]:
    """Serve on a port of loopback; `services.url` says which."""
    handler = type("_Bound", (_Handler,), {"services": services})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        services.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield services
        finally:
            services.released.set()
            server.shutdown()
            thread.join()
