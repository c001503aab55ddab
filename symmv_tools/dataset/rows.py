"""Rows: a data set opened for reading, as an iterator, a sequence, for PyTorch or for Hugging Face."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from difflib import get_close_matches
from glob import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from symmv_tools.dataset.cells import cells
from symmv_tools.dataset.media_paths import MEDIA, media_file, resolved
from symmv_tools.dataset.row_groups import RowGroups
from symmv_tools.errors import BadCall, MissingPackage
from symmv_tools.song import printable

if TYPE_CHECKING:
    from symmv_tools.dataset.torch_rows import TorchRows

Row = dict[str, Any]


class Rows:
    """The rows of an export, as `symmv_tools.load` opens it; at most two row groups are in memory.

    A row is a dict from column to cell. Groups (`note_midi`, `chord`, …) are dicts of parallel parts:
    numbers as numpy arrays, which are read-only views (copy what you keep long), words as lists. Null
    is None. Iterating streams the files once; `rows[7]` and `rows["pop909:001"]` read one row, and
    keep its row group for the next. Rows may be given to a torch DataLoader as they are.
    """

    def __init__(self, groups: RowGroups, media_root: Path | None = None) -> None:
        self._groups, self.media_root = groups, media_root

    def __repr__(self) -> str:
        columns = ", ".join(self._groups.columns) if self._groups.columns else "all columns"
        return f"<{len(self):,} rows of {len(self.files):,} files: {columns}>"

    @property
    def files(self) -> list[Path]:
        """The Parquet files, for pandas, polars, DuckDB: `pl.scan_parquet(rows.files)`."""
        return list(self._groups.files)

    def __len__(self) -> int:
        return self._groups.n_rows

    def __iter__(self) -> Iterator[Row]:
        return self.stream(0, len(self))

    def stream(self, start: int, stop: int, rng: np.random.Generator | None = None) -> Iterator[Row]:
        """Yield rows `start` to `stop` - 1.

        With `rng` they come shuffled as far as streaming allows: the row groups in any order, and the
        rows of one group in any order.
        """
        groups = [g for g in range(len(self._groups)) if _overlap(self._groups.span(g), start, stop)]
        order = groups if rng is None else [groups[i] for i in rng.permutation(len(groups))]
        for group, table in self._groups.stream(order):
            span = self._groups.span(group)
            part = _overlap(span, start, stop)
            rows = self._rows(table.slice(part.start - span.start, len(part)))
            yield from rows if rng is None else (rows[i] for i in rng.permutation(len(rows)))

    def tables(self) -> Iterator[pa.Table]:
        """Yield the row groups as Arrow tables."""
        return (table for _, table in self._groups.stream(range(len(self._groups))))

    # --- random access ----------------------------------------------------------------------------

    def __getitem__(self, which: int | str) -> Row:
        """Return one row by number (-1 is the last) or by song_id.

        Raises IndexError for a number, BadCall for an id that is not there or that several rows have.
        """
        group, row = self._groups.place(self._number(which))
        return self._rows(self._groups.cached(group).slice(row, 1))[0]

    def take(self, which: Iterable[int | str]) -> list[Row]:
        """Return many rows by number or song_id, in the order asked; each row group is read once.

        Raises as `rows[…]` does.
        """
        places = [self._groups.place(self._number(one)) for one in which]
        found: list[Row] = [{} for _ in places]
        wanted: dict[int, list[int]] = {}
        for i, place in enumerate(places):
            wanted.setdefault(place.group, []).append(i)
        for group, table in self._groups.stream(sorted(wanted)):
            mine = wanted[group]
            picked = table.take(np.array([places[i].row for i in mine]))  # a copy: the group can go
            for i, row in zip(mine, self._rows(picked), strict=True):
                found[i] = row
        return found

    def ids(self) -> list[str]:
        """Every row's song_id, in order."""
        return [str(song_id) for song_id in self._groups.ids().to_pylist()]

    def find(self, song_id: str) -> list[int]:
        """Return the numbers of a song's rows: one in the default config, many in `segments`, or none."""
        return self._groups.find(song_id)

    def _number(self, which: int | str) -> int:
        if isinstance(which, str):
            return self._only(which)
        number = int(which) + len(self) * (which < 0)
        if not 0 <= number < len(self):
            raise IndexError(f"there is no row {which}: there are {len(self):,}")
        return number

    def _only(self, song_id: str) -> int:
        numbers = self.find(song_id)
        if len(numbers) == 1:
            return numbers[0]
        if numbers:
            many = f"{len(numbers):,} rows are of song {printable(song_id)!r}"
            raise BadCall(many, "take all of them: rows.take(rows.find(song_id))")
        close = get_close_matches(song_id, self.ids()[:1000], n=1)
        hint = f"did you mean {printable(close[0])!r}?" if close else "rows.ids() lists them; another split?"
        raise BadCall(f"there is no row of song {printable(song_id)!r}", hint)

    def _rows(self, table: pa.Table) -> list[Row]:
        columns = {name: cells(table[name]) for name in table.column_names}
        if self.media_root is not None:
            for medium in set(MEDIA) & columns.keys():
                columns[medium] = [resolved(cell, self.media_root) for cell in columns[medium]]
        return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]

    # --- media and other libraries ----------------------------------------------------------------

    def media(self, row: Row | int | str, medium: str) -> Path:
        """Return the file of a row's `audio` or `video`; BadMedium, with the path, if it is not there."""
        return media_file(row if isinstance(row, dict) else self[row], medium, self.media_root)

    def to_torch(self, *, transform: Callable[[Row], Any] | None = None, shuffle: bool = False) -> TorchRows:
        """Return a torch IterableDataset over the rows; the workers of a DataLoader divide them.

        `transform` turns a row into an item; without it, arrays become tensors. `shuffle` draws from
        torch's seed, and differs from epoch to epoch: row groups in any order, rows of a group in any.
        """
        try:
            from symmv_tools.dataset.torch_rows import TorchRows
        except ModuleNotFoundError as why:
            raise _missing(why, "to_torch()", "symmv[train]") from why
        return TorchRows(self, transform, shuffle)

    def to_hf(self, *, streaming: bool = False) -> Any:
        """Return a `datasets.Dataset`, or with `streaming` an `IterableDataset`, of the same rows.

        Hugging Face reads whole groups: `note_midi.time` brings `note_midi`. Without `streaming` it
        first copies the rows into its cache, as it always does.
        """
        try:
            import datasets
        except ModuleNotFoundError as why:
            raise _missing(why, "to_hf()", "datasets") from why
        named = self._groups.columns
        columns = None if named is None else list(dict.fromkeys(name.partition(".")[0] for name in named))
        files = [escape(path.absolute().as_posix()) for path in self.files]  # it takes names for patterns
        found = datasets.load_dataset(
            "parquet", data_files=files, split="train", columns=columns, streaming=streaming
        )
        return found if self.media_root is None else _with_media(found, self.media_root)


def _overlap(span: range, start: int, stop: int) -> range:
    return range(max(span.start, start), min(span.stop, stop))


def _with_media(found: Any, root: Path) -> Any:
    media = [medium for medium in MEDIA if medium in found.features]

    def resolve(row: Row) -> Row:
        return {medium: resolved(row[medium], root) for medium in media}

    return found.map(resolve, features=found.features) if media else found


def _missing(why: ModuleNotFoundError, what: str, package: str) -> MissingPackage:
    return MissingPackage(
        f"{what} needs the Python package {why.name!r}, which is not installed", f"pip install '{package}'"
    )
