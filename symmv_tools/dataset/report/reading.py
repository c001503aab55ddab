"""The tables of an export, streamed: some columns of some rows at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from symmv_tools.dataset.card import DATA
from symmv_tools.errors import BadCall

_ROWS = 512  # of a thousand notes: some 20 MB as Arrow


def data_files(folder: Path) -> list[Path]:
    """Return the Parquet files of the Row in reading order; BadCall if `folder` is no export."""
    if not folder.is_dir():
        raise BadCall(f"there is no export at {folder}", "name a folder that `symmv export` wrote")
    if not (found := sorted((folder / DATA).glob("*.parquet"))) and not (folder / DATA).is_dir():
        raise BadCall(f"{folder} is no export: it has no folder {DATA}/", "write one: symmv export OUT")
    return found


def sibling_files(folder: Path, name: str) -> list[Path]:
    """Return the Parquet files of a table beside the Row; none if the export has not got it."""
    return sorted((folder / name).glob("*.parquet"))


def batches(files: Sequence[Path], columns: Sequence[str], rows: int = _ROWS) -> Iterator[pa.RecordBatch]:
    """Yield the named columns of all rows; `chord.value` asks for one list of a group.

    A column that a file lacks is left out of its batches. Raises BadCall for what is not Parquet.
    """
    for path in files:
        with opened(path) as file:
            there = set(file.schema_arrow.names)
            wanted = [column for column in columns if column.partition(".")[0] in there]
            yield from file.iter_batches(batch_size=rows, columns=wanted)


def opened(path: Path) -> pq.ParquetFile:
    """Open a Parquet file; BadCall if it is none."""
    try:
        return pq.ParquetFile(path)
    except (OSError, pa.ArrowException) as why:
        raise BadCall(f"{path} cannot be read as Parquet: {why}", "export again") from why
