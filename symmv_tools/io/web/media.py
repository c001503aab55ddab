"""A fetched file is looked at before it gets its name: is it what was asked for, and all of it?"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from symmv_tools.errors import BadMedium
from symmv_tools.io.audio import decoded_seconds
from symmv_tools.io.audio import probe as probe_audio
from symmv_tools.io.opening import opened, shown
from symmv_tools.io.video import open_video

_ENDING_OF = {
    "audio": {"mov": "m4a", "matroska": "webm", "mpegts": "ts"},
    "video": {"mov": "mp4", "matroska": "webm", "mpegts": "ts", "ogg": "ogv"},
}
"""File name endings of FFmpeg's demuxers where their own name is none. Neither comes from the web."""

_SCHEMES = ("http", "https")
_PROTOCOLS = ("http", "https", "m3u8", "m3u8_native", "http_dash_segments")
"""What yt-dlp itself fetches, through `urlopen`; the others are left to programs that nobody slows down."""

_FETCHABLE = (
    "m4a",
    "mp4",
    "webm",
    "mkv",
    "mka",
    "ogg",
    "opus",
    "mp3",
    "wav",
    "flac",
    "aac",
    "mov",
    "flv",
    "unknown_video",
)


def kept(folder: Path, medium: str) -> Path | None:
    """Return the finished file of a medium in its identity's folder, or None."""
    return min(folder.glob(f"{medium}.*"), default=None)


def examined(path: Path, medium: str, promised_seconds: float | None) -> str:
    """Decode a fetched file to its end and return the ending that its content deserves.

    `promised_seconds` is what the page said. Raises BadMedium: `TRUNCATED` if the file breaks off, or
    differs from the page by more than 1 s and 2 %; `NOT_VIDEO`, `NO_VIDEO_STREAM`, `NO_AUDIO_STREAM`,
    `EMPTY` or `UNREADABLE` if it is not the medium it should be, an error page for instance.
    """
    seconds = decoded_seconds(path) if medium == "audio" else _film_seconds(path)
    if promised_seconds is not None and abs(seconds - promised_seconds) > max(1.0, 0.02 * promised_seconds):
        raise BadMedium(
            "TRUNCATED", f"{shown(path)} holds {seconds:.1f} s, its page says {promised_seconds:.1f} s"
        )
    return _ending(path, medium)


def _film_seconds(path: Path) -> float:
    """Decode all pictures and all sound; return when the later of them ends."""
    end = step = 0.0
    with open_video(path) as video:
        step = 1.0 / (video.info.fps or 25.0)
        for frames in video.frames(0):
            end = frames[-1].time + step
        if video.broken_at is not None:
            raise BadMedium("TRUNCATED", f"{shown(path)} breaks off: {video.broken_why}")
    return end if probe_audio(path) is None else max(end, decoded_seconds(path))


def _ending(path: Path, medium: str) -> str:
    with opened(path) as container:
        name = str(container.format.name).split(",")[0]
    return _ENDING_OF[medium].get(name, name)


def named(path: Path, final: Path) -> Path:
    """Give a whole file its final name, in one step that survives a power cut."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())
    os.replace(path, final)
    handle = os.open(final.parent, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError:
        pass  # some network file systems cannot flush a folder; the rename has been done
    finally:
        os.close(handle)
    return final


def workshop(folder: Path, medium: str) -> Path:
    """Return the hidden folder where parts of a medium wait for the rest."""
    return folder / f".fetching-{medium}"


def template(folder: Path, medium: str) -> str:
    """Return yt-dlp's output template: nothing from the web but a format id and an ending made safe."""
    shop = str(workshop(folder, medium)).replace("%", "%%")
    return f"{shop}/{medium}.%(format_id)s.%(ext)s"


def clear(folder: Path, medium: str) -> None:
    """Throw away the parts of a medium."""
    shutil.rmtree(workshop(folder, medium), ignore_errors=True)


def made_safe(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy of what an extractor found, to be processed, whose names can stand in a path.

    Formats with an unknown ending, or that yt-dlp would leave to another program, are left out.
    """
    info = dict(raw)
    if raw.get("formats"):
        formats = [dict(one) for one in raw["formats"] if isinstance(one, Mapping)]
        info["formats"] = [one for one in formats if _can_be_fetched(one)]
    for one in [info, *(info.get("formats") or [])]:
        if one.get("format_id") is not None:
            one["format_id"] = re.sub(r"[^A-Za-z0-9_-]", "_", str(one["format_id"]))[:40] or "0"
    if not _can_be_fetched(info):
        info.pop("url", None)
    for name in ("subtitles", "automatic_captions", "thumbnails", "chapters", "requested_subtitles"):
        info.pop(name, None)
    return info


def _can_be_fetched(one: Mapping[str, Any]) -> bool:
    scheme = str(one.get("url") or "https:").partition(":")[0].lower()
    return (
        scheme in _SCHEMES
        and one.get("protocol", "https") in (None, *_PROTOCOLS)
        and one.get("ext", "mp4") in (None, *_FETCHABLE)
    )
