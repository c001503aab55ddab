"""What sites say in words, read from yt-dlp 2026.10.26 and from YouTube's own pages, and what it means."""

from __future__ import annotations

import re
from typing import NamedTuple


class Verdict(NamedTuple):
    """A sentence's meaning; see `trouble.WebTrouble` for the words."""

    kind: str
    code: str
    hint: str = ""
    at_once: bool = True


_ACCOUNT = "give web.cookies of an account that may see it, or leave it out"
_BOT_CHECK = Verdict("blocked", "BOT_CHECK", "lower web.videos_per_hour; data centres are often blocked")
_THROTTLED = Verdict("blocked", "THROTTLED", "lower web.requests_per_minute or web.videos_per_hour")
_PRIVATE = Verdict("permanent", "PRIVATE")
_REMOVED = Verdict("permanent", "REMOVED")
_GEO = Verdict("permanent", "GEO_BLOCKED", "the site shows it in other countries only")
_AGE = Verdict("permanent", "AGE_GATE", _ACCOUNT)
_MEMBERS = Verdict("permanent", "MEMBERS_ONLY", _ACCOUNT)
_NOT_FOUND = Verdict("permanent", "NOT_FOUND")
_LIVE = Verdict("retryable", "LIVE", "try again once it has ended", at_once=False)
_UPCOMING = Verdict("retryable", "UPCOMING", "try again once it has been shown", at_once=False)
_PAID = Verdict("permanent", "PAID", _ACCOUNT)
_NO_FORMAT = Verdict("retryable", "NO_FORMAT", "update yt-dlp, or widen web.audio_format", at_once=False)
_UNAVAILABLE = Verdict("retryable", "UNAVAILABLE", "if a browser plays it, update yt-dlp", at_once=False)
_NO_FFMPEG = Verdict("retryable", "NO_FFMPEG", "pip install imageio-ffmpeg", at_once=False)
_LOGIN = Verdict("permanent", "LOGIN_REQUIRED", _ACCOUNT)

# The first that is found wins: what our address has done comes before what the page is, a country
# before a copyright, and the general "unavailable" and "sign in" come last.
_SENTENCES: tuple[tuple[str, Verdict], ...] = (
    (r"confirm you.{1,3}re not a (ro)?bot|captcha", _BOT_CHECK),
    (r"try again later.*rate-limited|rate-limited by youtube|too many requests", _THROTTLED),
    (r"content isn.t available", _THROTTLED),
    (r"in your country|in your (region|location)|from your location|geo.?(restrict|block)", _GEO),
    (r"members.only|channel.s members|join this channel", _MEMBERS),
    (r"private video|(video|playlist|channel) is private", _PRIVATE),
    (r"confirm your age|age.restrict|age.gate|inappropriate for some users|age.verif", _AGE),
    (r"(live event|premiere) will begin|premieres in|premiere.* hasn.t started|not started yet", _UPCOMING),
    (r"live event has ended|live stream recording is not available", _REMOVED),
    (r"not currently live|is a live stream", _LIVE),
    (r"requires payment|music premium|to watch this video.*(buy|rent)|purchase", _PAID),
    (r"drm.protected", Verdict("permanent", "DRM")),
    (r"no video formats found|requested format is not available", _NO_FORMAT),
    (r"account.*terminated|has been removed|no longer available|isn.t available any ?more", _REMOVED),
    (r"copyright (claim|grounds)|was deleted|been deleted", _REMOVED),
    (r"(channel|playlist|page|user).{0,40}does not exist|does not have a \S+ tab", _NOT_FOUND),
    (r"incomplete youtube id", Verdict("permanent", "NOT_FOUND", "the address was cut while it was copied")),
    (r"incomplete data received", Verdict("retryable", "TRUNCATED")),
    (r"page needs to be reloaded", Verdict("retryable", "SERVER_ERROR")),
    (r"ffmpeg is not installed", _NO_FFMPEG),
    # said of videos that browsers play, whenever YouTube takes against one of yt-dlp's clients
    (r"(video|content) is not available", _UNAVAILABLE),
    (r"video unavailable", _REMOVED),
    (r"registered users|login required|log ?in to|sign in", _LOGIN),
)
_RULES = tuple((re.compile(pattern, re.IGNORECASE | re.DOTALL), verdict) for pattern, verdict in _SENTENCES)


def said(text: str) -> Verdict | None:
    """Return what `text` means, or None if it holds none of the sentences we know."""
    for pattern, verdict in _RULES:
        if pattern.search(text):
            return verdict
    return None
