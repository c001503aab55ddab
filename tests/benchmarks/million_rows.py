"""1,000,000 synthetic rows in every table: how long `symmv status` takes.

`python -m tests.benchmarks.million_rows [ROWS]`. Needs no data: the rows are empty but for their
headers. Two figures: the cache being there, and being built first (it was deleted).
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa

from symmv_tools.pipeline.house import House
from symmv_tools.stages import ALL
from symmv_tools.store import Store
from symmv_tools.store.parts import HEADER, write_table
from symmv_tools.store.store import SONG_CONFIG, SONG_DIGEST
from tests.benchmarks.page import hardware, replace_section

ROWS_PER_PART = 4096  # as `symmv compact` leaves them


def main() -> None:
    """Write the tables, time `symmv status` twice, and write the table."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory() as scratch:
        work = Path(scratch) / "work"
        house = House(Store.open(work, create=True), ALL)
        configs = {"songs": (SONG_DIGEST, SONG_CONFIG)} | {
            n.key: (n.config, n.config_text) for n in house.nodes()
        }
        for table, (digest, text) in configs.items():
            fill(house.store, table, digest, text, rows)
        house.store.close()
        building = timed(work)
        warm = timed(work)
    lines = [
        "| `symmv status` | seconds |",
        "| --- | --- |",
        f"| cache there | {warm:.2f} |",
        f"| cache deleted: {len(configs)} x {rows:,} headers read and indexed first | {building:.0f} |",
    ]
    print("\n".join(lines))
    replace_section(
        "million_rows", f"{rows:,} songs, {len(configs)} tables. {hardware()}\n\n" + "\n".join(lines)
    )


def fill(store: Store, table: str, digest: str, text: str, rows: int) -> None:
    """Write parts of headers for song-0000000 and so on; one in a hundred failed."""
    for start in range(0, rows, ROWS_PER_PART):
        ids = [f"synthetic:{i:07d}" for i in range(start, min(start + ROWS_PER_PART, rows))]
        n = len(ids)
        failed = np.arange(start, start + n) % 100 == 99
        columns = {
            "song_id": ids,
            "fingerprint": [hashlib.md5(f"{table}{i}".encode()).hexdigest() for i in ids],
            "config": [digest] * n,
            "inputs": ["{}"] * n,
            "outcome": np.where(failed & (table != "songs"), "failed", "done").tolist(),
            "code": [None] * n,
            "message": [None] * n,
            "traceback": [None] * n,
            "retryable": [False] * n,
            "seconds": [0.0] * n,
            "run_at": [""] * n,
            "versions": ["{}"] * n,
        }
        write_table(store.new_part(table), pa.table(columns, schema=HEADER), {digest: text})


def timed(work: Path) -> float:
    """Run `symmv status` as a whole process; return its seconds."""
    started = time.perf_counter()
    command = [sys.executable, "-m", "symmv_tools.cli.main", "status", "--work", str(work)]
    subprocess.run(command, check=True)
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
