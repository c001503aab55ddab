"""Sorting what yt-dlp and the sites say into retryable, permanent and blocked."""

from __future__ import annotations

import errno
import re
from collections.abc import Iterator, Sequence
from email.utils import parsedate_to_datetime
from time import time
from typing import Any

from yt_dlp.cookies import CookieLoadError
from yt_dlp.networking.exceptions import (
    CertificateVerifyError,
    HTTPError,
    IncompleteRead,
    ProxyError,
    TransportError,
)
from yt_dlp.utils import (
    ContentTooShortError,
    GeoRestrictedError,
    UnsupportedError,
    UserNotLive,
    YoutubeDLError,
)

from symmv_tools.errors import BadMedium, BadSettings, HouseFault, SymmvError, house_fault
from symmv_tools.io.web.sentences import Verdict, said
from symmv_tools.song import printable

UNKNOWN = Verdict("retryable", "UNKNOWN")
BLOCKED_FOR_SECONDS = 3600.0
"""What YouTube's rate limit of a session announces: "for up to an hour"."""


class WebTrouble(SymmvError):
    """Why something could not be had from the web.

    `kind` is `retryable` (an accident; another time may do), `permanent` (the page says no, and will
    tomorrow) or `blocked` (the site refuses this address, which says nothing about the page). `code` is
    a constant such as `PRIVATE`. `at_once` is False where trying again within the minute is idle.
    `retry_after` is how many seconds the site asked us to wait, or None.
    """

    def __init__(
        self,
        kind: str,
        code: str,
        message: str,
        hint: str = "",
        *,
        at_once: bool = True,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message, hint)
        self.kind = kind
        self.code = code
        self.at_once = at_once
        self.retry_after = retry_after

    def __reduce__(self) -> Any:
        # the dictionary brings what the constructor takes by keyword only
        return type(self), (self.kind, self.code, self.message, self.hint), self.__dict__


def sorted_out(error: Exception, url: str, log: Sequence[str] = (), *, of_media: bool = False) -> WebTrouble:
    """Return `error`, raised while `url` was asked for, as the trouble it is.

    What is no fault of the web (a full disk, a pause, a bad setting) is raised as itself.

    `log` are yt-dlp's warnings on the way. `of_media` says that the page had been read and a file was
    being fetched: there 403 and 404 mean an address that has expired, not a refusal.
    """
    if isinstance(error, WebTrouble):
        return error
    causes = list(_causes(error))
    text = _text(error)
    _raise_what_is_ours(error, causes, text)
    verdict = (
        said(text) or _by_class(causes, of_media=of_media) or _by_text(text, of_media=of_media) or UNKNOWN
    )
    if verdict.code == "NO_FORMAT" and any("No supported JavaScript runtime" in line for line in log):
        verdict = NO_JS_RUNTIME
    return WebTrouble(
        verdict.kind,
        verdict.code,
        f"{printable(url, 200)}: {printable(text, 400) or type(error).__name__}",
        verdict.hint,
        at_once=verdict.at_once,
        retry_after=_retry_after(causes) or (BLOCKED_FOR_SECONDS if _session_is_limited(text) else None),
    )


def _raise_what_is_ours(error: Exception, causes: Sequence[BaseException], text: str) -> None:
    if isinstance(error, SymmvError) and not isinstance(error, BadMedium):
        raise error
    if any(isinstance(cause, CookieLoadError) for cause in causes):
        raise BadSettings("web.cookies cannot be read", "export it again, in Netscape format") from error
    if _ours_to_write(error, text):
        raise HouseFault(f"what was fetched cannot be written: {text}", "may you write there?") from error
    # yt-dlp keeps only the text of what the disk said
    full = OSError(errno.ENOSPC, text) if re.search(r"No space left|quota exceeded", text) else None
    for cause in [*causes, full]:
        if cause is not None and (fault := house_fault(cause)):
            raise fault from error


def _ours_to_write(error: Exception, text: str) -> bool:
    ours = isinstance(error, OSError) and error.errno in (
        errno.EACCES,
        errno.EPERM,
        errno.EROFS,
        errno.ENOTDIR,
    )
    return ours or re.search(r"unable to (open for writing|create directory)(?!.*No space)", text) is not None


NO_JS_RUNTIME = Verdict(
    "retryable",
    "NO_JS_RUNTIME",
    "YouTube needs a JavaScript runtime: `symmv doctor --fix`, or `pip install 'deno>=2.3'`",
    at_once=False,
)


# --- by class -----------------------------------------------------------------------------------


def _by_class(causes: Sequence[BaseException], *, of_media: bool) -> Verdict | None:
    verdicts = (_of_one(cause, of_media=of_media) for cause in causes)
    return next((verdict for verdict in verdicts if verdict is not None), None)


def _of_one(cause: BaseException, *, of_media: bool) -> Verdict | None:
    if isinstance(cause, HTTPError):
        loop = cause.redirect_loop
        return Verdict("retryable", "REDIRECT_LOOP") if loop else _of_status(cause.status, of_media=of_media)
    if isinstance(cause, BadMedium):
        return Verdict("retryable", _MEDIUM_CODES.get(cause.code, "NOT_MEDIA"), cause.hint)
    if isinstance(cause, TransportError):
        return _of_connection(cause)
    for kind, verdict in _CLASSES:
        if isinstance(cause, kind):
            return verdict
    return None


_MEDIUM_CODES = {"TRUNCATED": "TRUNCATED", "EMPTY": "TRUNCATED"}

_CLASSES: tuple[tuple[type[BaseException], Verdict], ...] = (
    (GeoRestrictedError, Verdict("permanent", "GEO_BLOCKED")),
    (UserNotLive, Verdict("retryable", "LIVE", at_once=False)),
    (UnsupportedError, Verdict("permanent", "UNSUPPORTED", "yt-dlp knows no way to read this page")),
    (ContentTooShortError, Verdict("retryable", "TRUNCATED")),
    (TimeoutError, Verdict("retryable", "TIMEOUT")),
)


def _of_status(status: int, *, of_media: bool) -> Verdict | None:
    if status >= 500:
        return Verdict("retryable", "SERVER_ERROR")
    return (of_media and _EXPIRED.get(status)) or _STATUS.get(status)


_STATUS = {
    401: Verdict("permanent", "LOGIN_REQUIRED", "give the cookies of an account that may see it"),
    403: Verdict("blocked", "FORBIDDEN", "the site refuses this address"),
    404: Verdict("permanent", "NOT_FOUND"),
    408: Verdict("retryable", "TIMEOUT"),
    410: Verdict("permanent", "REMOVED"),
    416: Verdict("retryable", "TRUNCATED"),
    429: Verdict("blocked", "THROTTLED", "lower web.requests_per_minute or web.videos_per_hour"),
    451: Verdict("permanent", "GEO_BLOCKED"),
}
_EXPIRED = {
    403: Verdict("retryable", "FORBIDDEN"),
    404: Verdict("retryable", "NOT_FOUND"),
    410: Verdict("retryable", "NOT_FOUND"),
}


def _of_connection(error: TransportError) -> Verdict:
    if isinstance(error, CertificateVerifyError):
        hint = "is the clock right, and does something between here and the site decrypt traffic?"
        return Verdict("retryable", "CERTIFICATE", hint, at_once=False)
    if isinstance(error, ProxyError):
        return Verdict("retryable", "PROXY", "look at web.proxy and at http_proxy in the environment")
    if isinstance(error, IncompleteRead):
        return Verdict("retryable", "TRUNCATED")
    return _by_text(f"{error} {error.cause}", of_media=False) or Verdict("retryable", "CONNECTION")


# --- by text ------------------------------------------------------------------------------------


def _by_text(text: str, *, of_media: bool) -> Verdict | None:
    """Tell a network error whose class yt-dlp's downloaders have dropped on the way."""
    if status := re.search(r"HTTP Error (\d{3})\b", text):
        return _of_status(int(status[1]), of_media=of_media)
    return next((verdict for pattern, verdict in _NETWORK if re.search(pattern, text, re.IGNORECASE)), None)


_NETWORK = (
    (r"bytes read|bytes, expected|content too short|empty file|is empty", Verdict("retryable", "TRUNCATED")),
    (r"did not get any data", Verdict("retryable", "TRUNCATED")),
    (r"timed out", Verdict("retryable", "TIMEOUT")),
    (
        r"name resolution|name or service not known|failed to resolve|nodename nor|network is unreachable",
        Verdict("retryable", "OFFLINE", "is this machine on the network?", at_once=False),
    ),
    (r"connection (reset|refused|aborted|broken)|remote end closed", Verdict("retryable", "CONNECTION")),
)


# --- reading an error ---------------------------------------------------------------------------


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield `error` and what is behind it, each once; yt-dlp keeps causes in three places."""
    waiting: list[object] = [error]
    seen: set[int] = set()
    while waiting:
        one = waiting.pop(0)
        if not isinstance(one, BaseException) or id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        waiting += [(getattr(one, "exc_info", None) or (None, None))[1], getattr(one, "cause", None)]
        waiting += [one.__cause__, one.__context__ if isinstance(one, YoutubeDLError) else None]


def _text(error: Exception) -> str:
    """Return what `error` says, without yt-dlp's prefix and its request to report a bug."""
    text = error.message if isinstance(error, SymmvError) else str(error)
    text = re.sub(r"^(\x1b\[[0-9;]*m)?ERROR:(\x1b\[[0-9;]*m)?\s*(\[download\] )?", "", text)
    return re.split(r"; please report this issue on|\(caused by", text)[0].strip()


def _retry_after(causes: Sequence[BaseException]) -> float | None:
    """Return the seconds of a Retry-After header, which holds either a number or a date."""
    for cause in causes:
        header = cause.response.get_header("Retry-After") if isinstance(cause, HTTPError) else None
        if header and re.fullmatch(r"\s*\d{1,9}\s*", header):
            return float(header)
        if header:
            try:
                return max(0.0, parsedate_to_datetime(header).timestamp() - time())
            except (ValueError, OverflowError):
                return None
    return None


def _session_is_limited(text: str) -> bool:
    return "rate-limited" in text and "up to an hour" in text
