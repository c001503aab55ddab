"""Small exports made by hand: rows whose every annotation is known, and folders of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from symmv_tools.dataset.parquet import write_rows
from symmv_tools.dataset.recipes import Recipe, write_recipes

Row = dict[str, Any]


def labels(*parts: tuple[float, str]) -> Row:
    """A group of labels, one after the other, each with its seconds."""
    duration = np.array([seconds for seconds, _ in parts])
    return {
        "time": np.cumsum(duration) - duration,
        "duration": duration,
        "value": [label for _, label in parts],
        "confidence": np.ones(len(parts), np.float32),
    }


def notes(count: int, melody: int = 1) -> Row:
    """`count` notes, two per second; every `melody`-th is melody."""
    at = np.arange(count)
    return {
        "time": at / 2,
        "duration": np.full(count, 0.4),
        "value": (60 + at % 12).astype(np.uint8),
        "velocity": np.full(count, 80, np.uint8),
        "track": ["accompaniment" if i % melody else "melody" for i in range(count)],
    }


def beats(count: int, seconds: float = 0.5) -> Row:
    """`count` beats in bars of four."""
    at = np.arange(count)
    return {
        "time": at * seconds,
        "value": (at % 4 + 1).astype(np.uint8),
        "confidence": np.ones(count, np.float32),
    }


def song(song_id: str, **changes: Any) -> Row:
    """A song of 32 s with everything that is scored; `changes` replace columns."""
    return {
        "song_id": song_id,
        "split": "train",
        "duration": 32.0,
        "note_midi": notes(64),
        "chord": labels((16.0, "C:maj"), (16.0, "A:min7")),
        "key_mode": labels((32.0, "C:major")),
        "beat": beats(64),
        "tempo_global": 120.0,
    } | changes


def recipe(stage: str, *columns: str, variant: str = "", digest: str = "", **changes: Any) -> Recipe:
    """A recipe whose digest is its key, unless another is given."""
    key = f"{stage}@{variant}" if variant else stage
    values: dict[str, Any] = {"reads": (), "settings": {}, "checkpoints": {}, "songs": 1} | changes
    return Recipe(stage, variant, "1.0.0", columns, digest=digest or key, **values)


def made(fingerprint: str, *stages: str) -> list[Mapping[str, str | None]]:
    """Provenance that names these stages or variants, each with its name in the fingerprint."""
    entries: list[Mapping[str, str | None]] = []
    for key in stages:
        stage, _, variant = key.partition("@")
        entry = {
            "stage": stage,
            "variant": variant or None,
            "version": "1.0.0",
            "model": None,
            "revision": None,
        }
        entries.append({**entry, "fingerprint": f"{key} {fingerprint}", "run_at": "2026-11-21"})
    return entries


def write_export(
    folder: Path, rows: Sequence[Row], recipes: Sequence[Recipe] = (), rows_per_group: int = 1000
) -> Path:
    """Write an export without a card, and return its folder."""
    write_rows(folder / "data", rows, rows_per_group=rows_per_group)
    if recipes:
        write_recipes(folder, recipes)
    return folder
