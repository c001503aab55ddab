"""The tables of features beside an export's rows, as trainings and evaluations read them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from symmv_tools.dataset.load import configs, load
from symmv_tools.dataset.rows import Rows
from symmv_tools.errors import BadCall

COLUMNS = ("start", "rate", "value")
"""What there is of a song's features."""


def open_features(export: Path, name: str, hint: str) -> Rows:
    """Open `features_{name}`; BadCall, with `hint`, if the export has none."""
    config = f"features_{name}"
    if config not in configs(export):
        raise BadCall(f"{export} has no {config}", hint)
    return load(export, config=config, columns=COLUMNS)


def row_of(features: Rows, song_id: str) -> Mapping[str, Any] | None:
    """Return the features of a song, or None if the table has none or they are empty."""
    numbers = features.find(song_id)
    row = features[numbers[0]] if numbers else None
    return row if row is not None and len(row["value"]) else None


def end_of(features: Mapping[str, Any]) -> float:
    """Return the second at which features end."""
    return float(features["start"] + len(features["value"]) / features["rate"])
