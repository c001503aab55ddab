"""The order of stages, derived from what each needs and makes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from itertools import takewhile

from symmv_tools.errors import BadCall
from symmv_tools.settings import nearest
from symmv_tools.stage import Stage


@dataclass(frozen=True)
class Graph:
    """Stages in an order in which each comes after all that make what it needs.

    `makers[column]` are the stages that make a column, in the order in which they were declared:
    the first that is not absent for a song is the one that counts.
    """

    stages: tuple[Stage, ...]
    makers: dict[str, tuple[Stage, ...]]

    @cached_property
    def facts(self) -> frozenset[str]:
        """Every field of a Song that some stage reads."""
        return frozenset(fact for stage in self.stages for fact in stage.facts)

    @cached_property
    def earlier(self) -> dict[str, list[tuple[Stage, ...]]]:
        """For each stage and each column it makes, the makers that were declared before it."""
        return {
            stage.name: [self._before(stage.name, column) for column in stage.makes] for stage in self.stages
        }

    def _before(self, name: str, column: str) -> tuple[Stage, ...]:
        return tuple(takewhile(lambda maker: maker.name != name, self.makers[column]))

    def stage(self, name: str) -> Stage:
        """Return the stage called `name`; BadCall with the nearest name if there is none."""
        for stage in self.stages:
            if stage.name == name:
                return stage
        raise BadCall(f"there is no stage {name!r}", nearest(name, [s.name for s in self.stages]))

    def sources(self, stage: Stage) -> tuple[Stage, ...]:
        """Return every stage that makes something `stage` needs."""
        found = {s.name: s for column in stage.needs for s in self.makers[column]}
        return tuple(found.values())

    def with_upstream(self, names: Iterable[str]) -> set[str]:
        """Return `names` and all that they need, directly or not."""
        wanted: set[str] = set()
        queue = [self.stage(name) for name in names]
        while queue:
            stage = queue.pop()
            if stage.name not in wanted:
                wanted.add(stage.name)
                queue.extend(self.sources(stage))
        return wanted


def build(stages: Sequence[Stage]) -> Graph:
    """Order `stages`; ties keep the order of declaration.

    Raises ValueError if a stage needs a column that none makes, or stages need each other.
    """
    makers: dict[str, tuple[Stage, ...]] = {}
    for stage in stages:
        for column in stage.makes:
            makers[column] = (*makers.get(column, ()), stage)
    for stage in stages:
        for column in stage.needs:
            if column not in makers:
                raise ValueError(f"stage {stage.name!r} needs {column!r}, which no stage makes")
    unordered = Graph(tuple(stages), makers)
    rank = {stage.name: i for i, stage in enumerate(stages)}
    return Graph(tuple(sorted(stages, key=lambda s: (_depths(unordered)[s.name], rank[s.name]))), makers)


def _depths(graph: Graph) -> dict[str, int]:
    """Return how many steps each stage lies behind the media."""
    sorter = TopologicalSorter({s.name: [u.name for u in graph.sources(s)] for s in graph.stages})
    depth: dict[str, int] = {}
    try:
        for name in sorter.static_order():
            depth[name] = 1 + max((depth[u.name] for u in graph.sources(graph.stage(name))), default=-1)
    except CycleError as why:
        raise ValueError(f"stages need each other: {' -> '.join(why.args[1])}") from why
    return depth
