"""What the survival test and its long form in the benchmarks share."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from symmv_tools.pipeline.exporting import export
from symmv_tools.pipeline.house import House
from symmv_tools.song import Song
from symmv_tools.store import Store

DEMO = Path(__file__).parents[1] / "demo"


def make_store(folder: Path, copies: int = 6) -> Path:
    """Collect the demo's MIDI songs, several times over under new ids, the first with the demo's film."""
    store = Store.open(folder / "store", create=True)
    film = str(DEMO / "video" / "big_buck_bunny_0_30.webm")
    paths = sorted((DEMO / "songs").glob("*.mid"))
    songs = [
        Song(f"demo:{path.stem}-{n}", midi=str(path), video=film if n == 0 and path is paths[0] else None)
        for n in range(copies)
        for path in paths
    ]
    store.put(songs)
    store.close()
    return store.root


def annotate_in_background(work: Path) -> subprocess.Popen[bytes]:
    """Start `symmv annotate` in a process of its own."""
    command = [
        sys.executable,
        "-m",
        "symmv_tools.cli.main",
        "annotate",
        "--work",
        str(work),
        "--workers",
        "2",
    ]
    return subprocess.Popen(command, stderr=subprocess.DEVNULL)


def parts_in(work: Path) -> int:
    """Count the finished parts of a store."""
    return sum(1 for _ in (work / "tables").rglob("part-*.parquet"))


def kill_after(run: subprocess.Popen[bytes], work: Path, parts: int, seconds: float) -> bool:
    """Kill a run some seconds after its store holds so many parts; return whether it was still running.

    Counting parts and not seconds hits the same stretch of work on a fast and on a busy machine.
    """
    while run.poll() is None:
        if parts_in(work) >= parts:
            time.sleep(seconds)
            run.kill()
            return run.wait() != 0
        time.sleep(0.002)
    assert run.returncode == 0
    return False


def kill_until_done(work: Path, chance: random.Random, parts: int, most: int = 3) -> int:
    """Annotate a store, killing the run at random moments up to `most` times; return how often.

    `parts` is how many an undisturbed run ends with.
    """
    for kills in range(most):
        target = chance.randint(parts_in(work) + 1, parts - 1) if parts_in(work) < parts - 1 else parts
        if not kill_after(annotate_in_background(work), work, target, chance.uniform(0.0, 0.1)):
            return kills
    assert annotate_in_background(work).wait() == 0
    return most


def exported_rows(work: Path, out: Path) -> list[dict[str, Any]]:
    """Export a store and return its rows by id, without the times at which they were made."""
    house = House.open(work)
    with house.store.locked("export"):
        files = export(house, out).files
    rows = [row for path in files for row in pq.read_table(path).to_pylist()]
    for row in rows:
        for made in row["provenance"]:
            del made["run_at"]
    return sorted(rows, key=lambda row: str(row["song_id"]))
