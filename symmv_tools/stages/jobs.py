"""A job: some stages on a shard of songs, small enough to send anywhere. And running one.

Only this description and a short report cross between processes; a worker reads the columns it
needs from the parts, and what it makes goes straight into new parts.
"""

from __future__ import annotations

import importlib.metadata
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from typing import Any

from symmv_tools.errors import house_fault
from symmv_tools.song import Song
from symmv_tools.stage import Context, Failed, Item, Outcome, Reader, Stage, StreamInfo
from symmv_tools.stages.video_pass import failed, read_video
from symmv_tools.store.parts import Entry, Ref, fetch, write_part

GPU_DECODERS = 4
"""Videos decoded side by side for a GPU, which one decoder cannot keep busy. Decoding lets go of the GIL."""


@dataclass(frozen=True)
class Errand:
    """One stage of a job: what to run, under which config, and into which part its rows go."""

    key: str
    stage: Stage
    settings: Any
    config: str
    config_text: str
    part: str


@dataclass(frozen=True)
class Task:
    """One song of a job: for each errand it is due at, the row's fingerprint and what it is made of."""

    song: Song
    due: Mapping[str, tuple[str, Mapping[str, str]]]
    columns: Mapping[str, Ref]


@dataclass(frozen=True)
class Job:
    """Errands on a shard of songs: one errand, or the video readers of a lane, which share a decoding."""

    errands: tuple[Errand, ...]
    tasks: tuple[Task, ...]
    context: Context


@dataclass(frozen=True)
class Line:
    """What a report says of one song."""

    song_id: str
    fingerprint: str
    outcome: str
    code: str | None
    retryable: bool


@dataclass(frozen=True)
class Report:
    """What became of one errand: its part and a line per song, in the part's order."""

    key: str
    part: str
    lines: tuple[Line, ...]
    seconds: float


def run_job(job: Job) -> list[Report]:
    """Run a job and write its parts. Raises HouseFault if the machine, not a song, is at fault."""
    try:
        outcomes = _read_videos(job) if job.errands[0].stage.reader else _run_stage(job)
        return [
            write_outcomes(errand, outcomes[errand.key]) for errand in job.errands if outcomes[errand.key]
        ]
    except Exception as why:
        fault = house_fault(why)
        if fault is not None and fault is not why:
            raise fault from why
        raise


Timed = tuple[Task, Outcome, float]


def _run_stage(job: Job) -> dict[str, list[Timed]]:
    (errand,) = job.errands
    cells = fetch_columns(job.tasks)
    items = [Item(task.song, cells[task.song.song_id]) for task in job.tasks]
    timed = zip(job.tasks, _outcomes(errand, items, job.context), strict=True)
    return {errand.key: [(task, outcome, seconds) for task, (outcome, seconds) in timed]}


def fetch_columns(tasks: Sequence[Task]) -> dict[str, dict[str, Any]]:
    """Read each song's needed columns, opening every part once; by song id."""
    wanted: dict[str, set[Ref]] = {}
    for task in tasks:
        for column, ref in task.columns.items():
            wanted.setdefault(column, set()).add(ref)
    cells = {column: fetch(refs, [column]) for column, refs in wanted.items()}
    return {t.song.song_id: {c: cells[c][ref][c] for c, ref in t.columns.items()} for t in tasks}


def _outcomes(errand: Errand, items: Sequence[Item], context: Context) -> Iterator[tuple[Outcome, float]]:
    """Yield an outcome for each item; an exception costs the item it struck, and no other."""
    done = 0
    while done < len(items):
        assert errand.stage.run is not None
        started = time.perf_counter()
        try:
            for outcome in errand.stage.run(items[done:], errand.settings, context):
                yield outcome, time.perf_counter() - started
                done, started = done + 1, time.perf_counter()
            break
        except Exception as why:  # a stage is many libraries deep: whatever escapes is the song's accident
            if house_fault(why) is not None:
                raise
            yield failed(why), time.perf_counter() - started
            done += 1
    assert done == len(items), f"{errand.key} gave {done} outcomes for {len(items)} songs"


def _read_videos(job: Job) -> dict[str, list[Timed]]:
    """Decode each song's video once, for every errand that is due there."""
    made: dict[str, list[Timed]] = {errand.key: [] for errand in job.errands}
    cells = fetch_columns(job.tasks)
    decoders = 1 if job.context.device == "cpu" else GPU_DECODERS
    with ThreadPoolExecutor(decoders, "decode") as threads:
        for read in threads.map(lambda task: _read_video(job, task, cells[task.song.song_id]), job.tasks):
            for key, timed in read.items():
                made[key].append(timed)
    return made


def _read_video(job: Job, task: Task, cells: Mapping[str, Any]) -> dict[str, Timed]:
    """Return the outcome of each errand that is due for one song."""
    assert task.song.video is not None
    due = [errand for errand in job.errands if errand.key in task.due]
    item = Item(task.song, cells)
    started = time.perf_counter()
    readers = {e.key: partial(_reader, e, item, job.context) for e in due}
    outcomes = read_video(task.song.video, readers, job.context.decoder)
    share = (time.perf_counter() - started) / len(due)
    return {errand.key: (task, outcomes[errand.key], share) for errand in due}


def _reader(errand: Errand, item: Item, context: Context, info: StreamInfo) -> Reader:
    stage = errand.stage
    assert stage.reader is not None
    mine = Item(item.song, {column: item.values[column] for column in stage.needs})
    return stage.reader(info, stage.equip(mine, errand.settings, context))


def write_outcomes(errand: Errand, timed: Sequence[Timed]) -> Report:
    """Write the part of one errand and return its report."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    versions = _versions(errand.stage.imports)
    entries = [
        Entry(
            task.song.song_id,
            task.due[errand.key][0],
            errand.config,
            outcome,
            task.due[errand.key][1],
            seconds,
            now,
            versions,
        )
        for task, outcome, seconds in timed
    ]
    write_part(Path(errand.part), errand.stage.makes, entries, {errand.config: errand.config_text})
    return Report(errand.key, errand.part, tuple(map(_line, entries)), sum(e.seconds for e in entries))


def _line(entry: Entry) -> Line:
    outcome = entry.outcome
    code = getattr(outcome, "code", None)
    retryable = isinstance(outcome, Failed) and outcome.retryable
    return Line(entry.song_id, entry.fingerprint, type(outcome).__name__.lower(), code, retryable)


@cache
def _versions(imports: tuple[str, ...]) -> dict[str, str]:
    """Return the installed version of each package a stage imports, where there is one."""
    if not imports:
        return {}
    found = {name: _owners().get(name.partition(".")[0], [name])[0] for name in imports}
    versions = {}
    for name, distribution in found.items():
        try:
            versions[name] = importlib.metadata.version(distribution)
        except importlib.metadata.PackageNotFoundError:
            continue  # an optional stand-in that this machine does without
    return versions


@cache
def _owners() -> Mapping[str, list[str]]:
    return importlib.metadata.packages_distributions()  # reads every installed package: 0.2 s
