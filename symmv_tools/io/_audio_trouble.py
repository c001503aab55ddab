"""What can be wrong with an audio file, each in a sentence about that file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import av

from symmv_tools.errors import BadMedium
from symmv_tools.io.opening import is_text, opened, shown

FORMATS = (
    "wav,w64,aiff,au,caf,mp3,flac,ogg,aac,ac3,amr,ape,wv,mov,mp4,m4a,matroska,webm,avi,flv,asf,mpeg,mpegts"
)
"""Demuxers we let FFmpeg try. Play lists are left out: a text named .wav could name any file or address."""

UNKNOWN_SIZES = (0, 0xFFFFFFFF)
"""What a program writes into a WAV header when it does not know how long the stream will be."""


@contextmanager
def opened_sound(path: Path) -> Iterator[Any]:
    """Open a medium for reading; whatever FFmpeg or the disk says becomes a BadMedium."""
    with opened(path, FORMATS, _no_sound) as container:
        if not any(
            stream.type in ("audio", "video") and stream.codec_context for stream in container.streams
        ):
            message = f"nothing in {shown(path)} is recognizable as audio or video"
            raise BadMedium("UNREADABLE", message, "is it what its name says, and undamaged?")
        yield container


def _no_sound(path: Path, head: bytes, why: Exception) -> BadMedium:
    if is_text(head):
        return BadMedium("UNREADABLE", f"{shown(path)} holds text, not audio or video", "is it a web page?")
    if isinstance(why, av.EOFError):
        message = f"{shown(path)} ends before its first sample"
        return BadMedium("TRUNCATED", message, "the file is cut or damaged: fetch or copy it again")
    message = f"{shown(path)} is no audio or video that FFmpeg knows: {getattr(why, 'strerror', None) or why}"
    return BadMedium("UNREADABLE", message, "is it what its name says, and undamaged?")


def stated_seconds(container: Any, stream: Any) -> float | None:
    """Return how long the stream, or else the container, says to be; None if neither says."""
    if stream.duration is not None and stream.time_base:
        return float(stream.duration * stream.time_base)
    return None if container.duration is None else float(container.duration / av.time_base)


def refuse_if_cut(path: Path, container: Any, stream: Any, decoded: float, reached: float) -> None:
    """Raise BadMedium `TRUNCATED` if more than 1 s and 2 % of what is promised did not come.

    `decoded` is how many seconds of audio did, `reached` how far the packets of all streams went.
    """
    promised = _promised_seconds(path, container, stream)
    # without a length of its own (WebM), the stream may end before the picture and still be whole
    had = decoded if stream.duration is not None else reached
    if promised is not None and promised - had > max(1.0, 0.02 * promised):
        raise BadMedium(
            "TRUNCATED",
            f"{shown(path)} promises {promised:.1f} s of audio, but only {decoded:.1f} s could be decoded",
            "the file is cut or damaged: fetch or copy it again",
        )


def _promised_seconds(path: Path, container: Any, stream: Any) -> float | None:
    """Return what the file's own header promises; None where FFmpeg's length is a guess of its own."""
    stated, demuxer = stated_seconds(container, stream), container.format.name
    if stated is None or demuxer == "aac" or (demuxer == "mp3" and not _mp3_counts_its_frames(path)):
        return None
    if demuxer != "wav":
        return stated
    # FFmpeg trims the length to the size of the file; the header knows better
    with path.open("rb") as file:
        size = int.from_bytes(file.read(8)[4:], "little")
    return stated if size in UNKNOWN_SIZES else stated * max(1.0, (size + 8) / path.stat().st_size)


def _mp3_counts_its_frames(path: Path) -> bool:
    """Whether the first frame is a table of contents; without one FFmpeg divides the size by the bit rate."""
    with path.open("rb") as file:
        tag = file.read(10)
        if tag[:3] == b"ID3":
            size = sum(byte << shift for byte, shift in zip(tag[6:10], (21, 14, 7, 0), strict=True))
            file.seek(10 + size)
        first = tag + file.read(4096)
    return any(mark in first for mark in (b"Xing", b"Info", b"VBRI"))
