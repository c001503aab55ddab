"""Many Parquet files as one long table: read a row group at a time, found by number or by song_id."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import OrderedDict, deque
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from symmv_tools.errors import BadCall

CACHE_BYTES = 256 << 20
"""Row groups kept in memory for random access: a data set such as POP909 fits as a whole."""

ID = "song_id"


class Place(NamedTuple):
    """Where a row lies: the row group, counted over all files, and the row in it."""

    group: int
    row: int


class RowGroups:
    """The row groups of `files` (at least one), in order, with `columns` only (all, if None).

    `columns` are names of columns, or of parts of a group (`note_midi.time`): what is not named is
    not read from the disk. Footers are read at once, everything else when asked for. May be pickled:
    a copy opens the files itself and brings no rows along.
    """

    def __init__(self, files: Sequence[Path], columns: Sequence[str] | None) -> None:
        self.files, self.columns = list(files), columns if columns is None else list(columns)
        self._footers = [_footer(path) for path in self.files]
        self._at = [(f, g) for f, footer in enumerate(self._footers) for g in range(footer.num_row_groups)]
        sizes = [self._footers[f].row_group(g).num_rows for f, g in self._at]
        self._starts = np.concatenate([[0], np.cumsum(sizes, dtype=np.int64)]).tolist()
        self._cache: OrderedDict[int, pa.Table] = OrderedDict()

    def __getstate__(self) -> tuple[list[Path], list[str] | None]:
        return self.files, self.columns

    def __setstate__(self, state: tuple[list[Path], list[str] | None]) -> None:
        self.__init__(*state)  # type: ignore[misc]

    def __len__(self) -> int:
        """How many row groups there are."""
        return len(self._at)

    @cached_property
    def names(self) -> list[str]:
        """The columns that every file has, in the order of the first."""
        all_names = [footer.schema.to_arrow_schema().names for footer in self._footers]
        return [name for name in all_names[0] if all(name in names for names in all_names)]

    @property
    def n_rows(self) -> int:
        """How many rows there are in all."""
        return int(self._starts[-1])

    def span(self, group: int) -> range:
        """The numbers of the rows of a group."""
        return range(self._starts[group], self._starts[group + 1])

    def place(self, number: int) -> Place:
        """Where row `number` lies, 0 to `n_rows` - 1."""
        group = bisect_right(self._starts, number) - 1
        return Place(group, number - self._starts[group])

    # --- reading ----------------------------------------------------------------------------------

    def read(self, group: int) -> pa.Table:
        """Read one row group."""
        number, inner = self._at[group]
        path = self.files[number]
        try:
            with pq.ParquetFile(path, metadata=self._footers[number]) as file:
                return file.read_row_group(inner, columns=self.columns)
        except (OSError, pa.ArrowException) as why:
            raise BadCall(f"{path} cannot be read any more: {why}", "was it replaced? load it again") from why

    def stream(self, groups: Sequence[int]) -> Iterator[tuple[int, pa.Table]]:
        """Yield these groups in the order given, each with its number; the next is read meanwhile."""
        with ThreadPoolExecutor(1) as reader:
            ahead = deque(reader.submit(self.read, group) for group in groups[:1])
            for i, group in enumerate(groups):
                ahead.extend(reader.submit(self.read, following) for following in groups[i + 1 : i + 2])
                yield group, ahead.popleft().result()

    def cached(self, group: int) -> pa.Table:
        """Return a row group that random access comes back to; the longest unused ones are dropped."""
        table = self._cache.pop(group, None)
        self._cache[group] = table = self.read(group) if table is None else table
        while len(self._cache) > 1 and sum(kept.nbytes for kept in self._cache.values()) > CACHE_BYTES:
            self._cache.popitem(last=False)
        return table

    # --- song ids ---------------------------------------------------------------------------------

    def ids(self) -> pa.Array[Any]:
        """Every row's song_id, in the order of the rows."""
        if ID not in self.names:
            raise BadCall(f"{self.files[0].parent} has a file with no column {ID}", "is it of an export?")
        tables = [pq.read_table(path, columns=[ID], partitioning=None) for path in self.files]
        return pa.concat_tables(tables)[ID].combine_chunks()

    @cached_property
    def _by_id(self) -> tuple[Any, NDArray[np.int64]]:
        """The song_ids sorted, and the row number of each: a tenth of the memory that a dict takes."""
        ids: Any = self.ids()
        order = pc.sort_indices(ids)
        return ids.take(order), order.to_numpy().astype(np.int64)

    def find(self, song_id: str) -> list[int]:
        """Return the numbers of the rows of a song, in order; none if it is not there."""
        ids, numbers = self._by_id
        first = bisect_left(range(len(ids)), song_id, key=lambda i: str(ids[i]))
        last = bisect_right(range(len(ids)), song_id, lo=first, key=lambda i: str(ids[i]))
        return sorted(numbers[first:last].tolist())


def _footer(path: Path) -> Any:
    try:
        return pq.read_metadata(path)
    except (OSError, pa.ArrowException) as why:
        raise BadCall(f"{path} cannot be read as Parquet: {why}", "export again") from why
