"""The tables beside the Row that hold what is too wide for it: features over time, and segments.

Each is a folder of the export and a config of its own for Hugging Face; the join key is `song_id`. A table
is begun with its first row, so that an export has none that is empty.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

import pyarrow as pa

from symmv_tools import row
from symmv_tools.dataset.parquet import Table
from symmv_tools.dataset.segments import PER_BEAT, SEGMENT, segments

FEATURES = tuple(f"features_{name}" for name in ("semantic", "text", "colour", "motion", "music"))
"""The columns of the stages' tables that become tables of an export, each under its own name."""

SEGMENTS = "segments"

_KEYS = ("song_id", "pair_id", "split")
_SCHEMA = pa.schema([*(pa.field(key, pa.string()) for key in _KEYS), *row.FEATURES.fields])
_GROUP_BYTES = 8 << 20  # small row groups: a training set is read in random order


class Siblings:
    """Writes the sibling tables of an export into `folder`, one song after the other."""

    def __init__(self, folder: Path, hop_bars: int) -> None:
        self._folder, self._hop_bars = folder, hop_bars
        self._tables: dict[str, Table] = {}
        self._open = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *why: Any) -> None:
        self._open.__exit__(*why)

    @property
    def names(self) -> list[str]:
        """The tables there are."""
        return sorted(self._tables)

    def add(self, song: Mapping[str, Any], features: Mapping[str, Mapping[str, Any]]) -> None:
        """Write the features of a song, by their names in `FEATURES`, and its segments."""
        keys = {key: song.get(key) for key in _KEYS}
        for name, value in features.items():
            self._table(name, _SCHEMA).add(keys | dict(value))
        seen = {
            name: features[f"features_{name}"]
            for name in PER_BEAT
            if f"features_{name}" in features and len(features[f"features_{name}"]["value"])
        }
        for segment in segments(song, seen, self._hop_bars):
            self._table(SEGMENTS, SEGMENT).add(segment)

    def _table(self, name: str, schema: pa.Schema) -> Table:
        if name not in self._tables:
            table = Table(self._folder / name, schema, group_bytes=_GROUP_BYTES)
            self._tables[name] = self._open.enter_context(table)
        return self._tables[name]
