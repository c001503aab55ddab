"""Sound onto a video: the pictures are copied as they are, only the sound is encoded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from symmv_tools.errors import BadCall
from symmv_tools.io.opening import opened, shown
from symmv_tools.io.video import first_video

FORMATS = {".mp4": "mp4", ".m4v": "mp4", ".mov": "mov", ".mkv": "matroska"}
"""File name endings and FFmpeg's names of what can be written."""

_BLOCK = 1024  # samples, AAC's


def mux(video: Path, sound: NDArray[np.float32], sample_rate: int, out: Path, ending: str) -> None:
    """Write the pictures of `video` with `sound` (n, 2), -1 to 1, for its only sound, as AAC.

    Both begin at 0 s. `out` may be called anything: `ending`, one of `FORMATS`, says what it is. Packets are
    written as they come, so memory does not grow with the video.

    Raises BadMedium as `io.video.open_video` does, and BadCall if such a file cannot hold the pictures.
    """
    with opened(video) as source, av.open(str(out), "w", format=FORMATS[ending]) as made:
        pictures = first_video(video, source)
        codec = pictures.codec_context.name
        try:
            copy: Any = made.add_stream_from_template(pictures)
            voice: Any = made.add_stream("aac", rate=sample_rate, layout="stereo")
            voice.bit_rate = 192_000
            made.start_encoding()
        except (av.FFmpegError, ValueError) as why:
            raise BadCall(
                f"a {ending} file cannot hold the pictures of {shown(video)} ({codec})",
                "name an output that ends in .mkv, which holds any",
            ) from why
        _write(made, source, pictures, copy, _Voice(voice, sound, sample_rate))


class _Voice:
    """A sound that is encoded block by block."""

    def __init__(self, stream: Any, sound: NDArray[np.float32], sample_rate: int) -> None:
        self._stream, self._sound, self._rate, self._at = stream, sound, sample_rate, 0

    def until(self, seconds: float) -> list[Any]:
        """Return the packets of what sounds before `seconds` and has not been returned yet."""
        packets: list[Any] = []
        while self._at < min(len(self._sound), seconds * self._rate):
            packets += self._stream.encode(self._frame())
        return packets

    def rest(self) -> list[Any]:
        """Return all packets that are left."""
        return [*self.until(np.inf), *self._stream.encode(None)]

    def _frame(self) -> Any:
        block = self._sound[self._at : self._at + _BLOCK]
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(block.T), format="fltp", layout="stereo")
        frame.sample_rate, frame.pts, frame.time_base = self._rate, self._at, Fraction(1, self._rate)
        self._at += len(block)
        return frame


def _write(made: Any, source: Any, pictures: Any, copy: Any, voice: _Voice) -> None:
    """Copy the packets of the pictures, moved to begin at 0, with the sound between them."""
    begin = pictures.start_time or 0
    for packet in _dated(source.demux(pictures)):
        packet.dts -= begin
        packet.pts = None if packet.pts is None else packet.pts - begin
        made.mux(voice.until(float(packet.dts * packet.time_base)))
        packet.stream = copy
        made.mux(packet)
    made.mux(voice.rest())


def _dated(packets: Iterable[Any]) -> Iterator[Any]:
    """Yield the packets, each with a time of decoding: Matroska does not keep those of the first ones."""
    waiting: list[Any] = []
    last: int | None = None
    for packet in packets:
        if not packet.size:  # the end
            continue
        if packet.dts is None and last is not None:
            packet.dts = last + 1
        waiting.append(packet)
        if packet.dts is not None:
            yield from _counted_back(waiting, packet.dts)
            last, waiting = packet.dts, []
    yield from _counted_back(waiting, waiting[-1].pts or 0) if waiting else ()


def _counted_back(packets: list[Any], last: int) -> Iterator[Any]:
    """Yield packets of which the last is decoded at `last`, the others each a picture's length earlier."""
    for before, packet in zip(range(len(packets) - 1, -1, -1), packets, strict=True):
        packet.dts = last - before * (packet.duration or 1)
        yield packet
