"""Opening a medium: whatever FFmpeg or the disk says becomes a sentence about the file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import av
from av.codec.hwaccel import HWAccel

from symmv_tools.errors import BadMedium, house_fault
from symmv_tools.song import printable

FORMATS = (
    "mov,mp4,matroska,webm,avi,flv,asf,mpeg,mpegts,mpegvideo,h264,hevc,m4v,ogg,gif,yuv4mpegpipe,"
    "mp3,wav,w64,aiff,au,caf,flac,aac,ac3,amr,ape,wv"
)
"""Demuxers we let FFmpeg try; the audio ones, to say of a file that it has no video stream. Play lists
are left out, because a text named .mp4 could name any file or address, and so is FFmpeg's teletype,
which shows any .txt as a film."""

Refusal = Callable[[Path, bytes, Exception], BadMedium]
"""What to say of a file that FFmpeg cannot open, given its first bytes and FFmpeg's own words."""


def no_video(path: Path, head: bytes, why: Exception) -> BadMedium:
    """Return the refusal of a file that should have been a video."""
    if is_text(head):
        return BadMedium("NOT_VIDEO", f"{shown(path)} holds text, not video", "is it a web page?")
    message = f"{shown(path)} is no video that FFmpeg knows: {getattr(why, 'strerror', None) or why}"
    return BadMedium("NOT_VIDEO", message, "is it a video at all, and was it copied to its end?")


@contextmanager
def opened(
    path: Path, formats: str = FORMATS, refusal: Refusal = no_video, hwaccel: HWAccel | None = None
) -> Iterator[Any]:
    """Open a medium for reading; raises BadMedium EMPTY, UNREADABLE, TRUNCATED or the `refusal`."""
    head = _head(path)
    options = {"format_whitelist": formats, "protocol_whitelist": "file"}
    try:
        # "file:" keeps FFmpeg from reading a colon in the name as a protocol
        container = av.open(f"file:{path}", options=options, metadata_errors="replace", hwaccel=hwaccel)
    except (av.FFmpegError, OSError, ValueError) as why:
        raise (_without_index(path) if head[4:8] == b"ftyp" else refusal(path, head, why)) from why
    with container:
        yield container


def shown(path: Path) -> str:
    """Return the file's name, quoted and safe to print."""
    return repr(printable(path.name))


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            head = file.read(4096)
    except OSError as why:
        if house_fault(why):
            raise
        message = f"{shown(path)} cannot be read: {why.strerror or why}"
        hint = "check that the file is still there and that you may read it"
        raise BadMedium("UNREADABLE", message, hint, retryable=True) from why
    if not head:
        raise BadMedium("EMPTY", f"{shown(path)} is empty (0 bytes)", "fetch or copy the file again")
    return head


def _without_index(path: Path) -> BadMedium:
    message = f"{shown(path)} is an MP4 without its index, so nothing of it can be decoded"
    return BadMedium("TRUNCATED", message, "the download or copy probably stopped early: fetch it again")


def is_text(head: bytes) -> bool:
    """Whether the first bytes of a file are UTF-8 text; the last character may be cut."""
    try:
        text = head.decode()
    except UnicodeDecodeError as why:
        text = head[: why.start].decode() if why.start > len(head) - 4 else "\0"
    return "\0" not in text
