"""A service on the web that answers JSON: asked politely, believed in nothing, never waited for for ever."""

from __future__ import annotations

import http.client
import json
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from symmv_tools.errors import SymmvError
from symmv_tools.io.politeness import Paused, Politeness, state_folder
from symmv_tools.song import printable

MOST_BYTES = 4_000_000
"""A longer answer is no answer."""

_ATTEMPTS = 3  # where the service says that it is broken; each waits for a token of its own
_LASTING = ("UNREACHABLE", "PAUSED", "BUSY", "REFUSED")


class ServiceTrouble(SymmvError):
    """A service gave no answer; becomes the song's `failed` outcome, with `code`, and can be retried."""

    def __init__(self, code: str, message: str, hint: str = "") -> None:
        super().__init__(message, hint)
        self.code = code

    @property
    def lasts(self) -> bool:
        """Whether the next question, asked at once, would meet the same trouble."""
        return self.code in _LASTING

    def __reduce__(self) -> tuple[type[SymmvError], tuple[str, ...]]:
        return type(self), (self.code, self.message, self.hint)


class Service:
    """One service, called `name`, asked at most `requests_per_minute` times by all processes together."""

    def __init__(
        self,
        name: str,
        requests_per_minute: float,
        timeout_seconds: float,
        politeness: Politeness | None = None,
    ) -> None:
        self.name = name
        self._seconds_apart = 60.0 / requests_per_minute
        self._timeout = timeout_seconds
        self._politeness = politeness or Politeness(state_folder() / "politeness")

    def wait(self) -> None:
        """Wait for our turn; ServiceTrouble `PAUSED` while the service has us blocked."""
        try:
            self._politeness.enter(self.name)
        except Paused as why:
            raise ServiceTrouble("PAUSED", str(why), "run `symmv retry` after that") from why
        self._politeness.take(self.name, self._seconds_apart)

    def ask(self, url: str, *, headers: Mapping[str, str] | None = None, body: Any = None) -> Any:
        """Return the JSON that `url` answers to `body` (posted as JSON) or to no body; None is a 404.

        Every attempt waits for its turn; redirections are not followed, so that no key goes astray.
        Raises ServiceTrouble: `UNREACHABLE` (no network, no answer in time), `PAUSED` and `BUSY` (asked too
        often), `BROKEN` (an error of the service, three times), `REFUSED` (any other status) and `GARBAGE`
        (no JSON).
        """
        request = _request(url, headers or {}, body)
        for attempt in range(_ATTEMPTS):
            self.wait()
            try:
                status, retry_after, answer = _send(request, self._timeout)
            except (OSError, http.client.HTTPException) as why:
                raise self._unreachable(why) from why
            if status < 500 or attempt == _ATTEMPTS - 1:
                break
        return self._judged(status, retry_after, answer)

    def _judged(self, status: int, retry_after: float | None, answer: bytes) -> Any:
        if status == 429:
            raise self._busy(retry_after)
        if status not in (200, 404):
            said = printable(answer[:200].decode("utf-8", "replace"))
            code = "BROKEN" if status >= 500 else "REFUSED"
            raise ServiceTrouble(code, f"{self.name} answered {status}: {said}", "`symmv retry` asks again")
        self._politeness.fine(self.name)
        if status == 404:
            return None
        try:
            return json.loads(answer)
        except (ValueError, RecursionError) as why:
            said = printable(answer[:80].decode("utf-8", "replace"))
            raise ServiceTrouble(
                "GARBAGE", f"{self.name} answered no JSON: {said}", "try again later"
            ) from why

    def _busy(self, retry_after: float | None) -> ServiceTrouble:
        why = f"{self.name} answered 429: asked too often"
        try:
            self._politeness.blocked(self.name, why, retry_after)
        except Paused as paused:
            why = str(paused)
        return ServiceTrouble("BUSY", why, "lower its requests_per_minute, and run `symmv retry` later")

    def _unreachable(self, why: Exception) -> ServiceTrouble:
        reason = printable(str(getattr(why, "reason", why)) or type(why).__name__)
        hint = "is this machine online? `symmv retry` asks again"
        return ServiceTrouble("UNREACHABLE", f"{self.name} cannot be reached: {reason}", hint)


def _request(url: str, headers: Mapping[str, str], body: Any) -> urllib.request.Request:
    assert urlsplit(url).scheme in ("http", "https"), url
    data = None if body is None else json.dumps(body).encode()
    kind = {} if body is None else {"Content-Type": "application/json"}
    return urllib.request.Request(url, data, {**headers, **kind, "Accept-Encoding": "identity"})


def _send(request: urllib.request.Request, timeout: float) -> tuple[int, float | None, bytes]:
    """Status, seconds of Retry-After, and body; OSError or HTTPException if they do not come in time."""
    deadline = time.monotonic() + timeout
    with _opener().open(request, timeout=timeout) as response:
        parts, length = [], 0
        while part := response.read1(1 << 16):
            parts.append(part)
            length += len(part)
            if length > MOST_BYTES:
                raise OSError(f"its answer is longer than {MOST_BYTES} bytes")
            if time.monotonic() > deadline:
                raise TimeoutError(f"its answer is not complete after {timeout:g} s")
        return response.status, _seconds(response.headers.get("Retry-After")), b"".join(parts)


def _seconds(retry_after: str | None) -> float | None:
    """Seconds as a number; the dates that are also allowed there are rare, and then the usual pause does."""
    return float(retry_after) if retry_after and retry_after.isascii() and retry_after.isdigit() else None


def _opener() -> urllib.request.OpenerDirector:
    """Opens http and https, through the proxies of the environment; no files, and no redirections."""
    opener = urllib.request.OpenerDirector()
    for handler in (urllib.request.ProxyHandler, urllib.request.HTTPHandler, urllib.request.HTTPSHandler):
        opener.add_handler(handler())
    return opener
