"""1,000,000 rows divided, checked, written with their segments, and 10,000 of them read by id.

`python -m tests.benchmarks.million_export [ROWS]`. Needs no data, but 4 GB of disk: the rows are made up (40
notes, 32 beats, chords and a key), and all that follows the join of an export's rows is the export's own.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

import symmv_tools
from symmv_tools.dataset.card import DATA
from symmv_tools.dataset.parquet import write_rows
from symmv_tools.dataset.siblings import Siblings
from symmv_tools.dataset.splits import Division, divide
from tests.benchmarks.million_splits import synthetic
from tests.benchmarks.page import hardware, replace_section
from tests.exports import beats, labels, notes

SECONDS = dict[str, float]
N_READ = 10_000


def main() -> None:
    """Export in a process of its own, read in another, and write the table."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory() as scratch:
        with get_context("spawn").Pool(1) as pool:
            dividing, writing, peak = pool.apply(write, (Path(scratch), rows))
        with get_context("spawn").Pool(1) as pool:
            reading, peak_of_reading = pool.apply(read, (Path(scratch), rows))
        size = sum(path.stat().st_size for path in (Path(scratch) / DATA).iterdir())
        beside = sum(path.stat().st_size for path in (Path(scratch) / "segments").iterdir())
    sizes = f"{size / 1e9:.2f} + {beside / 1e9:.2f} GB"
    lines = [
        f"| {rows:,} rows | seconds | rows per second |",
        "| --- | --- | --- |",
        f"| divided into groups and splits | {dividing:.0f} | {rows / dividing:,.0f} |",
        f"| checked, cut into segments and written ({sizes}) | {writing:.0f} | {rows / writing:,.0f} |",
        f"| {N_READ:,} random rows read by id, three columns | {reading:.1f} | {N_READ / reading:,.0f} |",
        "",
        f"Peak of memory: {peak / 1e9:.2f} GB writing, {peak_of_reading / 1e9:.2f} GB reading.",
    ]
    print("\n".join(lines))
    command = f"`python -m tests.benchmarks.million_export`. {hardware()}"
    replace_section("million_export", "\n".join([*lines, "", command]))


def write(folder: Path, rows: int) -> tuple[float, float, float]:
    """Return the seconds of dividing and of writing, and the peak of memory in bytes."""
    started = time.perf_counter()
    division = divide(synthetic(0, rows))
    divided = time.perf_counter()
    with Siblings(folder, hop_bars=8) as siblings:
        write_rows(folder / DATA, _with_segments(_rows(rows, division), siblings))
    return divided - started, time.perf_counter() - divided, _peak()


def _rows(rows: int, division: Division) -> Iterator[dict[str, Any]]:
    played, beat = notes(40), beats(32)
    chord, key = (
        labels(*((2.0, name) for name in ("C:maj", "A:min7", "F:maj", "G:7") * 2)),
        labels((16.0, "C:major")),
    )
    for song in synthetic(0, rows):
        split, group_id = division.of(song["song_id"])
        shifted = played | {"time": played["time"] + float(len(song["song_id"]) % 7) / 100}
        annotated = {"note_midi": shifted, "beat": beat, "chord": chord, "key_mode": key, "duration": 20.0}
        yield song | annotated | {"split": split, "group_id": group_id, "pair_id": song["song_id"][-7:]}


def _with_segments(rows: Iterator[dict[str, Any]], siblings: Siblings) -> Iterator[dict[str, Any]]:
    for row in rows:
        siblings.add(row, {})
        yield row


def read(folder: Path, rows: int) -> tuple[float, float]:
    """Return the seconds that random rows by id take, opening included, and the peak of memory in bytes."""
    wanted = np.random.default_rng(0).choice(rows, min(N_READ, rows), replace=False)
    started = time.perf_counter()
    data = symmv_tools.load(folder, columns=["title", "chord", "beat.time"])
    found = sum(1 for _ in data.take([f"synthetic:{i:07d}" for i in wanted.tolist()]))
    assert found == len(wanted)
    return time.perf_counter() - started, _peak()


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024.0


if __name__ == "__main__":
    main()
