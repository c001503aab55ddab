"""A shard on its way through the stages: which of them can run now, and what came out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from symmv_tools.pipeline.active import Node
from symmv_tools.pipeline.house import House, Judged
from symmv_tools.pipeline.states import Judge, State, maker_of
from symmv_tools.stage import Context
from symmv_tools.stages.jobs import Errand, Job, Report, Task
from symmv_tools.store.cache import Known
from symmv_tools.store.parts import Ref, number_of


@dataclass(frozen=True)
class Retry:
    """Which failed rows a run takes up again: none, those that could do better, or all."""

    failed: bool = False
    even_permanent: bool = False

    def takes(self, row: Known | None) -> bool:
        """Whether this failed row is to be run again."""
        return row is not None and self.failed and (row.retryable or self.even_permanent)


@dataclass(eq=False)
class Shard:
    """Some songs and the nodes that still lie before them."""

    house: House
    songs: list[Judged]
    waiting: list[Node]
    retry: Retry = Retry()
    under_way: set[str] = field(default_factory=set)

    @property
    def finished(self) -> bool:
        """Whether nothing is left to do or to wait for."""
        return not self.waiting and not self.under_way

    def ready(self, lane: Callable[[str], str]) -> list[list[Node]]:
        """Take out and return what can run now: single nodes, and the readers of each lane in one group.

        `lane` says where work of a lane really goes: without a GPU all readers share one decoding.
        Nodes at which no song is due are dropped on the way.
        """
        singles: list[list[Node]] = []
        readers: dict[str, list[Node]] = {}
        for node in [n for n in self.waiting if self._inputs_are_there(n)]:
            self.waiting.remove(node)
            if not self.due(node):
                continue
            self.under_way.add(node.key)
            if node.stage.reader:
                readers.setdefault(lane(node.lane), []).append(node)
            else:
                singles.append([node])
        # Whatever was dropped may have been all that another node waited for.
        more = self.ready(lane) if not singles and not readers and self._stuck() else []
        return [*singles, *readers.values(), *more]

    def _stuck(self) -> bool:
        return any(self._inputs_are_there(node) for node in self.waiting)

    def _inputs_are_there(self, node: Node) -> bool:
        pending = {n.key for n in self.waiting} | self.under_way
        return not any(source.name in pending for source in self.house.graph.sources(node.stage))

    def due(self, node: Node) -> list[Judged]:
        """Return the songs that are to be run at `node`."""
        return [j for j in self.songs if self.is_due(node, j)]

    def is_due(self, node: Node, judged: Judged) -> bool:
        """Whether one song is to be run at `node`."""
        cell = judged.cells[node.key]
        return cell.state is State.STALE or (cell.state is State.FAILED and self.retry.takes(cell.row))

    def job(self, nodes: Sequence[Node], songs: Sequence[Judged], context: Context) -> Job:
        """Describe the work of `nodes` on `songs`."""
        errands = tuple(
            Errand(n.key, n.stage, n.settings, n.config, n.config_text, str(self.house.store.new_part(n.key)))
            for n in nodes
        )
        return Job(errands, tuple(self._task(nodes, judged) for judged in songs), context)

    def _task(self, nodes: Sequence[Node], judged: Judged) -> Task:
        due = {}
        for node in nodes:
            cell = judged.cells[node.key]
            if self.is_due(node, judged):
                due[node.key] = (cell.fingerprint, dict(cell.inputs or {}))
        needed = {column for node in nodes if node.key in due for column in node.stage.needs}
        columns = {column: self._ref(judged, column) for column in sorted(needed)}
        return Task(judged.record.song, due, columns)

    def _ref(self, judged: Judged, column: str) -> Ref:
        maker = maker_of(self.house.graph, column, judged.cells)
        assert maker is not None, "a song is due only where every input has a maker"
        row = judged.cells[maker.name].row
        assert row is not None, "and that maker has run"
        return row.ref

    def take_in(self, report: Report, nodes: Sequence[Node]) -> None:
        """Enter what came out of one errand, so that the next stages see it."""
        config = next(node.config for node in nodes if node.key == report.key)
        number = number_of(Path(report.part).name)
        judge = Judge(self.house.graph, nodes)
        by_id = {judged.record.song.song_id: judged for judged in self.songs}
        for index, line in enumerate(report.lines):
            known = Known(
                line.fingerprint,
                config,
                line.outcome,
                line.code,
                line.retryable,
                number,
                Ref(report.part, index),
            )
            judged = by_id[line.song_id]
            older = [row for row in judged.rows[report.key] if row.fingerprint != known.fingerprint]
            judged.rows[report.key] = [*older, known]
            judged.cells = judged.judged_by(judge)

    def over(self, keys: Sequence[str]) -> None:
        """Note that all jobs of these nodes are over for this shard."""
        self.under_way -= set(keys)
