"""Small audio and MIDI files made on the spot for the tests; films.py makes the videos."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from symmv_tools.io import midi
from symmv_tools.music.notes import make_notes


def tone(seconds: float, sample_rate: int) -> NDArray[np.float64]:
    """A C major arpeggio of decaying sines, mono, float64."""
    t = np.arange(int(seconds * sample_rate)) / sample_rate
    steps = [261.6, 329.6, 392.0, 523.3]
    pitch = np.array([steps[int(x / 0.5) % 4] for x in t])
    return 0.4 * np.sin(2 * np.pi * pitch * t) * np.exp(-3 * (t % 0.5))


def write_audio(
    path: Path, samples: NDArray[np.float64], codec: str = "pcm_s16le", sample_rate: int = 22050
) -> None:
    """Write mono samples with the codec that the file's ending wants."""
    layout = "s16" if codec.startswith("pcm") else "fltp"
    with av.open(str(path), "w") as out:
        stream = out.add_stream(codec, rate=sample_rate, layout="mono")
        assert isinstance(stream, av.AudioStream)
        size = 1024
        for start in range(0, len(samples), size):
            block = samples[start : start + size]
            data: NDArray[np.int16] | NDArray[np.float32]
            if layout == "s16":
                data = (block * 32767).astype(np.int16)
            else:
                data = np.pad(block, (0, size - len(block))).astype(np.float32)
            frame = av.AudioFrame.from_ndarray(data[None], format=layout, layout="mono")
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
