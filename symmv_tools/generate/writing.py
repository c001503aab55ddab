"""A piece as a file: MIDI, WAV, or the user's video with the music for its sound."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from symmv_tools.errors import BadCall
from symmv_tools.generate.compose import Piece
from symmv_tools.io import midi, muxing
from symmv_tools.io.atomic import written
from symmv_tools.io.midi_marks import with_marks
from symmv_tools.io.render import render, write_wav
from symmv_tools.music.keys import find_key
from symmv_tools.settings import nearest

SAMPLE_RATE = 44_100
FADE_IN_SECONDS, FADE_OUT_SECONDS = 0.02, 2.0
_MIDI, _SOUND = (".mid", ".midi"), (".wav",)
ENDINGS = (*_MIDI, *_SOUND, *muxing.FORMATS)
"""What the names of outputs may end in."""


def refuse_ending(out: Path, video: Path | None) -> None:
    """Raise BadCall if `out` is none of `ENDINGS`, or the video itself, or a video without pictures."""
    ending = out.suffix.lower()
    if ending not in ENDINGS:
        raise BadCall(
            f"{out} ends in {ending or 'nothing'}; music can be written to {', '.join(ENDINGS)}",
            nearest(ending, ENDINGS),
        )
    if ending in muxing.FORMATS and video is None:
        raise BadCall(f"{out} is to be a video, and there are no pictures", "name the video: --video FILE")
    if video is not None and out.exists() and out.samefile(video):
        raise BadCall(f"{out} is the video itself", "name another file for --out")


def write(out: Path, piece: Piece, video: Path | None = None, soundfont: str | None = None) -> None:
    """Write a piece as what the ending of `out` says, whole or not at all; errors as `refuse_ending`'s."""
    refuse_ending(out, video)
    ending = out.suffix.lower()
    with written(out) as part:
        if ending in _MIDI:
            part.write_bytes(as_midi(piece))
        elif ending in _SOUND:
            write_wav(part, as_sound(piece, soundfont), SAMPLE_RATE)
        else:
            assert video is not None
            muxing.mux(video, as_sound(piece, soundfont), SAMPLE_RATE, part, ending)


def as_midi(piece: Piece) -> bytes:
    """Return a MIDI file with a track for each part, tempo, metre, key, chords as markers, and `end`.

    The key is the one that was asked for, else the one that Krumhansl and Schmuckler's algorithm hears.
    """
    heard = None if piece.key else find_key(piece.notes, "krumhansl-kessler")
    key = piece.key or (heard.name if heard else None)
    raw = midi.write(piece.notes, tempo_bpm=piece.tempo)
    time = np.append(piece.chords["time"], piece.seconds)
    return with_marks(raw, time, [*piece.chords["value"], "end"], key=key, beats_per_bar=piece.beats_per_bar)


def as_sound(piece: Piece, soundfont: str | None = None) -> NDArray[np.float32]:
    """Return the sound (n, 2) at `SAMPLE_RATE`, exactly as long as the piece, faded in and out."""
    sound = render(piece.notes, sample_rate=SAMPLE_RATE, soundfont=soundfont)
    return faded(sound, round(piece.seconds * SAMPLE_RATE))


def faded(sound: NDArray[np.float32], length: int) -> NDArray[np.float32]:
    """Return so many samples of `sound`, with silence where it is shorter; fades take a quarter at most."""
    fitted = np.zeros((length, 2), np.float32)
    fitted[: len(sound)] = sound[:length]
    rise, fall = (min(round(s * SAMPLE_RATE), length // 4) for s in (FADE_IN_SECONDS, FADE_OUT_SECONDS))
    fitted[:rise] *= np.linspace(0.0, 1.0, rise, dtype=np.float32)[:, None]
    fitted[length - fall :] *= np.cos(np.linspace(0.0, np.pi / 2, fall, dtype=np.float32))[:, None] ** 2
    return fitted
