"""The songs an export leaves out, and why: the answer to "where is my song?"."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import pyarrow as pa

from symmv_tools.dataset.hub import with_features
from symmv_tools.dataset.parquet import open_writer, sync

FOLDER = "failures"
SCHEMA = with_features(pa.schema([(name, pa.string()) for name in ("song_id", "stage", "code", "reason")]))
"""One row per song and stage that rejected or failed it: its code, e.g. `TOO_FEW_NOTES`, and why in words."""


def write_failures(folder: Path, failures: Iterable[Mapping[str, str | None]]) -> Path:
    """Write `folder/failures/failures.parquet`, sorted so that equal failures give equal bytes.

    A failure maps the names of `SCHEMA` to strings; what is missing is null. The file is written
    even without failures: its readers need not ask whether it exists.
    """
    path = folder / FOLDER / "failures.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = sorted(failures, key=lambda row: [row.get(name) or "" for name in SCHEMA.names])
    with open_writer(path, SCHEMA) as writer:
        writer.write_table(pa.Table.from_pylist([dict(row) for row in rows], schema=SCHEMA))
    sync(path)
    return path
