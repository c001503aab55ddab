"""Small exports for the trainers of V-MusProd: tunes over chords, with videos that have little to show."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import numpy as np

from symmv_tools.dataset.constants import Constants, write_constants
from symmv_tools.dataset.siblings import Siblings
from tests.exports import Row, beats, labels, song, write_export
from tests.songs import tune

SEEN = ("semantic", "colour", "motion")
_ROOTS = ("C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B")
WIDTHS = {"semantic": 8, "colour": 6, "motion": 1}


def one_song(number: int, split: str = "train", bars: int = 8) -> Row:
    """A tune of its own, 2 s to the bar."""
    notes = tune(np.random.default_rng(number), bars=bars)
    group = {
        "time": notes.onset,
        "duration": notes.duration,
        "value": notes.pitch,
        "velocity": notes.velocity,
        "track": list(notes.track),
    }
    roots = [int(notes.pitch[notes.onset == 2.0 * bar].min()) % 12 for bar in range(bars)]
    chords = labels(*((2.0, f"{_ROOTS[root]}:maj") for root in roots))
    return song(f"tune:{number:02d}", split=split, note_midi=group, chord=chords, beat=beats(4 * bars + 1))


def export(folder: Path, train: int, validation: int = 0, seen: Collection[str] = SEEN) -> Path:
    """Write so many songs, each with the features named."""
    splits = ["train"] * train + ["validation"] * validation
    rows = [one_song(number, split) for number, split in enumerate(splits)]
    write_export(folder, rows)
    write_constants(folder, Constants((0.0, 2.0)))
    with Siblings(folder, hop_bars=8) as tables:
        for number, row in enumerate(rows):
            rng = np.random.default_rng(number)
            values = {name: rng.random((32, WIDTHS[name])) for name in seen}
            features = {f"features_{n}": {"start": 0.0, "rate": 2.0, "value": v} for n, v in values.items()}
            tables.add({**row, "beat": None}, features)
    return folder
