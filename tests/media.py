"""Small media files made on the spot, good and bad, for the tests."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from symmv_tools.io import midi
from symmv_tools.music.notes import make_notes

FPS = 24


def write_video(
    path: Path, n_frames: int, *, times: list[float] | None = None, sound: bool = False, pictures: bool = True
) -> None:
    """Write a video of two colour scenes, the second from the middle on; `times` are presentation times."""
    times = times or [i / FPS for i in range(n_frames)]
    with av.open(str(path), "w") as out:
        picture = (
            out.add_stream("mpeg4", rate=FPS, width=64, height=48, pix_fmt="yuv420p") if pictures else None
        )
        voice = out.add_stream("aac", rate=22050, layout="mono") if sound else None
        if picture is not None:
            picture.codec_context.time_base = Fraction(1, 1000)
            for i, time in enumerate(times):
                frame = av.VideoFrame.from_ndarray(_picture(i, second=i >= n_frames // 2), format="rgb24")
                frame.pts, frame.time_base = round(time * 1000), Fraction(1, 1000)
                out.mux(picture.encode(frame))
            out.mux(picture.encode())
        if voice is not None:
            _sing(out, voice, tone(max(2.0, n_frames / FPS), 22050))


def _picture(index: int, *, second: bool) -> np.ndarray:
    grain = np.random.default_rng(index).integers(0, 30, (48, 64, 3), dtype=np.uint8)
    colour = np.array([20, 20, 180] if second else [200, 120, 20], np.uint8)
    return grain + colour


def _sing(out: av.container.OutputContainer, stream: av.AudioStream, samples: np.ndarray) -> None:
    for start in range(0, len(samples), 1024):
        block = np.pad(samples[start : start + 1024], (0, max(0, 1024 - len(samples) + start)))
        frame = av.AudioFrame.from_ndarray(block[None].astype(np.float32), format="fltp", layout="mono")
        frame.sample_rate, frame.pts = 22050, start
        out.mux(stream.encode(frame))
    out.mux(stream.encode())


def tone(seconds: float, sample_rate: int) -> np.ndarray:
    """A C major arpeggio of decaying sines, mono, float64."""
    t = np.arange(int(seconds * sample_rate)) / sample_rate
    steps = [261.6, 329.6, 392.0, 523.3]
    pitch = np.array([steps[int(x / 0.5) % 4] for x in t])
    return 0.4 * np.sin(2 * np.pi * pitch * t) * np.exp(-3 * (t % 0.5))


def write_audio(path: Path, samples: np.ndarray, codec: str = "pcm_s16le", sample_rate: int = 22050) -> None:
    """Write mono samples with the codec that the file's ending wants."""
    layout = "s16" if codec.startswith("pcm") else "fltp"
    with av.open(str(path), "w") as out:
        stream = out.add_stream(codec, rate=sample_rate, layout="mono")
        size = 1024
        for start in range(0, len(samples), size):
            block = samples[start : start + size]
            if layout == "s16":
                data = (block * 32767).astype(np.int16)[None]
            else:
                data = np.pad(block, (0, size - len(block))).astype(np.float32)[None]
            frame = av.AudioFrame.from_ndarray(data, format=layout, layout="mono")
            frame.sample_rate, frame.pts = sample_rate, start
            out.mux(stream.encode(frame))
        out.mux(stream.encode())


def write_song(path: Path, bars: int = 8, *, tempo_bpm: float = 120.0, notes: int | None = None) -> None:
    """Write a MIDI song of I-vi-IV-V with a melody above; `notes` keeps only the first so many."""
    beat = 60 / tempo_bpm
    chords = [(48, 52, 55), (45, 48, 52), (41, 45, 48), (43, 47, 50)]
    onset, pitch = [], []
    for bar in range(bars):
        for step in range(4):
            when = (bar * 4 + step) * beat
            chord = chords[bar % 4]
            onset += [when, when]
            pitch += [chord[0] - 12 if step == 0 else chord[step % 3], chord[(step + 1) % 3] + 24]
    onset, pitch = onset[:notes], pitch[:notes]
    song = make_notes(onset, [beat * 0.9] * len(onset), pitch, [80] * len(onset))
    path.write_bytes(midi.write(song))
