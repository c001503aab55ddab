"""A world of piano covers and of what a search finds for them, rendered from MIDI songs.

Each song has one or two covers (other keys, other tempi) and five candidates: the official video (a
band, an intro, drums), a lyric video with the very same sound, a concert, a guitar cover, and a video
with the right title, more views and other music. So neither pages nor ears alone could choose.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from symmv_tools.io.render import render
from symmv_tools.music.notes import Notes
from tests.films import Pictures, film
from tests.loopback.site import Video, World

RATE = 22050
CHANNEL = "Keys of the Night"
"""The channel of the covers."""

Floats = NDArray[np.float32]

COVER_TITLES: tuple[str, ...] = (
    "{artist} - {song} (Piano Cover)",
    "{song} – {artist} | Piano Tutorial + Sheets",
    "{artist} 「{song}」 Piano Cover",
    '{artist} - "{song}" piano cover [HD]',
    "{song} by {artist} - Piano Cover by Keys of the Night",
)
OFFICIAL_TITLES: tuple[str, ...] = (
    "{artist} - {song} (Official Music Video)",
    "{artist} - {song} [Official Video]",
    "{artist}《{song}》Official MV",
)


@dataclass(frozen=True)
class Piece:
    """A song of the world: who sings what, and its notes with their tracks."""

    artist: str
    song: str
    notes: Notes


@dataclass(frozen=True)
class Covers:
    """The world, and for each cover's id the id of its official video."""

    world: World
    official: dict[str, str]


def build(pieces: Sequence[Piece], n_covers: int, folder: Path, seconds: float, seed: int = 0) -> Covers:
    """Render `seconds` of every piece as covers and candidates into `folder`; the first have two covers."""
    chance = np.random.default_rng(seed)
    world, official = World(), {}
    pieces = [replace(piece, notes=excerpt(piece.notes, seconds)) for piece in pieces]
    for number, piece in enumerate(pieces):
        other = pieces[(number + 1) % len(pieces)]
        for video in _candidates(number, piece, other, folder, chance):
            world.add(video)
        copies = 1 + (number < n_covers - len(pieces))
        for copy in range(copies):
            cover = _cover(number, copy, piece, folder, chance)
            world.add(cover)
            official[cover.id] = f"off{number:03d}"
    return Covers(world, official)


def excerpt(notes: Notes, seconds: float) -> Notes:
    """Return the first `seconds` of some notes, beginning at once."""
    notes = replace(notes, onset=notes.onset - notes.onset.min())
    return notes.take(notes.onset < seconds)


def changed(notes: Notes, semitones: int, stretch: float) -> Notes:
    """Return notes in another key and at another tempo; `stretch` above 1 is slower."""
    pitch = np.clip(notes.pitch.astype(int) + semitones, 21, 108).astype(np.uint8)
    return replace(notes, pitch=pitch, onset=notes.onset * stretch, duration=notes.duration * stretch)


def _cover(number: int, copy: int, piece: Piece, folder: Path, chance: np.random.Generator) -> Video:
    notes = changed(piece.notes, int(chance.integers(-5, 6)), float(chance.uniform(0.93, 1.08)))
    kept = notes.take(chance.random(len(notes)) > 0.1)  # nobody plays every note of the band
    sound = _mono(render(kept, sample_rate=RATE, program=copy))
    name = f"cov{number:03d}{'ab'[copy]}"
    title = COVER_TITLES[(number + copy) % len(COVER_TITLES)]
    return _video(name, title, piece, CHANNEL, sound, folder, views=5000, film_seed=None)


def _candidates(
    number: int, piece: Piece, other: Piece, folder: Path, chance: np.random.Generator
) -> list[Video]:
    band = _band(piece.notes, chance)
    intro = _band(changed(excerpt(other.notes, 5.0), 1, 1.0), chance)[: 5 * RATE]
    slow = changed(piece.notes, int(chance.integers(-2, 3)), float(chance.uniform(1.03, 1.1)))
    wrong = _band(other.notes, chance)

    def one(kind: str, title: str, channel: str, sound: Floats, views: int) -> Video:
        return _video(f"{kind}{number:03d}", title, piece, channel, sound, folder, views, film_seed=number)

    pages: list[Video] = [
        one("off", OFFICIAL_TITLES[number % 3], piece.artist, np.concatenate([intro, band]), 900_000),
        one("lyr", "{artist} - {song} (Lyrics)", "7clouds", band, 2_000_000),
        one(
            "liv", "{artist} - {song} (Live at the Stadium 2019)", piece.artist, _crowd(slow, chance), 400_000
        ),
        one("gui", "{song} - {artist} (Guitar Cover)", "Strings & Co", _guitar(piece.notes), 30_000),
        one("wro", OFFICIAL_TITLES[0], "Music Mirror", wrong, 5_000_000),
    ]
    return pages


def _band(notes: Notes, chance: np.random.Generator) -> Floats:
    """The piece by a voice-like lead, strings and a guitar, over noise drums on a raster of half seconds."""
    is_lead = np.array([track.lower().startswith("melody") for track in notes.track]) | (notes.pitch >= 72)
    parts = [(notes.take(is_lead), 52, 1.0), (notes.take(~is_lead), 48, 0.7), (notes.take(~is_lead), 27, 0.5)]
    sounds = [gain * _mono(render(part, sample_rate=RATE, program=p)) for part, p, gain in parts if len(part)]
    mixed = np.zeros(max(map(len, sounds)), np.float32)
    for sound in sounds:
        mixed[: len(sound)] += sound
    return _level(mixed) + 0.15 * _drums(len(mixed), chance)


def _drums(samples: int, chance: np.random.Generator) -> Floats:
    noise = chance.standard_normal(samples).astype(np.float32)
    since = np.arange(samples) % (RATE // 2)
    return (noise * np.exp(-since / (0.03 * RATE))).astype(np.float32)


def _crowd(notes: Notes, chance: np.random.Generator) -> Floats:
    sound = _band(notes, chance)
    return (sound + 0.05 * chance.standard_normal(len(sound))).astype(np.float32)


def _guitar(notes: Notes) -> Floats:
    return _level(_mono(render(notes, sample_rate=RATE, program=25)))


def _mono(stereo: Floats) -> Floats:
    return np.asarray(stereo.mean(axis=1), np.float32)


def _level(sound: Floats) -> Floats:
    return (0.7 * sound / max(1e-6, float(np.abs(sound).max()))).astype(np.float32)


# --- files --------------------------------------------------------------------------------------


def _video(
    name: str,
    title: str,
    piece: Piece,
    channel: str,
    sound: Floats,
    folder: Path,
    views: int,
    film_seed: int | None,
) -> Video:
    """Write the files of a video, sound alone if there is no `film_seed`, and return its page."""
    seconds = len(sound) / RATE
    audio, video = write_media(folder / f"{name}.m4a", sound), None
    if film_seed is not None:
        pictures = film(*(20,) * max(1, int(seconds / 4)), seed=film_seed)
        video = write_media(folder / f"{name}.mp4", sound, pictures)
    text = title.format(artist=piece.artist, song=piece.song)
    return Video(name, text, channel, seconds, views, audio, video)


def write_media(path: Path, sound: Floats, pictures: Pictures | None = None, fps: int = 5) -> Path:
    """Write sound as AAC, with pictures as H.264 where there are some; both end together."""
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("aac", rate=RATE, layout="mono")
        stream.bit_rate = 64_000
        picture: Any = None
        if pictures is not None:
            picture = container.add_stream("libx264", rate=fps)
            picture.height, picture.width = pictures.shape[1:3]
            picture.pix_fmt, picture.options = "yuv420p", {"preset": "ultrafast", "threads": "1"}
        for start in range(0, len(sound), 1024):
            block = np.pad(sound[start : start + 1024], (0, max(0, start + 1024 - len(sound))))
            frame = av.AudioFrame.from_ndarray(block[None], format="fltp", layout="mono")
            frame.sample_rate, frame.pts, frame.time_base = RATE, start, Fraction(1, RATE)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
        if picture is not None and pictures is not None:
            _write_pictures(container, picture, pictures, len(sound) / RATE, fps)
    return path


def _write_pictures(container: Any, stream: Any, pictures: Pictures, seconds: float, fps: int) -> None:
    count = int(seconds * fps)
    for i in range(count):
        frame = av.VideoFrame.from_ndarray(pictures[min(i, len(pictures) - 1)], format="rgb24")
        frame.pts, frame.time_base = i, Fraction(1, fps)
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))
