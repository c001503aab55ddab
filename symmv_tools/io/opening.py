"""Opening a video file: whatever FFmpeg or the disk says becomes a sentence about the file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import av

from symmv_tools.errors import BadMedium, house_fault
from symmv_tools.song import printable

FORMATS = (
    "mov,mp4,matroska,webm,avi,flv,asf,mpeg,mpegts,mpegvideo,h264,hevc,m4v,ogg,gif,yuv4mpegpipe,"
    "mp3,wav,w64,aiff,au,caf,flac,aac,ac3,amr,ape,wv"
)
"""Demuxers we let FFmpeg try; the audio ones, to say of a file that it has no video stream. Play lists
are left out, because a text named .mp4 could name any file or address, and so is FFmpeg's teletype,
which shows any .txt as a film."""


@contextmanager
def opened(path: Path) -> Iterator[Any]:
    """Open a medium for reading; raises BadMedium EMPTY, UNREADABLE, TRUNCATED or NOT_VIDEO."""
    head = _head(path)
    options = {"format_whitelist": FORMATS, "protocol_whitelist": "file"}
    try:
        # "file:" keeps FFmpeg from reading a colon in the name as a protocol
        container = av.open(f"file:{path}", options=options, metadata_errors="replace")
    except (av.FFmpegError, OSError, ValueError) as why:
        raise _cannot_open(path, head, why) from why
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


def _cannot_open(path: Path, head: bytes, why: Exception) -> BadMedium:
    if head[4:8] == b"ftyp":
        message = f"{shown(path)} is an MP4 without its index, so nothing of it can be decoded"
        return BadMedium("TRUNCATED", message, "the download or copy probably stopped early: fetch it again")
    if _is_text(head):
        return BadMedium("NOT_VIDEO", f"{shown(path)} holds text, not video", "is it a web page?")
    reason = getattr(why, "strerror", None) or str(why)
    message = f"{shown(path)} is no video that FFmpeg knows: {reason}"
    return BadMedium("NOT_VIDEO", message, "is it a video at all, and was it copied to its end?")


def _is_text(head: bytes) -> bool:
    return b"\0" not in head and "\N{REPLACEMENT CHARACTER}" not in head[:-4].decode(errors="replace")
