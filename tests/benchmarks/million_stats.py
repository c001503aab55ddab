"""1,000,000 rows of 200 notes each: how long `symmv stats` takes, and in how much memory.

`python -m tests.benchmarks.million_stats [ROWS]`. Needs no data: one file of made-up songs is linked
under many names, so the export is as long as one of a million songs and takes the room of 15,000.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from symmv_tools.dataset.failures import write_failures
from tests.benchmarks.page import hardware, replace_section
from tests.exports import beats, labels, notes, song, write_export

ROWS_PER_FILE = 15_000  # as `symmv export` cuts them
NOTES = 200


def main() -> None:
    """Write the export, time `symmv stats` on it, and write the table."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory() as scratch:
        folder = made_up(Path(scratch) / "export", rows // ROWS_PER_FILE + 1)
        count = len(list((folder / "data").iterdir())) * ROWS_PER_FILE
        command = [sys.executable, "-m", "symmv_tools.cli.main", "stats", str(folder)]
        started = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        seconds = time.perf_counter() - started
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**20
    lines = [
        "| rows | notes | seconds | rows per second | peak memory |",
        "| --- | --- | --- | --- | --- |",
        f"| {count:,} | {count * NOTES:,} | {seconds:.0f} | {count / seconds:,.0f} | {peak:.2f} GiB |",
    ]
    print("\n".join(lines))
    said = "`symmv stats` as a whole process, on an export that is new on the disk."
    replace_section("million_stats", f"{said} {hardware()}\n\n" + "\n".join(lines))


def made_up(folder: Path, files: int) -> Path:
    """Write an export of `files` equal files."""
    random = np.random.default_rng(0)
    chords = labels(*((2.0, label) for label in ("C:maj", "A:min7", "F:maj7", "G:7/b7") * 10))
    shots = labels(*((4.0, "cut") for _ in range(20)))
    rows = (
        song(
            f"song {i}",
            artist=f"artist {i % 997}",
            genre=("Pop", "Rock", "Dance", "Soul")[i % 4],
            tempo_global=float(random.normal(110, 20)),
            duration=80.0,
            note_midi=notes(NOTES, melody=3),
            chord=chords,
            key_mode=labels((80.0, ("C:major", "A:minor", "Eb:major")[i % 3])),
            beat=beats(160),
            shot=shots,
        )
        for i in range(ROWS_PER_FILE)
    )
    write_export(folder, list(rows))
    [first] = (folder / "data").iterdir()
    for number in range(1, files):
        os.link(first, folder / "data" / f"train-{number:05d}-of-{files:05d}.parquet")
    write_failures(
        folder, [{"song_id": f"lost {i}", "stage": "search", "code": "NO_VIDEO"} for i in range(9)]
    )
    return folder


if __name__ == "__main__":
    main()
