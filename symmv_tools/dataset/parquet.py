"""Rows to Parquet: streamed, checked, cut into row groups and files; equal rows give equal bytes."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from symmv_tools import row as row_module
from symmv_tools.dataset.check import SPLITS, BadRow, check_row
from symmv_tools.dataset.hub import with_features
from symmv_tools.errors import BadCall
from symmv_tools.song import printable

KEYS = ("song_id", "pair_id", "group_id", "split", "schema_version")
"""Columns that every export of rows has, whichever others one wants."""


def write_rows(
    folder: Path, rows: Iterable[Mapping[str, Any]], columns: Collection[str] = (), **limits: int
) -> list[Path]:
    """Write `rows` to `folder` as a `Table` of the Row's schema; return the files in reading order.

    `columns` are those to write beside `KEYS`; none named means all. Raises BadRow (see `check_row`) for a
    row that breaks the schema, and BadCall if `folder` already holds Parquet files.
    """
    schema = row_module.schema()
    wanted = [field for field in schema if not columns or field.name in (*KEYS, *columns)]
    with Table(folder, pa.schema(wanted), **limits) as table:
        for row in rows:
            check_row(row)
            table.add(row)
    return table.files


class Table:
    """One table of an export, written row by row to `{split}-00000-of-000NN.parquet` in a folder.

    A row maps names of columns to values (groups as `row.value_at` gives them); a missing column is
    null, `song_id` and `split` must be there. Rows keep their order within their split, and splits may
    come mixed. A row group ends after `rows_per_group` rows, or before it would pass `group_bytes` in
    memory; a single larger row is a group of its own. At most one group per split is held in memory.
    NN is known only at the end: until then the files are called `.part-…`, and an error inside the
    `with` leaves none of them. `replacing` swaps in a whole export at once.
    """

    def __init__(
        self,
        folder: Path,
        schema: pa.Schema,
        *,
        rows_per_group: int = 1000,
        group_bytes: int = 64 << 20,
        rows_per_file: int = 15000,
    ) -> None:
        """Raise BadCall if `folder` already holds Parquet files; make it if it is not there."""
        folder.mkdir(parents=True, exist_ok=True)
        if old := sorted(folder.glob("*.parquet")):
            raise BadCall(f"{folder} already holds {old[0].name}", "write into a new or empty folder")
        limits = (rows_per_group, group_bytes, rows_per_file)
        self._writers = {s: _SplitWriter(folder, s, with_features(schema), *limits) for s in SPLITS}
        self.files: list[Path] = []

    def __enter__(self) -> Self:
        return self

    def add(self, row: Mapping[str, Any]) -> None:
        """Write a row; BadRow if a value is none of its column's type."""
        self._writers[row["split"]].add(row)

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        try:
            if kind is None:
                for writer in self._writers.values():
                    writer.close()
        except BaseException:
            self._discard()
            raise
        if kind is None:
            self.files = [path for writer in self._writers.values() for path in writer.publish()]
        else:
            self._discard()

    def _discard(self) -> None:
        for writer in self._writers.values():
            writer.discard()


def open_writer(path: Path, schema: pa.Schema) -> pq.ParquetWriter:
    """Open a Parquet file with the settings that every file of an export has."""
    return pq.ParquetWriter(path, schema, compression="zstd", write_page_index=True)


def sync(path: Path) -> None:
    """Return once `path`, a file or a folder, is on the disk and not only in its cache."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class _SplitWriter:
    """The files of one split: collects rows until a group is full, and groups until a file is."""

    def __init__(
        self,
        folder: Path,
        split: str,
        schema: pa.Schema,
        rows_per_group: int,
        group_bytes: int,
        rows_per_file: int,
    ) -> None:
        self._folder, self._split, self._schema = folder, split, schema
        self._rows_per_group, self._group_bytes = rows_per_group, group_bytes
        self._rows_per_file = rows_per_file
        self._parts: list[Path] = []
        self._writer: pq.ParquetWriter | None = None
        self._rows_in_file = 0
        self._pending: list[Mapping[str, Any]] = []
        self._pending_bytes = 0

    def add(self, row: Mapping[str, Any]) -> None:
        size = _size(row)
        if self._pending and self._pending_bytes + size > self._group_bytes:
            self._write_group()
        self._pending.append(row)
        self._pending_bytes += size
        is_full_file = self._rows_in_file + len(self._pending) >= self._rows_per_file
        if is_full_file or len(self._pending) >= self._rows_per_group:
            self._write_group()
        if is_full_file:
            self._close_file()

    def _write_group(self) -> None:
        if self._writer is None:
            part = self._folder / f".part-{self._split}-{len(self._parts):05d}"
            self._parts.append(part)
            self._writer = open_writer(part, self._schema)
        self._writer.write_table(_table(self._pending, self._schema), row_group_size=len(self._pending))
        self._rows_in_file += len(self._pending)
        self._pending, self._pending_bytes = [], 0

    def _close_file(self) -> None:
        if self._writer is not None:
            self._writer.close()
            sync(self._parts[-1])
        self._writer, self._rows_in_file = None, 0

    def close(self) -> None:
        """Write what is left; the files are whole then, but not yet under their names."""
        if self._pending:
            self._write_group()
        self._close_file()

    def publish(self) -> list[Path]:
        """Give the files their names."""
        count = len(self._parts)
        paths = [self._folder / f"{self._split}-{i:05d}-of-{count:05d}.parquet" for i in range(count)]
        for part, path in zip(self._parts, paths, strict=True):
            part.rename(path)
        return paths

    def discard(self) -> None:
        """Delete what was written, and never mask the error that made us stop."""
        if self._writer is not None:
            with suppress(OSError, pa.ArrowException):
                self._writer.close()
        for part in self._parts:
            part.unlink(missing_ok=True)


def _table(rows: list[Mapping[str, Any]], schema: pa.Schema) -> pa.Table:
    return pa.table([_column(rows, field) for field in schema], schema=schema)


def _column(rows: list[Mapping[str, Any]], field: pa.Field[Any]) -> pa.Array[Any]:
    try:
        column: pa.Array[Any] = pa.array([_cell(row.get(field.name)) for row in rows], field.type)
        return column
    except (pa.ArrowException, TypeError, ValueError, OverflowError) as why:
        raise _misfit(rows, field, why) from why


def _cell(value: Any) -> Any:
    """Return `value` as Arrow takes it, which knows arrays of one dimension only."""
    return list(value) if isinstance(value, np.ndarray) and value.ndim == 2 else value


def _misfit(rows: list[Mapping[str, Any]], field: pa.Field[Any], why: Exception) -> BadRow:
    """Find the row whose value Arrow did not take: it says what, but not where."""
    for row in rows:
        try:
            pa.array([_cell(row.get(field.name))], field.type)
        except (pa.ArrowException, TypeError, ValueError, OverflowError) as own:
            return BadRow(f"song {printable(row['song_id'])!r}, column {field.name}: not {field.type}: {own}")
    return BadRow(f"column {field.name}: not {field.type}: {why}")


def _size(value: Any) -> int:
    """Roughly how many bytes `value` takes as Arrow: exact for what is large, a guess for the rest."""
    if isinstance(value, np.ndarray):
        return int(value.nbytes)
    if isinstance(value, str | bytes):
        return len(value) + 4
    if isinstance(value, Mapping):
        return sum(map(_size, value.values()))
    if isinstance(value, list | tuple):
        return sum(map(_size, value)) + 4
    return 8
