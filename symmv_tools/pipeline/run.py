"""Running what is due: `symmv annotate` and `symmv retry`.

Songs go through the stages in shards. A stage of a shard starts as soon as its inputs are there,
so a GPU transcribes one shard while the CPU finds the chords of another. All results are parts
that workers have committed themselves; the driver only keeps count, and can be killed at will.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from symmv_tools.engines.local import Died, LocalEngine, Overran, first_done, result
from symmv_tools.pipeline.active import Node, refuse_released
from symmv_tools.pipeline.checks import check_house
from symmv_tools.pipeline.house import House, Judged
from symmv_tools.pipeline.plan import Plan, make_plan
from symmv_tools.pipeline.shards import Retry, Shard
from symmv_tools.pipeline.states import State
from symmv_tools.stage import Context, Failed
from symmv_tools.stages.jobs import Errand, Job, Report, run_job, write_outcomes

SHARD = 16
"""Songs that travel together; small enough that a killed run loses little."""


@dataclass
class Progress:
    """Hears how a run goes; the front door draws it. Every method may be left as it is."""

    started: Callable[[dict[str, int]], None] = lambda due: None
    advanced: Callable[[str, Counter[str], float], None] = lambda key, outcomes, seconds: None


@dataclass
class Summary:
    """What a run did: outcomes per stage, and the seconds its workers spent there."""

    outcomes: dict[str, Counter[str]] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    songs: int = 0

    @property
    def failed(self) -> int:
        """How many song-stages failed in this run."""
        return sum(counts["failed"] for counts in self.outcomes.values())


def annotate(
    house: House,
    names: Sequence[str] = (),
    *,
    gpu: int | None = None,
    workers: int | None = None,
    limit: int | None = None,
    retry: Retry = Retry(),  # noqa: B008 - frozen
    progress: Progress | None = None,
) -> Summary:
    """Run every stale stage of every song, or the named stages with what they need.

    The caller holds the store's lock. Raises HouseFault as soon as the machine, not a song, is at
    fault; what is finished by then is kept.
    """
    refuse_released(names)
    nodes = [node for node in house.wanted(names) if not node.is_released]
    plan = make_plan(house, nodes, limit=limit)
    due = _due(plan, retry)
    weights = check_house([node for node in nodes if node.key in due | _waiting(plan, retry)], gpu)
    house.active.save(house.store.root)  # now that nothing stands in their way
    if not due:
        return Summary(songs=plan.songs)
    house.store.sweep()
    workers = workers or min(os.cpu_count() or 1, max(due.values()))
    run = Run(house, nodes, weights, LocalEngine(workers, gpu), retry, progress or Progress())
    run.summary.songs = plan.songs
    run.progress.started(due)
    try:
        for batch in house.judged(nodes, limit=limit):
            run.batch(batch)
    except BaseException:
        run.engine.close(now=True)
        raise
    run.engine.close()
    return run.summary


def _due(plan: Plan, retry: Retry) -> dict[str, int]:
    counts = {
        s.key: s.states[State.STALE] + (s.states[State.FAILED] if retry.failed else 0) for s in plan.stages
    }
    return {key: n for key, n in counts.items() if n}


def _waiting(plan: Plan, retry: Retry) -> dict[str, int]:
    """Stages that songs will reach if what failed before them is retried, and how many."""
    counts = {s.key: s.states[State.BLOCKED] for s in plan.stages if retry.failed}
    return {key: n for key, n in counts.items() if n}


@dataclass
class _UnderWay:
    shard: Shard
    nodes: list[Node]
    songs: list[Judged]
    job: Job


@dataclass
class Run:
    """One driver's run: keeps the engine's lanes filled, earlier shards first."""

    house: House
    nodes: list[Node]
    weights: dict[str, str]
    engine: LocalEngine
    retry: Retry
    progress: Progress
    summary: Summary = field(default_factory=Summary)
    _flying: dict[Future[Any], _UnderWay] = field(default_factory=dict)
    _queue: list[tuple[Shard, list[Node], list[Judged]]] = field(default_factory=list)
    _open: Counter[tuple[int, str]] = field(default_factory=Counter)  # jobs per shard and node not yet over

    def batch(self, songs: Sequence[Judged]) -> None:
        """Bring a batch of songs through all stages."""
        size = max(1, min(SHARD, -(-len(songs) // self.engine.workers)))
        shards = [
            Shard(self.house, list(songs[i : i + size]), list(self.nodes), self.retry)
            for i in range(0, len(songs), size)
        ]
        fresh = iter(shards)
        while True:
            self._fill(fresh)
            if not self._flying:
                break
            for future in first_done(self._flying):
                self._land(future, self._flying.pop(future))

    def _fill(self, fresh: Iterator[Shard]) -> None:
        """Start queued jobs while lanes have room, opening new shards when the queue runs dry."""
        while True:
            self._queue = [entry for entry in self._queue if not self._start(*entry)]
            if len(self._queue) > 4 * self.engine.workers:
                return
            shard = next(fresh, None)
            if shard is None:
                return
            self._enqueue(shard)

    def _enqueue(self, shard: Shard) -> None:
        for nodes in shard.ready(self.engine.lane):
            songs = [j for j in shard.songs if any(shard.is_due(n, j) for n in nodes)]
            size = min(node.stage.resources.shard for node in nodes)
            for i in range(0, len(songs), size):
                self._queue.append((shard, nodes, songs[i : i + size]))
                self._open.update((id(shard), node.key) for node in nodes)

    def _start(self, shard: Shard, nodes: list[Node], songs: list[Judged]) -> bool:
        lane = self.engine.lane(nodes[0].lane)
        queue = self.engine.queue(lane)
        flying = [u for u in self._flying.values() if self._queue_of(u) == queue]
        if len(flying) >= self.engine.slots(lane):
            return False
        job = shard.job(nodes, songs, self.context(lane))
        timeout = max(n.stage.resources.timeout_seconds for n in nodes) * len(songs)
        self._flying[self.engine.submit(lane, run_job, job, timeout)] = _UnderWay(shard, nodes, songs, job)
        return True

    def context(self, lane: str) -> Context:
        """Return what work of a lane may use; only the GPU's process sees a GPU, to decode there too."""
        device = self.engine.device(lane)
        decoder = "cpu" if device == "cpu" else self.house.active.chore("video").decoder
        return Context(device, self.engine.threads, self.weights, decoder)

    def _queue_of(self, under_way: _UnderWay) -> str:
        return self.engine.queue(under_way.nodes[0].lane)

    def _land(self, future: Future[Any], landed: _UnderWay) -> None:
        try:
            reports: list[Report] = result(future)
        except (Died, Overran) as why:
            if len(landed.songs) > 1:  # one of them did it: each by itself will tell which
                self._queue = [(landed.shard, landed.nodes, [song]) for song in landed.songs] + self._queue
                extra = Counter((id(landed.shard), n.key) for n in landed.nodes for _ in landed.songs[1:])
                self._open.update(extra)
                return
            reports = _book(landed.job, why)
        for report in reports:
            self._enter(landed.shard, report)
        self._close(landed)

    def _enter(self, shard: Shard, report: Report) -> None:
        shard.take_in(report, self.nodes)
        self.house.store.cache.take_in(report.key, report.part)
        outcomes = Counter(line.outcome for line in report.lines)
        self.summary.outcomes.setdefault(report.key, Counter()).update(outcomes)
        self.summary.seconds[report.key] = self.summary.seconds.get(report.key, 0.0) + report.seconds
        self.progress.advanced(report.key, outcomes, report.seconds)

    def _close(self, landed: _UnderWay) -> None:
        for node in landed.nodes:
            self._open[id(landed.shard), node.key] -= 1
            if not self._open[id(landed.shard), node.key]:
                landed.shard.over([node.key])
        self._enqueue(landed.shard)


def _book(job: Job, why: Died | Overran) -> list[Report]:
    """Book the death of a worker against the one song it was busy with."""
    errands: tuple[Errand, ...] = job.errands
    code = "TIMEOUT" if isinstance(why, Overran) else "WORKER_CRASH"
    limit = max(errand.stage.resources.timeout_seconds for errand in errands)
    said = f"took longer than {limit:g} s" if isinstance(why, Overran) else str(why)
    outcome = Failed(code, f"{said}; run `symmv retry` to try once more", retryable=True)
    return [
        write_outcomes(errand, [(task, outcome, 0.0) for task in job.tasks if errand.key in task.due])
        for errand in errands
    ]
