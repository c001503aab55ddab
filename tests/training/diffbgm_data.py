"""Small exports for the trainer of Diff-BGM: tunes of eight bars, with videos that say little."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import numpy as np

from symmv_tools.dataset.constants import Constants, write_constants
from symmv_tools.dataset.siblings import Siblings
from tests.exports import Row, labels, write_export
from tests.training.musprod_data import one_song

SEEN = ("semantic", "text", "shot")
WIDTHS = {"visual": 8, "text": 6, "shot": 1}


def export(
    folder: Path, train: int, validation: int = 0, seen: Collection[str] = SEEN, bars: int = 8
) -> Path:
    """Write so many songs, each with the features named; eight bars of them are one segment."""
    splits = ["train"] * train + ["validation"] * validation
    rows = [_filmed(one_song(number, split, bars), seen) for number, split in enumerate(splits)]
    write_export(folder, rows)
    write_constants(folder, Constants((0.0, 2.0)))
    with Siblings(folder, hop_bars=8) as tables:
        for number, row in enumerate(rows):
            rng = np.random.default_rng(number)
            widths = {"semantic": WIDTHS["visual"], "text": WIDTHS["text"]}
            values = {
                name: rng.standard_normal((32, width)) for name, width in widths.items() if name in seen
            }
            tables.add(
                row, {f"features_{n}": {"start": 0.0, "rate": 2.0, "value": v} for n, v in values.items()}
            )
    return folder


def _filmed(row: Row, seen: Collection[str]) -> Row:
    """The song with a shot every three seconds."""
    shots = labels(*((3.0, "cut") for _ in range(10)))
    return {**row, "shot": shots} if "shot" in seen else row
