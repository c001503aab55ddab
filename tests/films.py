"""Tiny films, made through PyAV where a test needs one."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.stream import Disposition
from numpy.typing import NDArray

Pictures = NDArray[np.uint8]


def scene(seed: int, frames: int, height: int = 36, width: int = 64) -> Pictures:
    """A still of coarse coloured noise that wobbles in brightness, RGB (frames, height, width, 3)."""
    generator = np.random.default_rng(seed)
    tiles = generator.integers(30, 220, (-(-height // 6), -(-width // 8), 3))
    picture = np.kron(tiles, np.ones((6, 8, 1), int))[:height, :width]
    wobble = generator.integers(-3, 4, (frames, 1, 1, 1))
    moving: Pictures = np.clip(picture + wobble, 0, 255).astype(np.uint8)
    return moving


def film(*lengths: int, seed: int = 0) -> Pictures:
    """Scenes of these lengths in frames, one after the other: hard cuts between them."""
    return np.concatenate([scene(seed + i, length) for i, length in enumerate(lengths)])


def write_film(
    path: Path,
    pictures: Pictures,
    *,
    fps: int = 25,
    pts: Sequence[int] | None = None,
    time_base: Fraction = Fraction(1, 1000),
    codec: str = "libx264",
    shape: Fraction | None = None,
    rotation: float = 0.0,
    seconds_of_audio: float = 0.0,
    options: dict[str, str] | None = None,
) -> Path:
    """Write a film; `pts` (in `time_base`) replaces the even times of `fps`."""
    with av.open(str(path), "w", options=options or {}) as container:
        stream: Any = container.add_stream(codec, rate=fps)
        stream.height, stream.width = pictures.shape[1:3]
        stream.pix_fmt = "yuv420p"
        if codec == "libx264":
            stream.options = {"crf": "10", "g": "12", "threads": "1"}
        if shape is not None:
            stream.codec_context.sample_aspect_ratio = shape
        if pts is not None:
            stream.codec_context.time_base = time_base
        if rotation:
            stream.set_display_rotation(rotation)
        sound: Any = container.add_stream("aac", rate=44100, layout="mono") if seconds_of_audio else None
        for i, picture in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts = i if pts is None else pts[i]
            frame.time_base = Fraction(1, fps) if pts is None else time_base
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
        if sound is not None:
            _write_tone(container, sound, seconds_of_audio)
    return path


def write_tone(path: Path, seconds: float = 0.5, cover: Pictures | None = None) -> Path:
    """Write a file that has audio only, with or without cover art."""
    with av.open(str(path), "w") as container:
        sound = container.add_stream("aac", rate=44100, layout="mono")
        if cover is not None:
            art: Any = container.add_stream("mjpeg", rate=1)
            art.height, art.width = cover.shape[:2]
            art.pix_fmt = "yuvj420p"
            art.disposition = Disposition.attached_pic
            container.mux(art.encode(av.VideoFrame.from_ndarray(cover, format="rgb24")))
            container.mux(art.encode(None))
        _write_tone(container, sound, seconds)
    return path


def _write_tone(container: Any, stream: Any, seconds: float) -> None:
    wave = 0.3 * np.sin(np.arange(int(44100 * seconds)) / 16.0, dtype=np.float32)
    frame = av.AudioFrame.from_ndarray(wave[None], format="fltp", layout="mono")
    frame.sample_rate = 44100
    frame.pts = 0
    frame.time_base = Fraction(1, 44100)
    container.mux(stream.encode(frame))
    container.mux(stream.encode(None))
