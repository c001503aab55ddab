"""Recordings of songs as the web would have them: on a piano, on other instruments, with drums or a voice."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import soxr
from numpy.typing import NDArray

from symmv_tools.io import audio
from symmv_tools.io.render import render
from symmv_tools.music.notes import Notes
from symmv_tools.music.sound_features import SAMPLE_RATE
from tests.sounds import Samples, drums, in_a_room, singing, speech

SECONDS = 25.0
PIANOS = (0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7)
"""General MIDI: grand pianos first, then electric ones, harpsichord and clavinet."""
OTHERS = tuple(range(8, 104))
"""General MIDI: from celesta to the effects, without sitars and drums."""
KINDS = ("piano", "piano", "piano", "other", "ensemble", "drums", "song", "talk", "talk over piano")
CODECS = (
    ("mp3", "libmp3lame", 44100, 64_000), ("mp3", "libmp3lame", 22050, 32_000),
    ("opus", "libopus", 48000, 32_000), ("m4a", "aac", 44100, 48_000),
)  # fmt: skip
"""Ending, encoder, sample rate and bits per second of what sites serve at their worst."""


def recordings(notes: Notes, rng: np.random.Generator, count: int) -> Iterator[tuple[str, Samples]]:
    """Yield `count` different kinds of recording, each of another 25 s of the song, mono."""
    for kind in rng.permutation(KINDS)[:count].tolist():
        begin = rng.uniform(5, max(6, notes.end - SECONDS - 5))
        inside = notes.take((notes.onset >= begin) & (notes.onset < begin + SECONDS - 1))
        if len(inside) >= 10:
            yield kind, recorded(kind, replace(inside, onset=inside.onset - begin), rng)


def recorded(kind: str, notes: Notes, rng: np.random.Generator) -> Samples:
    """One recording of `notes` of a kind; half of them have been through a lossy codec."""
    if rng.random() < 0.5:  # a foot on the pedal
        notes = replace(notes, duration=notes.duration * rng.uniform(1, 3))
    heard = in_a_room(_mixture(kind, notes, rng), SAMPLE_RATE, rng)
    if rng.random() < 0.5:
        ending, codec, rate, bits = CODECS[rng.integers(len(CODECS))]
        heard = through_codec(heard, ending, codec, rate, bits)
    return heard


def _mixture(kind: str, notes: Notes, rng: np.random.Generator) -> Samples:
    melody = notes.take(np.array([name.lower() == "melody" for name in notes.track], bool))
    piano = played(notes, int(rng.choice(PIANOS)))
    if kind == "piano":
        return piano
    if kind == "other":
        return played(notes, int(rng.choice(OTHERS)))
    if kind == "ensemble":
        return _over(played(melody, int(rng.choice(OTHERS))), piano, rng.uniform(-6, 6))
    if kind == "drums":
        return _over(drums(SECONDS, SAMPLE_RATE, rng.uniform(70, 140), rng), piano, rng.uniform(-9, 6))
    if kind == "song":
        sung = (melody.onset.tolist(), melody.duration.tolist(), melody.pitch.tolist())
        return _over(singing(*sung, SECONDS, SAMPLE_RATE, rng), piano, rng.uniform(-6, 9))
    talk = speech(SECONDS, SAMPLE_RATE, rng)
    return talk if kind == "talk" else _over(talk, piano, rng.uniform(12, 25))


def played(notes: Notes, program: int, seconds: float = SECONDS, rate: int = SAMPLE_RATE) -> Samples:
    """The notes on a General MIDI instrument, mono, cut or filled up to `seconds`."""
    sound = render(notes, sample_rate=rate, program=program).mean(axis=1)[: int(seconds * rate)]
    return np.pad(np.asarray(sound, np.float64), (0, int(seconds * rate) - len(sound)))


def _over(front: Samples, back: Samples, lead_db: float) -> Samples:
    """Both together, the first louder than the second by `lead_db`."""
    levels = [max(1e-6, float(np.sqrt(np.mean(part**2)))) for part in (front, back)]
    mixed: Samples = 10 ** (lead_db / 20) * front / levels[0] + back / levels[1]
    return mixed


def through_codec(samples: Samples, ending: str, codec: str, rate: int, bits: int) -> Samples:
    """The samples (mono, `SAMPLE_RATE`) encoded at `bits` per second and decoded again."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"sound.{ending}"
        _encode(path, soxr.resample(samples, SAMPLE_RATE, rate).astype(np.float32), codec, rate, bits)
        return audio.read(path, SAMPLE_RATE).astype(np.float64)


def _encode(path: Path, samples: NDArray[np.float32], codec: str, rate: int, bits: int) -> None:
    with av.open(str(path), "w") as out:
        stream = out.add_stream(codec, rate=rate, layout="mono")
        assert isinstance(stream, av.AudioStream)
        stream.bit_rate = bits
        for begin in range(0, len(samples), 1152):
            block = samples[None, begin : begin + 1152]
            frame = av.AudioFrame.from_ndarray(block, format="flt", layout="mono")
            frame.sample_rate, frame.pts, frame.time_base = rate, begin, Fraction(1, rate)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
