"""Reading an export to train on it: epochs of windows against Hugging Face, and random rows by id.

`python -m tests.benchmarks.reading [SONGS] [ROWS]`. Needs no data: songs are made by the real schema.
A training window is eight bars: its notes (onset from the window's start, duration, pitch, velocity) and
the chord at each of its 32 beats. Both sides cut the windows with the same function, and their outputs are
compared byte by byte. Both read no more than their interface lets them ask for: Hugging Face takes whole
columns, ours parts of a group as well; how fast ours is with whole columns stands beside it.
"""

from __future__ import annotations

import hashlib
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

import symmv_tools
from symmv_tools.dataset.hub import with_features
from symmv_tools.dataset.parquet import open_writer, write_rows
from symmv_tools.row import schema
from tests.benchmarks.page import hardware, replace_section

Row = dict[str, Any]
Window = tuple[NDArray[np.float32], NDArray[np.int64]]

COLUMNS = ("note_midi", "beat", "chord")
_NOTE = ("time", "duration", "value", "velocity")
PARTS = (*(f"note_midi.{part}" for part in _NOTE), "beat.time", "chord.time", "chord.value")
BEATS = 32
NOTES, GROUP, FILE, PICKED = 40, 1000, 15_000, 10_000
CHORDS = ("C:maj", "A:min7", "F:maj", "G:7", "N", "D:min", "E:min", "Bb:maj", "F#:dim", "B:hdim7")
NUMBERS = {label: i for i, label in enumerate(CHORDS)}


def main() -> None:
    """Measure, and write the tables."""
    songs = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    rows = int(sys.argv[2]) if len(sys.argv) > 2 else 1_000_000
    pa.set_cpu_count(1)
    with tempfile.TemporaryDirectory() as scratch:
        os.environ |= {"HF_HOME": f"{scratch}/hf", "HF_HUB_OFFLINE": "1"}
        by_id = measure_ids(Path(scratch, "many"), rows)
        epochs = measure_epochs(Path(scratch, "songs"), songs)
    text = "\n".join([hardware(), "", *epochs, "", *by_id])
    print(text)
    replace_section("reading", text)


# --- epochs ---------------------------------------------------------------------------------------


def windows(row: Row) -> Iterator[Window]:
    """Cut a row's windows out of its arrays, in float32: Hugging Face's "numpy" has no other floats."""
    notes, chord = row["note_midi"], row["chord"]
    beats = np.asarray(row["beat"]["time"], np.float32)
    numbers = np.array([NUMBERS[label] for label in chord["value"]])
    changes = np.asarray(chord["time"], np.float32)
    at_beat = numbers[np.searchsorted(changes, beats, side="right") - 1]
    table = np.stack([notes[part] for part in _NOTE], axis=1, dtype=np.float32, casting="unsafe")
    first = np.searchsorted(table[:, 0], beats[::BEATS])
    for i, (start, stop) in enumerate(pairwise(first)):
        window = table[start:stop].copy()
        window[:, 0] -= beats[i * BEATS]
        yield window, at_beat[i * BEATS : (i + 1) * BEATS]


def ours(folder: Path, columns: Sequence[str] = PARTS) -> Iterator[Window]:
    """symmv: rows as numpy views."""
    for row in symmv_tools.load(folder, split="train", columns=columns):
        yield from windows(row)


def hf_map(folder: Path) -> Iterator[Window]:
    """Hugging Face as documented: load, format as numpy, map, read what was mapped."""
    return _cut(_mapped(folder, streaming=False))


def hf_stream(folder: Path) -> Iterator[Window]:
    """Hugging Face, streaming: no cache is written."""
    return _cut(_mapped(folder, streaming=True))


def hf_iterate(folder: Path) -> Iterator[Window]:
    """Hugging Face without map: its rows as numpy, the windows cut in the loop."""
    for row in _loaded(folder, streaming=False).with_format("numpy"):
        yield from windows(row)


def _loaded(folder: Path, streaming: bool) -> Any:
    from datasets import load_dataset

    files = str(folder / "data" / "train-*.parquet")
    return load_dataset(
        "parquet", data_files=files, split="train", columns=list(COLUMNS), streaming=streaming
    )


def _mapped(folder: Path, streaming: bool) -> Any:
    return _loaded(folder, streaming).with_format("numpy").map(_flat, remove_columns=list(COLUMNS))


def _flat(row: Row) -> Row:
    """Lay a song's windows flat into three arrays, which Hugging Face writes and reads far faster."""
    notes, chords = zip(*windows(row), strict=True)
    counts = np.array([len(window) for window in notes])
    return {"notes": np.concatenate(notes).ravel(), "counts": counts, "chords": np.concatenate(chords)}


def _cut(rows: Iterable[Row]) -> Iterator[Window]:
    """Undo `_flat`."""
    for row in rows:
        notes = row["notes"].reshape(-1, len(_NOTE))
        yield from zip(
            np.split(notes, np.cumsum(row["counts"])[:-1]), row["chords"].reshape(-1, BEATS), strict=True
        )


def measure_epochs(folder: Path, songs: int) -> list[str]:
    """Return the table of epochs."""
    import datasets  # here, where its import is not timed and its cache's place is known

    datasets.disable_progress_bars()
    write_rows(folder / "data", synthetic(songs))
    size = sum(path.stat().st_size for path in (folder / "data").iterdir()) / 1e6
    ways: dict[str, Callable[[Path], Iterable[Window]]] = {
        "`symmv_tools.load(folder, split=…, columns=…)`, parts of groups": ours,
        "the same with whole columns": partial(ours, columns=COLUMNS),
        '`load_dataset(…, columns).with_format("numpy").map(f)`, the first epoch': hf_map,
        "the same, a second epoch: the windows lie cut in its cache": hf_map,
        '`load_dataset(…, streaming=True).with_format("numpy").map(f)`': hf_stream,
        '`load_dataset(…).with_format("numpy")`, windows cut in the loop': hf_iterate,
    }
    told = {name: timed(way, folder) for name, way in ways.items()}
    digests = {epoch.digest for epoch in told.values()}
    assert len(digests) == 1, "the ways do not give the same windows"
    fast, *_ = told.values()
    lines = [
        f"{songs:,} songs, {fast.windows:,} windows of eight bars, {size:,.0f} MB of Parquet; one thread. "
        "Every way gives the same windows, byte for byte.",
        "",
        "| one epoch | seconds | of CPU | windows per second | ours is faster by | by CPU |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for name, epoch in told.items():
        ratios = f"{epoch.seconds / fast.seconds:.1f} | {epoch.cpu_seconds / fast.cpu_seconds:.1f}"
        rate = f"{epoch.windows / epoch.seconds:,.0f}"
        lines.append(f"| {name} | {epoch.seconds:.2f} | {epoch.cpu_seconds:.2f} | {rate} | {ratios} |")
    return lines


class Epoch(NamedTuple):
    """What an epoch took, by the clock and of the processor, and a digest of its windows."""

    seconds: float
    cpu_seconds: float
    windows: int
    digest: str


def timed(way: Callable[[Path], Iterable[Window]], folder: Path) -> Epoch:
    """Read an epoch; its digest is not timed."""
    started, began = time.perf_counter(), time.process_time()
    found = list(way(folder))
    seconds, cpu_seconds = time.perf_counter() - started, time.process_time() - began
    digest = hashlib.sha256()
    for notes, chords in found:
        digest.update(np.asarray(notes, np.float32).tobytes() + np.asarray(chords, np.int64).tobytes())
    return Epoch(seconds, cpu_seconds, len(found), digest.hexdigest())


def synthetic(songs: int, n_notes: int = 1800, n_beats: int = 449) -> Iterator[Row]:
    """Songs as long as POP909's: 225 s at 120 beats per minute, 1,800 notes, a chord every other beat."""
    rng = np.random.default_rng(0)
    at = np.arange(n_beats)
    for i in range(songs):
        onset = np.sort(rng.uniform(0, n_beats / 2, n_notes))
        chords = rng.integers(0, len(CHORDS), n_beats // 2 + 1)
        yield {
            "song_id": f"synthetic:{i:07d}",
            "split": "train",
            "title": f"Song {i}",
            "duration": n_beats / 2,
            "tempo_global": 120.0,
            "note_midi": {
                "time": onset,
                "duration": rng.uniform(0.1, 1.0, n_notes),
                "value": rng.integers(36, 96, n_notes).astype(np.uint8),
                "velocity": rng.integers(30, 110, n_notes).astype(np.uint8),
                "track": np.where(rng.random(n_notes) < 0.3, "melody", "accompaniment").tolist(),
            },
            "beat": {
                "time": at / 2,
                "value": (at % 4 + 1).astype(np.uint8),
                "confidence": np.ones(n_beats, np.float32),
            },
            "chord": {
                "time": np.arange(len(chords)) * 1.0,
                "duration": np.ones(len(chords)),
                "value": [CHORDS[c] for c in chords],
                "confidence": rng.random(len(chords), np.float32),
            },
        }


# --- random rows ----------------------------------------------------------------------------------


def measure_ids(folder: Path, rows: int) -> list[str]:
    """Return the table of random rows by id, read from an export of so many small songs."""
    write_many(folder / "data", rows)
    size = sum(path.stat().st_size for path in (folder / "data").iterdir()) / 1e9
    rng = np.random.default_rng(1)
    wanted = [f"synthetic:{i:07d}" for i in rng.choice(rows, min(PICKED, rows), replace=False)]
    lines = [
        f"{rows:,} small songs ({NOTES} notes each), row groups of {GROUP:,}, {size:.2f} GB; one thread.",
        "",
        "| from that | seconds |",
        "| --- | --- |",
    ]
    opened = [time.perf_counter()]
    few = symmv_tools.load(folder, columns=["title", "tempo_global", "chord"])
    opened.append(time.perf_counter())
    few.find(wanted[0])
    opened.append(time.perf_counter())
    found = few.take(wanted)
    opened.append(time.perf_counter())
    assert [row["song_id"] for row in found] == wanted
    everything = symmv_tools.load(folder).take(wanted)
    opened.append(time.perf_counter())
    assert [row["song_id"] for row in everything] == wanted
    steps = (
        "open it",
        "find the first song by id (reads every id)",
        f"{len(wanted):,} random songs by id, three columns",
        f"{len(wanted):,} random songs by id, every column, opening and ids again",
    )
    for step, seconds in zip(steps, np.diff(opened), strict=True):
        lines.append(f"| {step} | {seconds:.2f} |")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    return [*lines, "", f"Memory of the process at its peak, writing included: {peak:.2f} GB."]


def write_many(folder: Path, rows: int) -> None:
    """Write the same thousand songs again and again, each time under other ids."""
    folder.mkdir(parents=True)
    columns = with_features(schema())
    once = pa.Table.from_pylist(list(synthetic(GROUP, NOTES, 33)), schema=columns)
    n_files = -(-rows // FILE)
    for number in range(n_files):
        with open_writer(folder / f"train-{number:05d}-of-{n_files:05d}.parquet", columns) as writer:
            for start in range(number * FILE, min((number + 1) * FILE, rows), GROUP):
                ids = pa.array([f"synthetic:{i:07d}" for i in range(start, min(start + GROUP, rows))])
                writer.write_table(once.slice(0, len(ids)).set_column(0, columns.field(0), ids))


if __name__ == "__main__":
    main()
