"""Folders of small MIDI pieces whose names and notes are known."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from symmv_tools.io.midi import write
from symmv_tools.music.notes import Notes, make_notes


def tune(seed: int, bars: int = 10) -> Notes:
    """Quavers and held octaves in one major key that the seed picks, at 120 beats per minute."""
    rng = np.random.default_rng(seed)
    scale = np.array([0, 2, 4, 5, 7, 9, 11]) + int(rng.integers(12))
    melody = 60 + scale[rng.integers(7, size=8 * bars)]
    at = np.arange(8 * bars) / 4
    roots = 36 + scale[rng.integers(7, size=bars)]
    chords = (roots[:, None] + np.array([0, 12, 24])).ravel()
    chord_at = np.repeat(np.arange(bars) * 2.0, 3)
    pitch = np.concatenate([melody, chords])
    seconds = np.concatenate([np.full(len(at), 0.2), np.full(len(chord_at), 1.9)])
    return make_notes(np.concatenate([at, chord_at]), seconds, pitch, np.full(len(pitch), 80))


def noise(seed: int, bars: int = 10) -> Notes:
    """As many notes anywhere on the keyboard, at any time."""
    rng = np.random.default_rng(1000 + seed)
    n = 11 * bars
    onset = np.sort(rng.uniform(0, 2 * bars, n))
    return make_notes(onset, np.full(n, 0.3), rng.integers(30, 100, n), np.full(n, 80))


def write_pieces(folder: Path, pieces: Iterable[tuple[str, Notes]]) -> Path:
    """Write each piece as a MIDI file of its name, and return the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, notes in pieces:
        (folder / f"{name}.mid").write_bytes(write(notes))
    return folder
