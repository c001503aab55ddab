"""Audio files in, float samples out, through PyAV: no ffmpeg program is needed.

FFmpeg decodes; the channels are mixed here and soxr changes the sample rate, both block by block, so
that memory holds the samples asked for and little else.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import numpy as np
import soxr
from av.stream import Disposition
from numpy.typing import NDArray

from symmv_tools.errors import BadMedium
from symmv_tools.io._audio_trouble import opened_sound, refuse_if_cut, stated_seconds
from symmv_tools.io.opening import shown

GAP_SECONDS = 0.1
"""A jump of the time stamps longer than this is filled with silence; shorter ones are rounding."""

LONGEST_GAP_SECONDS = 600.0
"""A longer jump is a broken time stamp, not silence, and is not followed."""


@dataclass(frozen=True)
class AudioInfo:
    """What a file says of its audio: native rate in Hz, length in seconds (None: it does not say)."""

    sample_rate: int
    channels: int
    duration: float | None
    codec: str


def probe(path: str | Path) -> AudioInfo | None:
    """Say what audio a file holds without decoding it; None if it has no audio stream.

    Raises BadMedium `EMPTY`, `UNREADABLE` or `TRUNCATED` if the file cannot be opened as a medium.
    """
    path = Path(path)
    with opened_sound(path) as container:
        stream = _audio_of(container, path)
        if stream is None:
            return None
        context = stream.codec_context
        return AudioInfo(
            context.sample_rate or 0, context.channels or 0, stated_seconds(container, stream), context.name
        )


def read(path: str | Path, sample_rate: int, *, channels: int = 1) -> NDArray[np.float32]:
    """Decode the best audio stream of a file to `sample_rate` Hz, samples in [-1, 1].

    Returns shape (n,) for one channel, (n, 2) for two. Mono is the mean of all channels; two channels of
    a mono or surround file are its mono, twice.

    Time 0 is the first audible sample of an audio file: FFmpeg drops the encoder delay (AAC priming, the
    LAME header, Opus pre-skip) where the file declares it. In a file with a picture track, time 0 is the
    first picture instead, so that audio and video share one clock: audio that starts later is preceded by
    silence, audio that starts earlier is cut. Holes in the time stamps become silence likewise. Cover art
    is no picture track.

    Resampling is soxr's HQ, as in librosa. From 48 to 16 kHz it lets through -131 dB of a tone at 8.2 kHz
    and keeps one at 7 kHz to -134 dB in a third of the time of swresample's default, whose numbers are
    -15 dB and -27 dB. The decoder has one thread: FFmpeg's own deadlock in worker processes (PyAV issue
    1962).

    A packet that does not decode is skipped as every player does. Raises BadMedium:

    * `EMPTY` - no bytes, or no samples
    * `NO_AUDIO_STREAM` - a medium, but silent by construction
    * `UNREADABLE` - no permission, no such file, or not a medium at all
    * `TRUNCATED` - more than 1 s and 2 % of what the header promises could not be decoded. Ogg and bare
      MP3 or AAC streams promise nothing, so a cut there goes unnoticed.
    """
    if channels not in (1, 2):
        raise ValueError(f"channels must be 1 or 2; got {channels}")
    path = Path(path)
    with opened_sound(path) as container:
        stream = _audio_of(container, path)
        if stream is None:
            raise BadMedium(
                "NO_AUDIO_STREAM",
                f"{shown(path)} has no audio stream",
                "give the song an audio file of its own, or leave it without audio",
            )
        track = _Track(sample_rate, channels, _first_picture(container))
        reached = _decode(container, stream, track)
        refuse_if_cut(path, container, stream, track.decoded_seconds, reached)
        samples = track.finish()
    if not len(samples):
        raise BadMedium("EMPTY", f"{shown(path)} has an audio stream without a single sample")
    return samples[:, 0] if channels == 1 else samples


def decoded_seconds(path: str | Path) -> float:
    """Decode the best audio stream to its end, keep nothing of it, and return how long it was.

    The same walk and the same BadMedium as `read`, in the memory of one packet, so that hours of
    sound can be checked.
    """
    path, counter = Path(path), _Counter()
    with opened_sound(path) as container:
        stream = _audio_of(container, path)
        if stream is None:
            raise BadMedium("NO_AUDIO_STREAM", f"{shown(path)} has no audio stream")
        reached = _decode(container, stream, counter)
        refuse_if_cut(path, container, stream, counter.decoded_seconds, reached)
    if not counter.decoded_seconds:
        raise BadMedium("EMPTY", f"{shown(path)} has an audio stream without a single sample")
    return counter.decoded_seconds


# --- the clock ----------------------------------------------------------------------------------


class _Counter:
    """Stands where `_Track` does and only counts."""

    def __init__(self) -> None:
        self.decoded_seconds = 0.0

    def place(self, block: NDArray[np.float32], rate: int, time: float | None) -> None:
        """Count a block (n, any channels)."""
        self.decoded_seconds += len(block) / rate


class _Track:
    """Blocks of samples, laid on the song's clock, mixed and resampled as they come."""

    def __init__(self, sample_rate: int, channels: int, origin: float | None) -> None:
        self.decoded_seconds = 0.0
        self._sample_rate, self._channels = sample_rate, channels
        self._now = origin  # where the next sample belongs, in the container's seconds
        self._started = False
        self._rate = 0
        self._resampler: soxr.ResampleStream | None = None
        self._samples = np.empty((0, channels), np.float32)
        self._length = 0

    def place(self, block: NDArray[np.float32], rate: int, time: float | None) -> None:
        """Add a block (n, any channels) that belongs at `time`; None: right after the last one."""
        self.decoded_seconds += len(block) / rate
        if rate != self._rate:
            self._change_rate(rate)
        block = _mixed(block, self._channels)
        if self._now is None:
            self._now = time or 0.0
        late = 0.0 if time is None else time - self._now
        if (not self._started or late > GAP_SECONDS) and abs(late) < LONGEST_GAP_SECONDS:
            block = _shifted(block, round(late * rate))
        self._now += len(block) / rate
        self._started |= len(block) > 0
        self._append(block if self._resampler is None else self._resampler.resample_chunk(block))

    def finish(self) -> NDArray[np.float32]:
        """Return everything placed, shape (n, channels), clipped to [-1, 1]."""
        self._flush()
        self._samples.resize((self._length, self._channels), refcheck=False)
        return np.clip(self._samples, -1.0, 1.0, out=self._samples)

    def _change_rate(self, rate: int) -> None:
        self._flush()
        self._rate = rate
        same = rate == self._sample_rate
        self._resampler = (
            None
            if same
            else soxr.ResampleStream(rate, self._sample_rate, self._channels, dtype="float32", quality="HQ")
        )

    def _flush(self) -> None:
        if self._resampler is not None:
            empty = np.empty((0, self._channels), np.float32)
            self._append(self._resampler.resample_chunk(empty, last=True))
            self._resampler = None

    def _append(self, block: NDArray[np.float32]) -> None:
        end = self._length + len(block)
        if end > len(self._samples):
            # resize() reallocates in place where it can; a list to concatenate would need everything twice
            self._samples.resize((max(end, end * 5 // 4, 1 << 20), self._channels), refcheck=False)
        self._samples[self._length : end] = block.reshape(-1, self._channels)
        self._length = end


def _mixed(block: NDArray[np.float32], channels: int) -> NDArray[np.float32]:
    if block.shape[1] == channels:
        return block
    mono = block.mean(axis=1, keepdims=True, dtype=np.float32)
    return np.repeat(mono, channels, axis=1)


def _shifted(block: NDArray[np.float32], late: int) -> NDArray[np.float32]:
    if late <= 0:
        return block[-late:]
    return np.concatenate([np.zeros((late, block.shape[1]), np.float32), block])


# --- FFmpeg -------------------------------------------------------------------------------------


def _audio_of(container: Any, path: Path) -> Any:
    """Return the best audio stream, or None; UNREADABLE if there is one that nobody can decode."""
    stream = container.streams.best("audio")
    if stream is not None and stream.codec_context is not None:
        return stream
    if not container.streams.audio:
        return None
    raise BadMedium(
        "UNREADABLE",
        f"the audio of {shown(path)} is damaged or of a kind that FFmpeg cannot decode",
        "is it what its name says? fetch or copy it again, or convert it to flac",
    )


def _decode(container: Any, stream: Any, track: _Track | _Counter) -> float:
    """Put the whole stream on `track`; return how far the packets of any stream reached, in seconds."""
    stream.codec_context.thread_count = 1
    start = (container.start_time or 0) / av.time_base
    reached = 0.0
    for packet in _packets(container):
        if packet.pts is not None and packet.time_base:
            reached = max(reached, float((packet.pts + (packet.duration or 0)) * packet.time_base) - start)
        if packet.stream is stream:
            for frame in _frames(packet):
                track.place(_floats(frame), frame.sample_rate, frame.time)
    return reached


def _packets(container: Any) -> Iterator[Any]:
    packets = container.demux()
    while True:
        try:
            yield next(packets)
        except StopIteration:
            return
        except av.FFmpegError:  # the file ends in the middle of something; refuse_if_cut judges it
            return


def _frames(packet: Any) -> list[Any]:
    try:
        return list(packet.decode())
    except av.FFmpegError:
        return []


def _floats(frame: Any) -> NDArray[np.float32]:
    """Return a decoded frame as float32 (n, channels) with full scale 1."""
    samples: NDArray[Any] = frame.to_ndarray()
    samples = samples.T if frame.format.is_planar else samples.reshape(-1, frame.layout.nb_channels)
    if samples.dtype == np.uint8:
        return (samples.astype(np.float32) - 128.0) / 128.0
    if samples.dtype.kind == "i":
        full_scale = -float(np.iinfo(samples.dtype).min)
        return (samples / full_scale).astype(np.float32)
    # float files may hold NaN, and one NaN would spread through the resampler to the end of the song
    return np.nan_to_num(samples.astype(np.float32), nan=0.0, posinf=1.0, neginf=-1.0)


def _first_picture(container: Any) -> float | None:
    """Return the time of the first picture in the container's seconds; None without a picture track."""
    for stream in container.streams.video:
        if not stream.disposition & Disposition.attached_pic:
            return float((stream.start_time or 0) * stream.time_base)
    return None
