"""What sites and yt-dlp say, sorted: real sentences of 2026, and every class of error."""

from __future__ import annotations

import errno
import io
import pickle
from email.utils import formatdate
from time import time

import pytest
from yt_dlp.cookies import CookieLoadError
from yt_dlp.networking.common import Response
from yt_dlp.networking.exceptions import (
    CertificateVerifyError,
    HTTPError,
    IncompleteRead,
    ProxyError,
    TransportError,
)
from yt_dlp.utils import (
    ContentTooShortError,
    DownloadError,
    ExtractorError,
    GeoRestrictedError,
    UnavailableVideoError,
    UnsupportedError,
    UserNotLive,
)

from symmv_tools.errors import BadMedium, BadSettings, DiskFull, HouseFault
from symmv_tools.io.politeness import Paused
from symmv_tools.io.web.trouble import WebTrouble, sorted_out

pytestmark = pytest.mark.quick

URL = "https://www.youtube.com/watch?v=dQw4w9WgXcQ"
SESSION = (
    "This content isn't available, try again later. The current session has been rate-limited by YouTube for "
    "up to an hour. It is recommended to use `-t sleep` to add a delay between video requests to avoid "
    "exceeding the rate limit. For more information, refer to  "
    "https://github.com/yt-dlp/yt-dlp/wiki/Extractors#this-content-isnt-available-try-again-later"
)
LOGIN = (
    "Use --cookies-from-browser or --cookies for the authentication. See  "
    "https://github.com/yt-dlp/yt-dlp/wiki/FAQ#how-do-i-pass-cookies-to-yt-dlp"
)

SENTENCES = [
    ("Private video. Sign in if you've been granted access to this video. " + LOGIN, "permanent PRIVATE"),
    ("This video is private", "permanent PRIVATE"),
    ("Video unavailable. This video is private", "permanent PRIVATE"),
    ("Video unavailable", "permanent REMOVED"),
    ("Video unavailable. This video has been removed by the uploader", "permanent REMOVED"),
    ("This video has been removed for violating YouTube's policy on hate speech.", "permanent REMOVED"),
    (
        "Video unavailable. This video is no longer available because the YouTube account associated with "
        "this video has been terminated.",
        "permanent REMOVED",
    ),
    ("This video isn't available anymore", "permanent REMOVED"),
    (
        "Video unavailable. This video is no longer available due to a copyright claim by SME",
        "permanent REMOVED",
    ),
    (
        "Video unavailable. This video contains content from UMG, who has blocked it on copyright grounds",
        "permanent REMOVED",
    ),
    (
        "Video unavailable. This video contains content from UMG, who has blocked it in your country on "
        "copyright grounds",
        "permanent GEO_BLOCKED",
    ),
    ("The uploader has not made this video available in your country", "permanent GEO_BLOCKED"),
    ("This video is not available from your location due to geo restriction", "permanent GEO_BLOCKED"),
    (
        "Sign in to confirm your age. This video may be inappropriate for some users. " + LOGIN,
        "permanent AGE_GATE",
    ),
    (
        "This video is age-restricted and only available on YouTube. Learn more",
        "permanent AGE_GATE",
    ),
    (
        "Join this channel to get access to members-only content like this video, and other exclusive perks.",
        "permanent MEMBERS_ONLY",
    ),
    (
        "This video is available to this channel's members on level: Fan (or any higher level).",
        "permanent MEMBERS_ONLY",
    ),
    (
        "Sign in to confirm you\u2019re not a bot. " + LOGIN,
        "blocked BOT_CHECK",
    ),
    ("Sign in to confirm you're not a bot", "blocked BOT_CHECK"),
    (
        "Video unavailable. YouTube is requiring a captcha challenge before playback",
        "blocked BOT_CHECK",
    ),
    (SESSION, "blocked THROTTLED"),
    ("Video unavailable. This content isn't available, try again later.", "blocked THROTTLED"),
    ("Video unavailable. This content isn\u2019t available.", "blocked THROTTLED"),
    ("This video is not available", "retryable UNAVAILABLE"),
    (
        "The following content is not available on this app. Watch on the latest version",
        "retryable UNAVAILABLE",
    ),
    ("You have requested merging of multiple formats but ffmpeg is not installed", "retryable NO_FFMPEG"),
    ("Premieres in 3 days", "retryable UPCOMING"),
    ("Premiere will begin shortly", "retryable UPCOMING"),
    ("This live event will begin in 5 hours.", "retryable UPCOMING"),
    ("This live stream recording is not available.", "permanent REMOVED"),
    ("This video requires payment to watch", "permanent PAID"),
    ("This video is only available to Music Premium members", "permanent PAID"),
    ("This video is DRM protected", "permanent DRM"),
    ("No video formats found!", "retryable NO_FORMAT"),
    (
        "Requested format is not available. Use --list-formats for a list of available formats",
        "retryable NO_FORMAT",
    ),
    ("This channel does not exist.", "permanent NOT_FOUND"),
    (
        "The channel/playlist does not exist and the URL redirected to youtube.com home page",
        "permanent NOT_FOUND",
    ),
    ("This channel does not have a videos tab", "permanent NOT_FOUND"),
    ("The playlist does not exist.", "permanent NOT_FOUND"),
    (
        "Incomplete YouTube ID dQw4w9W. URL https://youtube.com/watch?v=dQw4w9W looks truncated.",
        "permanent NOT_FOUND",
    ),
    ("Incomplete data received", "retryable TRUNCATED"),
    ("The page needs to be reloaded.", "retryable SERVER_ERROR"),
    ("This video is only available for registered users. " + LOGIN, "permanent LOGIN_REQUIRED"),
    ("Unable to extract initial player response", "retryable UNKNOWN"),
    ("Failed to extract any player response", "retryable UNKNOWN"),
    ("", "retryable UNKNOWN"),
]


def http_error(status: int, headers: dict[str, str] | None = None, *, redirects: bool = False) -> HTTPError:
    answer = Response(io.BytesIO(), "https://example.org/x", headers or {}, status=status)
    return HTTPError(answer, redirect_loop=redirects)


def as_raised(cause: Exception) -> DownloadError:
    """A cause on its way out of yt-dlp: an extractor's error, then a DownloadError with its text."""
    try:
        try:
            raise cause
        except Exception as why:
            raise ExtractorError(f"Unable to download webpage: {why}", cause=why, expected=True) from why
    except ExtractorError as error:
        return DownloadError(f"ERROR: {error}", error.exc_info)


def verdict(error: Exception, *, of_media: bool = False) -> str:
    trouble = sorted_out(error, URL, of_media=of_media)
    return f"{trouble.kind} {trouble.code}"


@pytest.mark.parametrize(("sentence", "expected"), SENTENCES)
def test_a_sentence_of_the_site_is_understood(sentence: str, expected: str) -> None:
    assert verdict(ExtractorError(sentence, expected=True, video_id="dQw4w9WgXcQ", ie="youtube")) == expected
    assert verdict(DownloadError(f"ERROR: [youtube] dQw4w9WgXcQ: {sentence}")) == expected


@pytest.mark.parametrize(
    ("cause", "page", "medium"),
    [
        (http_error(401), "permanent LOGIN_REQUIRED", "permanent LOGIN_REQUIRED"),
        (http_error(403), "blocked FORBIDDEN", "retryable FORBIDDEN"),
        (http_error(404), "permanent NOT_FOUND", "retryable NOT_FOUND"),
        (http_error(410), "permanent REMOVED", "retryable NOT_FOUND"),
        (http_error(416), "retryable TRUNCATED", "retryable TRUNCATED"),
        (http_error(418), "retryable UNKNOWN", "retryable UNKNOWN"),
        (http_error(429), "blocked THROTTLED", "blocked THROTTLED"),
        (http_error(451), "permanent GEO_BLOCKED", "permanent GEO_BLOCKED"),
        (http_error(500), "retryable SERVER_ERROR", "retryable SERVER_ERROR"),
        (http_error(503), "retryable SERVER_ERROR", "retryable SERVER_ERROR"),
        (http_error(302, redirects=True), "retryable REDIRECT_LOOP", "retryable REDIRECT_LOOP"),
        (TransportError("Read timed out."), "retryable TIMEOUT", "retryable TIMEOUT"),
        (
            TransportError(
                "Failed to resolve 'www.youtube.com' ([Errno -3] Temporary failure in name resolution)"
            ),
            "retryable OFFLINE",
            "retryable OFFLINE",
        ),
        (TransportError("Connection reset by peer"), "retryable CONNECTION", "retryable CONNECTION"),
        (CertificateVerifyError("self-signed"), "retryable CERTIFICATE", "retryable CERTIFICATE"),
        (ProxyError("no"), "retryable PROXY", "retryable PROXY"),
        (IncompleteRead(5, 10), "retryable TRUNCATED", "retryable TRUNCATED"),
        (ContentTooShortError(5, 10), "retryable TRUNCATED", "retryable TRUNCATED"),
    ],
    ids=str,
)
def test_a_network_error_is_told_from_its_class(cause: Exception, page: str, medium: str) -> None:
    assert verdict(as_raised(cause)) == page
    assert verdict(cause, of_media=True) == medium


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("HTTP Error 500: Internal Server Error", "retryable SERVER_ERROR"),
        ("HTTP Error 403: Forbidden", "retryable FORBIDDEN"),
        ("26520 bytes read, 26521 more expected", "retryable TRUNCATED"),
        ("Downloaded 5 bytes, expected 10 bytes", "retryable TRUNCATED"),
        ("HTTPConnectionPool(host='127.0.0.1', port=9): Read timed out.", "retryable TIMEOUT"),
        (
            "('Connection aborted.', RemoteDisconnected('Remote end closed connection'))",
            "retryable CONNECTION",
        ),
        ("Failed to resolve 'rr3---sn.googlevideo.com'", "retryable OFFLINE"),
    ],
)
def test_a_downloader_that_gives_up_keeps_only_the_words(words: str, expected: str) -> None:
    assert verdict(DownloadError(f"ERROR: \r[download] Got error: {words}"), of_media=True) == expected


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (GeoRestrictedError("no", countries=["NO"]), "permanent GEO_BLOCKED"),
        (UserNotLive(), "retryable LIVE"),
        (UnsupportedError("https://example.org"), "permanent UNSUPPORTED"),
        (BadMedium("TRUNCATED", "'audio.m4a' is cut"), "retryable TRUNCATED"),
        (BadMedium("UNREADABLE", "'audio.m4a' holds text"), "retryable NOT_MEDIA"),
        (BadMedium("NO_AUDIO_STREAM", "'audio.m4a' has none"), "retryable NOT_MEDIA"),
        (KeyError("entries"), "retryable UNKNOWN"),
    ],
    ids=str,
)
def test_other_errors_are_told_from_their_class(error: Exception, expected: str) -> None:
    assert verdict(error) == expected


def test_a_session_limit_says_for_how_long() -> None:
    assert sorted_out(ExtractorError(SESSION, expected=True), URL).retry_after == 3600.0


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("17", 17.0), (" 3 ", 3.0), ("soon", None), ("-5", None), ("9" * 40, None), (None, None)],
)
def test_retry_after_is_read_or_left_alone(header: str | None, seconds: float | None) -> None:
    error = as_raised(http_error(429, {} if header is None else {"Retry-After": header}))
    assert sorted_out(error, URL).retry_after == seconds


def test_retry_after_may_be_a_date() -> None:
    error = as_raised(http_error(429, {"Retry-After": formatdate(time() + 100, usegmt=True)}))
    assert sorted_out(error, URL).retry_after == pytest.approx(100.0, abs=5.0)


def test_no_format_without_javascript_names_the_remedy() -> None:
    log = ["[youtube] No supported JavaScript runtime could be found. Only deno is enabled by default; …"]
    trouble = sorted_out(ExtractorError("No video formats found!", expected=True), URL, log)
    assert (trouble.kind, trouble.code) == ("retryable", "NO_JS_RUNTIME")
    assert "deno>=2.3" in trouble.hint


def test_the_sentence_is_for_a_person_and_safe_to_print() -> None:
    error = DownloadError(
        "\x1b[0;31mERROR:\x1b[0m [x] \u202ecod.exe\x1b[2J: broken; please report this issue on  https://github.com/"
    )
    text = str(sorted_out(error, f"{URL}\x00\x1b[31m"))
    assert text.startswith(URL)
    assert text.endswith("broken")
    assert not {"\x00", "\x1b", "\u202e"} & set(text)


def test_trouble_survives_pickling() -> None:
    trouble = sorted_out(as_raised(http_error(429, {"Retry-After": "9"})), URL)
    again = pickle.loads(pickle.dumps(trouble))
    assert isinstance(again, WebTrouble)
    assert vars(again) == vars(trouble)
    assert str(again) == str(trouble)


def test_what_is_no_fault_of_the_web_stays_what_it_is() -> None:
    with pytest.raises(Paused):
        sorted_out(Paused("site", 0.0, "429"), URL)
    with pytest.raises(DiskFull):
        sorted_out(UnavailableVideoError(OSError(errno.ENOSPC, "No space left on device")), URL)
    with pytest.raises(DiskFull):
        sorted_out(DownloadError("ERROR: unable to write data: [Errno 28] No space left on device"), URL)
    with pytest.raises(HouseFault, match="cannot be written"):
        sorted_out(PermissionError(errno.EACCES, "Permission denied"), URL)
    with pytest.raises(HouseFault, match="cannot be written"):
        sorted_out(DownloadError("ERROR: unable to open for writing: [Errno 30] Read-only file system"), URL)
    with pytest.raises(BadSettings, match=r"web\.cookies"):
        sorted_out(CookieLoadError("failed to load cookies"), URL)
