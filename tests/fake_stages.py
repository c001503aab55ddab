"""A small world of stages for tests: MIDI bytes in, numbers out, in a few milliseconds."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from symmv_tools import row
from symmv_tools.pipeline.house import House
from symmv_tools.pipeline.shards import Shard
from symmv_tools.settings import runtime, semantic
from symmv_tools.stage import Context, Done, Failed, Item, Outcome, Rejected, Resources, Stage
from symmv_tools.stages.jobs import run_job


@dataclass(frozen=True)
class CountSettings:
    """Settings of `count`."""

    batch: int = runtime(8, "how many at a time")


@dataclass(frozen=True)
class DoubleSettings:
    """Settings of `double`."""

    factor: int = semantic(2, "what to multiply with")
    minor: bool = semantic(False, "say A:min instead of C:maj")


def _count(items: Sequence[Item], settings: Any, context: Context) -> Iterator[Outcome]:
    """Read the MIDI file as text; some words in it are orders."""
    for item in items:
        assert item.song.midi is not None
        text = Path(item.song.midi).read_text(encoding="utf-8")
        time.sleep(float(os.environ.get("SYMMV_TEST_PAUSE", "0")))
        match text.strip():
            case "reject":
                yield Rejected("TOO_DULL", "nothing happens in it")
            case "fail":
                yield Failed("ACCIDENT", "it slipped", retryable=True)
            case "raise":
                raise RuntimeError("boom")
            case "die":
                os.kill(os.getpid(), signal.SIGKILL)
            case "hang":
                time.sleep(60)
            case "full":
                raise OSError(28, "No space left on device", item.song.midi)
            case _:
                yield Done({"duration": float(len(text))})


def _double(items: Sequence[Item], settings: DoubleSettings, context: Context) -> Iterator[Outcome]:
    for item in items:
        yield Done({"tempo_global": item.values["duration"] * settings.factor})


def _label(items: Sequence[Item], settings: DoubleSettings, context: Context) -> Iterator[Outcome]:
    for item in items:
        label = "A:min" if settings.minor else "C:maj"
        group = {"time": [0.0], "duration": [item.values["duration"]], "value": [label], "confidence": [1.0]}
        yield Done({"chord": group})


COUNT = Stage(
    name="count",
    version="1.0.0",
    makes={"duration": pa.float64()},
    media=("midi",),
    settings=CountSettings,
    run=_count,
    resources=Resources(timeout_seconds=3.0),
)
DOUBLE = Stage(
    name="double",
    version="1.0.0",
    makes={"tempo_global": pa.float64()},
    needs=("duration",),
    settings=DoubleSettings,
    run=_double,
)
LABEL = Stage(
    name="label",
    version="1.0.0",
    makes={"chord": row.LABELS},
    needs=("duration",),
    settings=DoubleSettings,
    run=_label,
)
WORLD = (COUNT, DOUBLE, LABEL)


def annotate_here(house: House) -> None:
    """Run everything that is due in this process: a worker takes seconds to start."""
    nodes = house.nodes()
    for songs in house.judged(nodes):
        shard = Shard(house, songs, list(nodes))
        while groups := shard.ready(str):
            for group in groups:
                for report in run_job(shard.job(group, shard.due(group[0]), Context())):
                    shard.take_in(report, nodes)
                shard.over([node.key for node in group])
    house.store.refresh()
