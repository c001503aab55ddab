"""Parts: the Parquet files a table consists of. A part is the record of one attempt.

A part appears whole (one atomic rename) or not at all, and is never changed. Its name begins with
a number that only grows, so "the newest row of a song" has one meaning on every machine.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from symmv_tools.io.atomic import written
from symmv_tools.row import value_at
from symmv_tools.stage import Done, Failed, Outcome

HEADER: pa.Schema = pa.schema(
    [  # type: ignore[arg-type, unused-ignore]  # the stubs cannot unify the types of the fields
        ("song_id", pa.string()),
        ("fingerprint", pa.string()),  # what this row was made of and how: 32 hex digits
        ("config", pa.string()),  # digest of stage, version, settings, checkpoints; spelled out in the footer
        ("inputs", pa.string()),  # JSON: fingerprint of each input, to say later what changed
        ("outcome", pa.string()),  # done, rejected or failed
        ("code", pa.string()),
        ("message", pa.string()),
        ("traceback", pa.string()),
        ("retryable", pa.bool_()),
        ("seconds", pa.float64()),
        ("run_at", pa.string()),  # ISO 8601, UTC
        ("versions", pa.string()),  # JSON: the packages that did the work
    ]
)
ROWS_PER_GROUP = 64
"""Small, so that one song is read without its 4,000 neighbours in a compacted part."""


@dataclass(frozen=True)
class Entry:
    """One row of a table: what came out for one song, and all that is needed to trust it."""

    song_id: str
    fingerprint: str
    config: str
    outcome: Outcome
    inputs: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    run_at: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)


class Ref(NamedTuple):
    """Where one row lies: a part's path and the row's number in it, from 0."""

    part: str
    row: int


def new_name(number: int) -> str:
    """Return a name for part `number`; two writers that share a number still differ."""
    return f"part-{number:010d}-{uuid.uuid4().hex[:8]}.parquet"


def number_of(name: str) -> int:
    """Return the number in a part's name."""
    return int(name.split("-")[1])


def write_part(
    path: Path,
    makes: Mapping[str, pa.DataType],
    entries: Sequence[Entry],
    configs: Mapping[str, str],
    rows_per_group: int = ROWS_PER_GROUP,
) -> None:
    """Write `entries` as one part; `configs` maps each config digest to its JSON text."""
    table = pa.Table.from_pylist([_header(entry) for entry in entries], schema=HEADER)
    for name, kind in makes.items():
        cells = [e.outcome.values.get(name) if isinstance(e.outcome, Done) else None for e in entries]
        table = table.append_column(name, pa.array(cells, type=kind))
    write_table(path, table, configs, rows_per_group)


def write_table(
    path: Path, table: pa.Table, configs: Mapping[str, str], rows_per_group: int = ROWS_PER_GROUP
) -> None:
    """Write a table that already has the header's columns as one part."""
    table = table.replace_schema_metadata({"symmv.configs": json.dumps(dict(configs), sort_keys=True)})
    path.parent.mkdir(parents=True, exist_ok=True)
    with written(path) as part:
        pq.write_table(table, part, compression="zstd", row_group_size=rows_per_group)


def _header(entry: Entry) -> dict[str, Any]:
    outcome = entry.outcome
    code, message = (None, None) if isinstance(outcome, Done) else (outcome.code, outcome.message)
    return {
        "song_id": entry.song_id,
        "fingerprint": entry.fingerprint,
        "config": entry.config,
        "inputs": json.dumps(dict(entry.inputs), sort_keys=True),
        "outcome": type(outcome).__name__.lower(),
        "code": code,
        "message": message,
        "traceback": outcome.traceback if isinstance(outcome, Failed) else None,
        "retryable": outcome.retryable if isinstance(outcome, Failed) else False,
        "seconds": entry.seconds,
        "run_at": entry.run_at,
        "versions": json.dumps(dict(entry.versions), sort_keys=True),
    }


def configs_in(path: Path) -> dict[str, str]:
    """Return the config texts that a part carries in its footer, by digest."""
    metadata = pq.read_schema(path).metadata or {}
    configs: dict[str, str] = json.loads(metadata.get(b"symmv.configs", b"{}"))
    return configs


def fetch(refs: Iterable[Ref], columns: Sequence[str]) -> dict[Ref, dict[str, Any]]:
    """Read the named columns of the rows that `refs` point at, opening each part once.

    Returns, for each ref, its cells by column name, as `row.value_at` gives them.
    """
    found: dict[Ref, dict[str, Any]] = {}
    for part, indices in _by_part(refs).items():
        with pq.ParquetFile(part) as file:
            for group, rows in _by_group(file, indices).items():
                table = file.read_row_group(group, columns=list(columns)).take(_indices(rows))
                cells = [_cells(table.column(column)) for column in columns]
                for (index, _), values in zip(rows, zip(*cells, strict=True), strict=True):
                    found[Ref(part, index)] = dict(zip(columns, values, strict=True))
    return found


def _indices(rows: Sequence[tuple[int, int]]) -> Any:
    """Return the second of each pair; built from a buffer because `pa.array` imports all of pandas first."""
    local = np.array([local for _, local in rows], np.int64)
    return pa.Array.from_buffers(pa.int64(), len(local), [None, pa.py_buffer(local.tobytes())])


def _cells(column: pa.ChunkedArray[Any]) -> list[Any]:
    """Return all cells of a column; plain columns at once, which for many songs is ten times faster."""
    if pa.types.is_nested(column.type):
        return [value_at(column, i) for i in range(len(column))]
    return column.to_pylist()


def _by_part(refs: Iterable[Ref]) -> dict[str, list[int]]:
    grouped: dict[str, list[int]] = {}
    for ref in refs:
        grouped.setdefault(ref.part, []).append(ref.row)
    return grouped


def _by_group(file: pq.ParquetFile, indices: Iterable[int]) -> dict[int, list[tuple[int, int]]]:
    sizes = [file.metadata.row_group(g).num_rows for g in range(file.metadata.num_row_groups)]
    grouped: dict[int, list[tuple[int, int]]] = {}
    for index in sorted(indices):
        group, local = 0, index
        while local >= sizes[group]:
            local -= sizes[group]
            group += 1
        grouped.setdefault(group, []).append((index, local))
    return grouped
