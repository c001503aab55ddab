"""10,000 MIDI-only songs: how long a plan and a no-op annotate take, and how much memory.

`SYMMV_DATA=… python -m tests.benchmarks.many_songs [SONGS]`. POP909's files are repeated under new
ids. The rows are made by the real stages on the first few hundred songs and repeated under the
other ids' own fingerprints, because annotating 10,000 songs in full measures nothing new here; pass
--in-full to do it anyway.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from symmv_tools.pipeline.house import House
from symmv_tools.pipeline.run import annotate
from symmv_tools.pipeline.states import State
from symmv_tools.song import Song
from symmv_tools.stage import Done
from symmv_tools.store import Store
from symmv_tools.store.parts import Entry, fetch, write_part
from tests.benchmarks.data import pop909
from tests.benchmarks.page import hardware, replace_section

SHARD = 16


def main() -> None:
    """Build the store, time three commands as whole processes, and write the table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("songs", nargs="?", type=int, default=10_000)
    options.add_argument("--in-full", action="store_true")
    asked = options.parse_args()
    with tempfile.TemporaryDirectory() as scratch, pop909() as folder:
        work = Path(scratch) / "work"
        paths = sorted(folder.rglob("*.mid"))
        collect_seconds = collect(work, paths, asked.songs)
        if asked.in_full:
            annotate(House.open(work))
        else:
            repeat(work, first=len(paths) // 8)
        rows = [("collect (reads and digests every file)", collect_seconds, "")]
        for words in (["plan"], ["annotate"], ["status"]):
            seconds, megabytes = timed([*words, "--work", str(work)])
            rows.append((f"`symmv {words[0]}`, nothing to do", seconds, f"{megabytes:.0f}"))
        parts = sum(1 for _ in (work / "tables").rglob("*.parquet"))
    lines = ["| what | seconds | peak memory (MB) |", "| --- | --- | --- |"]
    lines += [f"| {what} | {seconds:.2f} | {memory} |" for what, seconds, memory in rows]
    text = "\n".join(lines)
    note = f"{asked.songs:,} MIDI-only songs, all stages fresh, {parts:,} parts. {hardware()}"
    print(text)
    replace_section("many_songs", f"{note}\n\n{text}")


def collect(work: Path, paths: list[Path], count: int) -> float:
    """Put `count` songs into a new store; return the seconds."""
    store = Store.open(work, create=True)
    songs = [Song(f"pop909:{i:05d}", midi=str(paths[i % len(paths)])) for i in range(count)]
    started = time.perf_counter()
    store.put(songs)
    seconds = time.perf_counter() - started
    store.close()
    return seconds


def repeat(work: Path, first: int) -> None:
    """Annotate the first songs, then write the same values under every other song's own fingerprints."""
    house = House.open(work)
    annotate(house, limit=first)
    nodes = house.nodes()
    everyone = [judged for batch in house.judged(nodes) for judged in batch]
    models = [
        j
        for j in everyone[:first]
        if not any(c.state in (State.CLOSED, State.BLOCKED) for c in j.cells.values())
    ]
    for node in nodes:
        columns = list(node.stage.makes)
        rows = {id(m): m.cells[node.key].row for m in models}
        cells = fetch([row.ref for row in rows.values() if row], columns)
        todo = [
            (j, models[i % len(models)])
            for i, j in enumerate(everyone)
            if j.cells[node.key].state is State.STALE
        ]
        for start in range(0, len(todo), SHARD):
            entries = []
            for judged, model in todo[start : start + SHARD]:
                row = rows[id(model)]
                if row is not None:
                    cell = judged.cells[node.key]
                    done = Done(cells[row.ref])
                    entries.append(Entry(judged.record.song.song_id, cell.fingerprint, node.config, done))
            if entries:
                write_part(
                    house.store.new_part(node.key),
                    dict(node.stage.makes),
                    entries,
                    {node.config: node.config_text},
                )
    house.store.refresh()
    house.store.close()


def timed(words: list[str]) -> tuple[float, float]:
    """Run a command of symmv as a whole process; return its seconds and peak megabytes."""
    started = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "symmv_tools.cli.main", *words], check=True, stdout=subprocess.DEVNULL
    )
    seconds = time.perf_counter() - started
    return seconds, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


if __name__ == "__main__":
    main()
