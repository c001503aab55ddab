"""Video files in, pictures with true times out, through PyAV: no ffmpeg program is needed.

**The clock.** Time 0 is the first picture of the first video stream that is not cover art, as the stream
declares it (`start_time`); `io/audio.py` lays the samples of the same file on the same clock. Times come
from the presentation time stamps, so a variable frame rate, a start other than zero and missing pictures
are told as they are, and frame numbers are never turned into seconds.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from itertools import chain, islice, pairwise
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import av
import numpy as np
from av.stream import Disposition
from av.video.reformatter import Interpolation, VideoReformatter
from numpy.typing import NDArray

from symmv_tools.errors import BadMedium
from symmv_tools.io.nvdec import acceleration
from symmv_tools.io.opening import opened, shown
from symmv_tools.io.plane_averaging import PlaneAverager
from symmv_tools.io.point_sampling import PointSampler
from symmv_tools.stage import Frame, StreamInfo
from symmv_tools.video.in_view import is_in_view

BATCH = 32
"""Pictures handed over at once, at most."""

BATCH_BYTES = 256 << 20
"""Batches are shorter where 32 pictures at full size would take more memory than this."""

_Thing = TypeVar("_Thing")

LONGEST_GAP_SECONDS = 600.0
"""A longer jump between two pictures is a broken time stamp and is not followed (as in io/audio.py)."""


class Want(NamedTuple):
    """Which pictures of a video somebody wants, and how.

    `max_height` is the largest height in pixels: pictures are never enlarged and keep their displayed
    shape; None means full size, 0 that only the times matter (the pixels are (0, 0, 3) then). `every`
    thins them to those in view at 0, `every`, 2 `every`, … seconds and the last one; None means all.
    `is_sampled` takes single pixels of the large picture instead of averaging, at a quarter of the
    cost: right for histograms and differences, wrong for what reads text or shapes.
    """

    max_height: int | None = None
    every: float | None = None
    is_sampled: bool = False

    @property
    def scaling(self) -> tuple[int | None, bool]:
        """How its pictures are scaled, whichever they are: wants of one scaling share the work."""
        return self.max_height, self.is_sampled

    def takes(self, time: float, following: float | None) -> bool:
        """Whether it wants the picture shown from `time` until `following`; None: it is the last."""
        return self.every is None or is_in_view(time, following, self.every)


@contextmanager
def open_video(path: str | Path, decoder: str = "cpu") -> Iterator[Video]:
    """Open a video and decode its first picture, which `info` needs: rotation shows only there.

    `decoder` is "cpu", or "cuda" for a GPU where there is one (see `io/nvdec.py`).

    Raises BadMedium: `EMPTY` (no bytes, or no picture), `UNREADABLE` (no such file, no permission, or
    no picture decodes), `TRUNCATED` (an MP4 without its index, or nothing but the index), `NOT_VIDEO`
    (no medium at all) and `NO_VIDEO_STREAM` (audio only; cover art is no video).
    """
    path = Path(path)
    with opened(path, hwaccel=acceleration(decoder)) as container:
        yield Video(path, container)


def probe(path: str | Path) -> StreamInfo | None:
    """Say what video a file holds; None if it holds none.

    "None" covers `NO_VIDEO_STREAM`, `NOT_VIDEO` and `EMPTY`; a file that may well be a video but
    cannot be opened (`UNREADABLE`, `TRUNCATED`) raises its BadMedium.
    """
    try:
        with open_video(path) as video:
            return video.info
    except BadMedium as why:
        if why.code in ("NO_VIDEO_STREAM", "NOT_VIDEO", "EMPTY"):
            return None
        raise


class Video:
    """One open video, to be read once from beginning to end.

    `info` has the size as displayed: rotation and the shape of the pixels are applied. Once the frames
    have been read, `broken_at` is None for a whole file; for a damaged one it is the second at which
    the good part ends, and `broken_why` says what happened.
    """

    def __init__(self, path: Path, container: Any) -> None:
        self.path = path
        self.broken_at: float | None = None
        self.broken_why = ""
        self._container = container
        self._stream = first_video(path, container)
        # One thread: FFmpeg's own threads deadlock in worker processes (PyAV issue 1962).
        self._stream.codec_context.thread_count = 1
        self._stream.codec_context.thread_type = "NONE"
        self._trouble = ""
        self._reached: dict[int, int] = {}
        pictures = self._decoded()
        first = next(pictures, None)
        if first is None:
            raise self._no_picture()
        self._pictures = chain([first], pictures)
        self._turns = round(first.rotation / 90) % 4
        self.info = _info(self._container, self._stream, first, self._turns)

    def frames(self, max_height: int | None = None, batch: int = BATCH) -> Iterator[list[Frame]]:
        """Yield every frame in order of time, in lists of at most `batch`; see `Want`."""
        want = Want(max_height)
        for found in self.wanted_frames({want}, batch):
            yield found[want]

    def wanted_frames(
        self, wants: Collection[Want], batch: int = BATCH
    ) -> Iterator[Mapping[Want, list[Frame]]]:
        """Decode once and yield, for every `batch` pictures decoded, what each of the wants gets of them.

        A picture is scaled once to each size that somebody wants it in. Pixels are read-only, because
        several readers share them. What a want gets does not depend on which others there are.
        """
        takers = []
        for scaling in {want.scaling for want in wants}:
            scaler = _Scaler(self.info, *scaling, self._turns)
            takers.append(_Taker(scaler, [want for want in wants if want.scaling == scaling]))
        whole = 3 * self.info.width * self.info.height
        batch = max(1, min(batch, BATCH_BYTES // max(1, whole)))
        looked = ([taker.look(*current) for taker in takers] for current in self._timed())
        pictures: Iterator[list[_Look] | None] = chain(looked, [None])
        shown_from = 0.0  # whatever the stamp of the first picture, nothing is shown before it
        for group in _batched(pairwise(pictures), batch):
            for current, following in group:
                assert current is not None
                until = following[0].time if following else None
                for taker, look in zip(takers, current, strict=True):
                    taker.take(look, shown_from, until)
                shown_from = until or 0.0
            yield {want: frames for taker in takers for want, frames in taker.taken().items()}

    def _no_picture(self) -> BadMedium:
        if self._trouble:
            message = f"not one picture of {shown(self.path)} can be decoded: {self._trouble}"
            return BadMedium("UNREADABLE", message, "fetch or copy the file again, or convert it to H.264")
        if self._stream.duration or self._container.duration:
            message = f"{shown(self.path)} ends before its first picture"
            return BadMedium(
                "TRUNCATED", message, "the download or copy probably stopped early: fetch it again"
            )
        return BadMedium("EMPTY", f"{shown(self.path)} has a video stream without a single picture")

    # --- time -----------------------------------------------------------------------------------

    def _timed(self) -> Iterator[tuple[float, Any]]:
        step = 1.0 / (self.info.fps or 25.0)
        # Fractions cost 20 microseconds a picture; a quotient of whole numbers is as exact.
        above, below = self.info.time_base.as_integer_ratio()
        origin = (self._stream.start_time or 0) * above / below
        time = -step
        for picture in self._pictures:
            ticks = picture.dts if picture.pts is None else picture.pts
            stamp = None if ticks is None else ticks * above / below
            if stamp is not None and time >= 0.0 and stamp - origin - time > LONGEST_GAP_SECONDS:
                origin = stamp - time - step
            following = time + step
            time = following if stamp is None or stamp - origin <= max(time, 0.0) else stamp - origin
            yield time, picture
        self._judge_the_end(time + step)

    def _judge_the_end(self, end: float) -> None:
        promised = _seconds(self._stream.duration, self._stream.time_base)
        if promised is None:  # WebM tells only how long the longest stream is
            promised, had = _container_seconds(self._container), max(end, self._packets_end())
        else:
            had = end
        if self._trouble:
            self.broken_at, self.broken_why = end, self._trouble
        elif promised is not None and promised - had > max(1.0, 0.02 * promised):
            self.broken_at = end
            self.broken_why = f"the file promises {promised:.1f} s, its pictures end at {end:.1f} s"

    # --- FFmpeg ---------------------------------------------------------------------------------

    def _decoded(self) -> Iterator[Any]:
        """Yield the pictures that decode; `_trouble` tells of packets after the last good one."""
        for packet in self._packets():
            try:
                pictures = self._stream.decode(packet)
            except av.FFmpegError as why:  # a damaged packet is skipped, as every player does
                self._trouble = why.strerror or str(why)
                continue
            for picture in pictures:
                if picture.is_corrupt:
                    self._trouble = "damaged pictures"
                    continue
                self._trouble = ""
                yield picture

    def _packets(self) -> Iterator[Any]:
        """Yield the stream's packets; None, at the end of a file that breaks off, flushes the decoder."""
        packets = self._container.demux()
        while True:
            try:
                packet = next(packets)
            except StopIteration:
                return
            except av.FFmpegError as why:
                yield None
                self._trouble = why.strerror or str(why)
                return
            if packet.pts is not None:
                index, end = packet.stream_index, packet.pts + (packet.duration or 0)
                self._reached[index] = max(self._reached.get(index, end), end)
            if packet.stream is self._stream:
                yield packet

    def _packets_end(self) -> float:
        """Return the time stamp, in seconds, at which the last packet of any stream ends.

        A WebM that starts late promises the end of its time stamps, not how long it is.
        """
        bases = {stream.index: stream.time_base for stream in self._container.streams}
        ends = (_seconds(ticks, bases[index]) for index, ticks in self._reached.items())
        return max((end for end in ends if end is not None), default=0.0)


AVERAGED = int(Interpolation.AREA | Interpolation.FULL_CHR_H_INT)
"""AREA averages: at 1/8 of the height it is both quicker than BILINEAR and free of aliasing."""

SAMPLED = int(Interpolation.POINT | Interpolation.FULL_CHR_H_INT)
"""FULL_CHR_H_INT: without it two neighbours share one colour, and colour histograms are twice as far off."""


NOTHING = np.empty((0, 0, 3), np.uint8)
"""The pixels for who wants no pixels."""


class _Scaler:
    """Decoded pictures to RGB of one size, upright and with square pixels."""

    def __init__(self, info: StreamInfo, max_height: int | None, is_sampled: bool, turns: int) -> None:
        height = info.height if max_height is None else min(max_height, info.height)
        width = max(1, round(info.width * height / info.height))
        self._turns = turns
        self._size = (height, width) if turns % 2 else (width, height)
        self._how = SAMPLED if is_sampled else AVERAGED
        self._reducer = (PointSampler if is_sampled else PlaneAverager)(*self._size) if height else None
        # One scaler per size: it keeps its tables from picture to picture.
        self._reformatter = VideoReformatter()

    def __call__(self, picture: Any) -> NDArray[np.uint8]:
        if self._reducer is None:
            return NOTHING
        pixels = self._reducer(picture)
        if pixels is None:
            pixels = self._by_ffmpeg(picture)
        if self._turns:
            pixels = np.ascontiguousarray(np.rot90(pixels, self._turns))
        pixels.flags.writeable = False
        return pixels

    def _by_ffmpeg(self, picture: Any) -> NDArray[np.uint8]:
        scaled = self._reformatter.reformat(picture, *self._size, "rgb24", interpolation=self._how, threads=1)
        return _pixels(scaled)


class _Look(NamedTuple):
    """A picture of which it is not known yet until when it is shown: scaled already, or as it was decoded."""

    time: float
    picture: Any
    frame: Frame | None


class _Taker:
    """Takes pictures in one scaling for the wants that have it; this is called for every picture."""

    def __init__(self, scaler: _Scaler, wants: Collection[Want]) -> None:
        self._scaler = scaler
        self._takes_all = any(want.every is None for want in wants)
        self._frames: list[tuple[Want, list[Frame]]] = [(want, []) for want in wants]

    def look(self, time: float, picture: Any) -> _Look:
        """Scale the picture at once if it is wanted for sure: it still lies in the processor's cache then."""
        if self._takes_all:
            return _Look(time, None, Frame(time, self._scaler(picture)))
        return _Look(time, picture, None)

    def take(self, look: _Look, shown_from: float, until: float | None) -> None:
        """Scale the picture if one of the wants takes it; they share the outcome."""
        frame = look.frame
        for want, frames in self._frames:
            if want.takes(shown_from, until):
                frame = frame or Frame(look.time, self._scaler(look.picture))
                frames.append(frame)

    def taken(self) -> dict[Want, list[Frame]]:
        """Return each want's frames since the last time."""
        found = dict(self._frames)
        self._frames = [(want, []) for want in found]
        return found


def _pixels(picture: Any) -> NDArray[np.uint8]:
    """Return an RGB picture as an array on its own memory: copying it takes half as long as scaling it."""
    plane = picture.planes[0]
    rows = np.frombuffer(plane, np.uint8).reshape(picture.height, plane.line_size)
    return rows[:, : 3 * picture.width].reshape(picture.height, picture.width, 3)


def _batched(things: Iterator[_Thing], n: int) -> Iterator[Iterator[_Thing]]:
    """Yield iterators over `n` things each, of which nothing is held: one ends before the next begins."""
    for first in things:
        yield chain([first], islice(things, n - 1))


def first_video(path: Path, container: Any) -> Any:
    """Return the first video stream that is no cover art; BadMedium `NO_VIDEO_STREAM` if there is none."""
    for stream in container.streams.video:
        if not stream.disposition & Disposition.attached_pic:
            return stream
    art = " (its picture is cover art)" if container.streams.video else ""
    message = f"{shown(path)} has no video stream{art}"
    raise BadMedium("NO_VIDEO_STREAM", message, "give the song a video file, or leave it without video")


def _info(container: Any, stream: Any, picture: Any, turns: int) -> StreamInfo:
    """Describe the stream as it is displayed; `picture` is its first."""
    shape = stream.sample_aspect_ratio or 1
    width, height = max(1, round(picture.width * shape)), picture.height
    if turns % 2:
        width, height = height, width
    duration = _seconds(stream.duration, stream.time_base)
    return StreamInfo(
        width=width,
        height=height,
        fps=_fps(stream),
        duration=_container_seconds(container) if duration is None else duration,
        time_base=stream.time_base,
    )


def _fps(stream: Any) -> float | None:
    """Return the declared rate; None where the file says none, or a tick rate such as 90,000."""
    for rate in (stream.average_rate, stream.guessed_rate):
        if rate and 0 < rate <= 1000:
            return float(rate)
    return None


def _seconds(ticks: int | None, time_base: Any) -> float | None:
    return None if ticks is None else float(ticks * time_base)


def _container_seconds(container: Any) -> float | None:
    return _seconds(container.duration, 1 / av.time_base)
