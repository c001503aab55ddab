"""Two exports side by side: songs matched by song_id, read row group by row group."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from symmv_tools.dataset.cells import cells
from symmv_tools.dataset.load import files_of
from symmv_tools.dataset.recipes import Recipe, read_recipes
from symmv_tools.dataset.row_groups import RowGroups
from symmv_tools.errors import BadCall
from symmv_tools.song import printable

_ALWAYS = ("song_id", "provenance")


class Export:
    """An export opened for reading: its recipes, where its songs are, and the row groups read last."""

    def __init__(self, folder: Path, columns: Sequence[str]) -> None:
        self.folder = folder
        self.name = folder.absolute().name
        files = files_of(folder)
        there = RowGroups(files, None).names
        self.columns = [column for column in columns if column in there]
        self._groups = RowGroups(files, [name for name in (*_ALWAYS, *self.columns) if name in there])
        self.recipes: tuple[Recipe, ...] = read_recipes(folder)
        self.places = self._index()

    def groups(self) -> Iterator[list[str]]:
        """Yield the song_ids of each row group, in the order of the files."""
        ids = list(self.places)
        for group in range(len(self._groups)):
            span = self._groups.span(group)
            yield ids[span.start : span.stop]

    def row(self, song_id: str) -> dict[str, Any]:
        """Return one song's provenance and asked columns; a column that the export lacks is None."""
        group, row = self._groups.place(self.places[song_id])
        table = self._groups.cached(group).slice(row, 1)
        return {name: cells(table[name])[0] for name in table.column_names}

    def _index(self) -> dict[str, int]:
        """Return the number of each song's row, in their order."""
        places: dict[str, int] = {}
        for number, song_id in enumerate(map(str, self._groups.ids().to_pylist())):
            if song_id in places:
                raise BadCall(
                    f"{self.folder} has two rows for song {printable(song_id)!r}",
                    "an export has one row per song: export again",
                )
            places[song_id] = number
        return places


def pairs(evaluated: Export, reference: Export) -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Yield every song of both exports with its two rows.

    The songs of a row group are taken in the reference's order, so that two exports of one store are
    each read once, in step; a few row groups of either side are in memory (`row_groups.CACHE_BYTES`).
    """
    for group in evaluated.groups():
        common = [song_id for song_id in group if song_id in reference.places]
        for song_id in sorted(common, key=reference.places.__getitem__):
            yield song_id, evaluated.row(song_id), reference.row(song_id)
