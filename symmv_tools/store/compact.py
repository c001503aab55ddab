"""Merging the many small parts of a table into few, without ever having less than all rows on disk."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.parquet as pq

from symmv_tools.store.cache import Known
from symmv_tools.store.parts import Ref, configs_in, write_table
from symmv_tools.store.store import Store

_ROWS_PER_PART = 4096


def compact_table(store: Store, table: str) -> tuple[int, int]:
    """Merge the parts of `table`; return how many there were and are. The caller holds the lock.

    Rows that a newer one of equal song and fingerprint replaces are dropped, others kept, also
    those of settings not active now. New parts are complete before the first old one goes, and
    rows that are in both say the same, so a crash in between costs only disk.
    """
    old = sorted((store.tables / table).glob("part-*.parquet"))
    if len(old) < 2:
        return len(old), len(old)
    configs = {digest: text for path in old for digest, text in configs_in(path).items()}
    made = 0
    for chunk in _chunks(store, table):
        write_table(store.new_part(table), chunk, configs)
        made += 1
    for path in old:
        path.unlink()
    store.cache.refresh([table])
    return len(old), made


def _chunks(store: Store, table: str) -> Iterator[pa.Table]:
    """Yield the rows worth keeping, a part's worth at a time, oldest first within a song."""
    refs: list[Ref] = []
    for page in store.pages(_ROWS_PER_PART):
        for rows in store.known(table, page).values():
            refs.extend(row.ref for row in sorted(rows, key=_age))
        while len(refs) >= _ROWS_PER_PART:
            yield _rows(refs[:_ROWS_PER_PART])
            refs = refs[_ROWS_PER_PART:]
    if refs:
        yield _rows(refs)


def _age(row: Known) -> tuple[int, int]:
    return row.number, row.ref.row


def _rows(refs: list[Ref]) -> pa.Table:
    """Read whole rows, in the order of `refs`."""
    by_part: dict[str, list[int]] = {}
    for ref in refs:
        by_part.setdefault(ref.part, []).append(ref.row)
    tables = [
        pq.read_table(part).replace_schema_metadata(None).take(sorted(rows)) for part, rows in by_part.items()
    ]
    places = {Ref(part, i): None for part, rows in by_part.items() for i in sorted(rows)}
    order = {ref: i for i, ref in enumerate(places)}
    return pa.concat_tables(tables, promote_options="default").take([order[ref] for ref in refs])
