"""What a user may set of the web client; a store keeps it in `settings.toml`, section [web]."""

from __future__ import annotations

from dataclasses import dataclass

from symmv_tools.settings import runtime, semantic


@dataclass(frozen=True)
class WebSettings:
    """How pages and media are asked for. An empty string means "not set".

    The rates follow yt-dlp's own advice for YouTube (`-t sleep`: 0.75 s between requests, 10 to 20 s
    between videos; a guest is locked out for up to an hour beyond about 300 videos an hour).
    """

    audio_format: str = semantic(
        "ba[ext=m4a]/ba/b",
        "yt-dlp format selector for music; m4a first, because it is what a site made itself",
    )
    video_format: str = semantic(
        "bv*[height<=480]+ba/b[height<=480]/bv*+ba/b",
        "yt-dlp format selector for film; annotation sees 480 lines at most, so more would be traffic only",
    )
    search_key: str = semantic(
        "ytsearch", "yt-dlp's name of the search engine, without the number of results"
    )
    largest_bytes: int = semantic(
        2 << 30, "media larger than this are refused; an hour of 480p film is about 0.5 GB"
    )
    longest_seconds: float = semantic(
        3600.0, "media longer than this are refused: streams and compilations, not songs"
    )
    cookies: str = runtime("", "cookies.txt (Netscape format) that is sent; read, never written; none ships")
    proxy: str = runtime("", "proxy URL for every request; empty: what the environment says")
    user_agent: str = runtime("", "User-Agent header; empty: yt-dlp's, which sites expect")
    rate_limit_bytes: int = runtime(0, "bytes per second of one download at most; 0: no limit")
    requests_per_minute: float = runtime(
        80.0, "requests a minute to one site at most, all runs of this user together; 0: no limit"
    )
    videos_per_hour: float = runtime(
        240.0, "watch pages opened in an hour on one site at most; YouTube locks guests out at about 300"
    )
    retries: int = runtime(5, "how often a passing trouble is tried again before it is booked")
    backoff_seconds: float = runtime(
        2.0, "first wait before trying again; it doubles each time, with jitter, up to two minutes"
    )
    socket_timeout_seconds: float = runtime(30.0, "a server that is silent for so long has stalled")
    blocked_in_a_row: int = runtime(
        3, "so many refusals of our address in a row (429, bot check, 403 on a page) pause the site"
    )
    pause_seconds: float = runtime(3600.0, "length of that pause; YouTube's own lock-out lasts up to an hour")
