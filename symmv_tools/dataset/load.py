"""`symmv_tools.load`: open an export, or one of the tables beside its rows."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from symmv_tools.dataset.card import DATA
from symmv_tools.dataset.check import SPLITS
from symmv_tools.dataset.row_groups import ID, RowGroups
from symmv_tools.dataset.rows import Rows
from symmv_tools.errors import BadCall
from symmv_tools.settings import nearest
from symmv_tools.song import printable

DEFAULT = "default"
"""The config that holds the Row, as the card calls it."""


def load(
    path: str | os.PathLike[str],
    *,
    split: str | None = None,
    columns: Sequence[str] | None = None,
    media_root: str | os.PathLike[str] | None = None,
    config: str = DEFAULT,
) -> Rows:
    """Open the export in the folder `path`; nothing but footers is read until rows are asked for.

    `split` is one of train, validation and test (default: all, one after the other). `columns` names
    the columns to read, or parts of a group such as `note_midi.time`; song_id always comes along.
    `media_root` is the folder below which the media lie that rows name: their paths then lead there.
    `config` is a table beside the rows, such as `features_semantic`, `segments` or `failures`.

    Raises BadCall for an export, config, split or column that is not there.
    """
    folder = Path(path)
    files = _of_split(folder, config, files_of(folder, config), split)
    groups = RowGroups(files, None if columns is None else _checked(files, columns))
    return Rows(groups, None if media_root is None else Path(media_root))


def configs(path: str | os.PathLike[str]) -> list[str]:
    """Return the configs of an export: `default`, and every other folder of it that holds Parquet files."""
    folders = {file.parent.name for file in Path(path).glob("*/*.parquet")}
    return sorted({DEFAULT if name == DATA else name for name in folders if not name.startswith(".")})


def files_of(folder: Path, config: str = DEFAULT) -> list[Path]:
    """Return the Parquet files of a config, at least one; BadCall if there is no such export or config."""
    if not folder.is_dir():
        raise BadCall(f"there is no export at {folder}", "name a folder that `symmv export` wrote")
    known = configs(folder)
    if not known:
        raise BadCall(
            f"{folder} is no export: it has no Parquet files in its folders", "write one: symmv export OUT"
        )
    if config not in known:
        message = f"{folder} has no config {printable(config)!r}; it has {', '.join(known)}"
        raise BadCall(message, nearest(config, known))
    return sorted((folder / (DATA if config == DEFAULT else config)).glob("*.parquet"))


def _of_split(folder: Path, config: str, files: list[Path], split: str | None) -> list[Path]:
    if split is None:
        return files
    by_split = {name: [f for f in files if f.name.startswith(f"{name}-")] for name in SPLITS}
    if not by_split.get(split):
        there = ", ".join(name for name, found in by_split.items() if found) or "no splits at all"
        raise BadCall(
            f"{folder}, config {config}, has no split {printable(split)!r}; it has {there}",
            nearest(split, SPLITS),
        )
    return by_split[split]


def _checked(files: Sequence[Path], columns: Sequence[str]) -> list[str]:
    """Return the columns to read, song_id first; BadCall for one that a file lacks."""
    for path in files:
        schema: Any = pq.read_schema(path)
        for column in columns:
            name, _, part = column.partition(".")
            parts = [field.name for field in schema.field(name).type] if _is_group(schema, name) else []
            if name not in schema.names or (part and part not in parts):
                known = [f"{name}.{each}" for each in parts] if parts else schema.names
                raise BadCall(f"there is no column {printable(column)!r} in {path}", nearest(column, known))
    return list(dict.fromkeys([ID, *columns]))


def _is_group(schema: Any, name: str) -> bool:
    return name in schema.names and pa.types.is_struct(schema.field(name).type)
