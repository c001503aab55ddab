"""Two exports side by side: songs matched by song_id, read row group by row group."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from symmv_tools.dataset.card import DATA
from symmv_tools.dataset.recipes import Recipe, read_recipes
from symmv_tools.errors import BadCall
from symmv_tools.row import value_at
from symmv_tools.song import printable

_ALWAYS = ("song_id", "provenance")


class _Place(NamedTuple):
    """Where a song's row lies: the file's number, the row group in it, the row in that."""

    file: int
    group: int
    row: int


class Export:
    """An export opened for reading: an index of its songs, and the row group that was read last."""

    def __init__(self, folder: Path, columns: Sequence[str]) -> None:
        self.folder = folder
        self.name = folder.absolute().name
        self._files = [_opened(path) for path in _data_files(folder)]
        self.columns = [
            column for column in columns if all(column in f.schema_arrow.names for f in self._files)
        ]
        self.recipes: tuple[Recipe, ...] = read_recipes(folder)
        self.places = self._index()
        self._group = lru_cache(maxsize=1)(self._read_group)

    def groups(self) -> Iterator[list[str]]:
        """Yield the song_ids of each row group, in the order of the files."""
        at, group = None, list[str]()
        for song_id, place in self.places.items():
            if place[:2] != at and group:
                yield group
                group = []
            at = place[:2]
            group.append(song_id)
        if group:
            yield group

    def row(self, song_id: str) -> dict[str, Any]:
        """Return one song's provenance and asked columns; a column that the export lacks is None."""
        place = self.places[song_id]
        table = self._group(place.file, place.group)
        return {name: value_at(table[name], place.row) for name in table.column_names}

    def _read_group(self, file: int, group: int) -> pa.Table:
        parquet = self._files[file]
        names = [n for n in (*_ALWAYS, *self.columns) if n in parquet.schema_arrow.names]
        return parquet.read_row_group(group, columns=names)

    def _index(self) -> dict[str, _Place]:
        places: dict[str, _Place] = {}
        for number, file in enumerate(self._files):
            for group in range(file.num_row_groups):
                ids = file.read_row_group(group, columns=["song_id"])["song_id"]
                for row, song_id in enumerate(map(str, ids.to_pylist())):
                    if song_id in places:
                        raise BadCall(
                            f"{self.folder} has two rows for song {printable(song_id)!r}",
                            "an export has one row per song: export again",
                        )
                    places[song_id] = _Place(number, group, row)
        return places


def pairs(evaluated: Export, reference: Export) -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Yield every song of both exports with its two rows.

    One row group of either side is in memory. The songs of a group are taken in the reference's
    order, so that two exports of one store are each read once, in step.
    """
    for group in evaluated.groups():
        common = [song_id for song_id in group if song_id in reference.places]
        for song_id in sorted(common, key=reference.places.__getitem__):
            yield song_id, evaluated.row(song_id), reference.row(song_id)


def _data_files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise BadCall(f"there is no export at {folder}", "name a folder that `symmv export` wrote")
    if not (found := sorted((folder / DATA).glob("*.parquet"))):
        raise BadCall(
            f"{folder} is no export: it has no Parquet files in {DATA}/", "write one: symmv export OUT"
        )
    return found


def _opened(path: Path) -> pq.ParquetFile:
    try:
        file = pq.ParquetFile(path)
    except (OSError, pa.ArrowException) as why:
        raise BadCall(f"{path} cannot be read as Parquet: {why}", "export again") from why
    if "song_id" not in file.schema_arrow.names:
        raise BadCall(f"{path} has no column song_id", "name a folder that `symmv export` wrote")
    return file
