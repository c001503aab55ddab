"""Titles of piano covers, made of pieces: no public list says what such titles name."""

from __future__ import annotations

import random
from typing import NamedTuple

from symmv_tools.training.title_pieces import (
    BODIES,
    EASTERN,
    EASTERN_BODIES,
    EASTERN_FRAMES,
    FAMILIAR,
    FRAMES,
    LONE_BODIES,
    PLAYERS,
    TAILS,
    WORKS,
)


class Titled(NamedTuple):
    """A title, and what it names."""

    title: str
    artist: str | None
    song: str


def piano_title(artist: str, song: str, rng: random.Random) -> Titled:
    """Name a piano cover of a song as some channel might."""
    if rng.random() < 0.5:
        artist, song = rng.choice(FAMILIAR).split("=")
    if rng.random() < 0.12:
        artist += rng.choice((", ", " & ", " and ", " x ", ", ")) + rng.choice(FAMILIAR).split("=")[0]
    named = rng.random() < 0.82
    frame = rng.choice(FRAMES if named else _LONE_FRAMES)
    # Who teaches a song names it first; who plays it, mostly the artist. Our impression of such channels.
    is_lesson = "utorial" in frame and rng.random() < 0.8
    body = rng.choice(_SONG_FIRST if named and is_lesson else BODIES if named else LONE_BODIES)
    return _filled(body, frame, Titled(rng.choice(TAILS), artist if named else None, song), rng)


_SONG_FIRST = [body for body in BODIES if "{a}" in body.partition("{s}")[2]]
# Who plays, dash, song: with no artist named it reads like artist, dash, song, which is far commoner.
_LONE_FRAMES = [frame for frame in FRAMES if not frame.startswith("{c}")]


def eastern_title(rng: random.Random) -> Titled:
    """Name a piano cover of a song from China, Japan or Korea."""
    artist, song = rng.choice(EASTERN).split("=")
    song = rng.choice(EASTERN).split("=")[1] if rng.random() < 0.3 else song
    body = rng.choice(EASTERN_BODIES)
    return _filled(body, rng.choice(EASTERN_FRAMES), Titled("", artist if "{a}" in body else None, song), rng)


def _filled(body: str, frame: str, titled: Titled, rng: random.Random) -> Titled:
    artist, song = titled.artist or "", titled.song
    match rng.randrange(12):
        case 0 | 1:
            artist, song = artist.upper(), song.upper()
        case 2 | 3:
            artist, song = artist.lower(), song.lower()
        case 4:
            artist = artist.upper()
    slots = {"a": artist, "s": song, "w": rng.choice(WORKS), "c": rng.choice(PLAYERS)}
    numbers = {"n": str(rng.randint(1, 9)), "y": str(rng.randint(1975, 2026))}
    return titled._replace(title=(frame.replace("{}", body) + titled.title).format(**slots, **numbers))
