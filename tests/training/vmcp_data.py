"""Small exports of pairs with a factor that both sides share, for the trainer of the video-music CLIP."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from symmv_tools.dataset.constants import Constants, write_constants
from symmv_tools.dataset.siblings import Siblings
from tests.exports import Row, song, write_export

VIDEO, MUSIC = 6, 5
SECONDS = 24


def pairs(
    folder: Path, train: int, validation: int = 0, test: int = 0, *, shared: bool = True, seed: int = 0
) -> Path:
    """Write so many songs. Of `shared` pairs two numbers of either side tell of the same song."""
    splits = ["train"] * train + ["validation"] * validation + ["test"] * test
    rows = [song(f"pair:{i:03d}", split=split, duration=float(SECONDS)) for i, split in enumerate(splits)]
    write_export(folder, rows)
    write_constants(folder, Constants((0.0, 2.0)))
    with Siblings(folder, hop_bars=8) as tables:
        for i, row in enumerate(rows):
            tables.add({**row, "beat": None}, features(np.random.default_rng([seed, i]), shared))
    return folder


def features(rng: np.random.Generator, shared: bool) -> dict[str, Row]:
    """What is seen twice a second, and what is heard every three seconds."""
    factor = rng.normal(size=(2, 2))
    seen, heard = rng.normal(size=(2 * SECONDS, VIDEO)), rng.normal(size=(SECONDS // 3, MUSIC))
    seen[:, :2] = factor[0] + 0.1 * seen[:, :2]
    heard[:, :2] = factor[0 if shared else 1] @ np.array([[0.0, 1.0], [-1.0, 0.0]]) + 0.1 * heard[:, :2]
    return {
        "features_semantic": {"start": 0.0, "rate": 2.0, "value": seen},
        "features_music": {"start": 0.0, "rate": 1 / 3, "value": heard},
    }
