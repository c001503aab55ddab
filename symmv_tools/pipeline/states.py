"""What is true of one song at every stage: fresh, stale, blocked and so on.

A fingerprint is made of the stage's own config (name, version, semantic settings, checkpoints) and
of the fingerprints of its inputs, never of their content. So what a whole chain would be made of
is known before any of it runs, and switching a setting back finds the old rows.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

from symmv_tools.pipeline.active import Node
from symmv_tools.pipeline.graph import Graph
from symmv_tools.stage import Stage
from symmv_tools.store.cache import Known


class State(StrEnum):
    """What `symmv plan` says of a song at a stage."""

    FRESH = "fresh"
    STALE = "stale"
    REJECTED = "rejected"
    FAILED = "failed"
    BLOCKED = "blocked"  # an input failed; waits for its retry
    CLOSED = "closed"  # an input was rejected: nothing will come
    ABSENT = "absent"  # the song lacks the medium, or an earlier maker of the column serves it


_OF_OUTCOME = {"done": State.FRESH, "rejected": State.REJECTED, "failed": State.FAILED}


class Cell(NamedTuple):
    """A song at a stage: its state, and what it is or would be made of."""

    state: State
    fingerprint: str = ""
    inputs: Mapping[str, str] | None = None
    row: Known | None = None


_ABSENT = Cell(State.ABSENT)
Cells = Mapping[str, Cell]
Rows = Mapping[str, Sequence[Known]]
"""Rows of one song by node key, oldest first."""


class _Step(NamedTuple):
    """What judging one node takes, worked out once for all songs."""

    key: str
    config: str
    is_enabled: bool
    given: frozenset[str]  # the media and facts it needs
    makers: dict[str, tuple[str, ...]]  # needed column -> the stages that could serve it
    inputs: tuple[str, ...]  # media, facts and columns, sorted
    earlier: list[tuple[str, ...]]  # for each column it makes, the makers before it; [] if one has none
    is_released: bool


class Judge:
    """Judges songs at the given nodes, which are in running order.

    A plan asks this of every song at every node, so all that does not depend on the song is done here.
    """

    def __init__(self, graph: Graph, nodes: Sequence[Node]) -> None:
        self._steps = [_step(graph, node) for node in nodes]

    def __call__(self, given: Mapping[str, str], rows: Rows) -> dict[str, Cell]:
        """Return the cell of one song at every node, in order.

        `given` maps each medium the song has to its content digest, and each fact to its own.
        """
        cells: dict[str, Cell] = {}
        for step in self._steps:
            cells[step.key] = _cell(step, given, rows.get(step.key, ()), cells)
        return cells


def _step(graph: Graph, node: Node) -> _Step:
    stage = node.stage
    earlier = [tuple(maker.name for maker in makers) for makers in graph.earlier[stage.name]]
    return _Step(
        node.key,
        node.config,
        stage.enabled(node.settings),
        frozenset((*stage.media, *stage.facts)),
        {column: tuple(maker.name for maker in graph.makers[column]) for column in stage.needs},
        tuple(sorted((*stage.media, *stage.facts, *stage.needs))),
        earlier if all(earlier) else [],
        node.is_released,
    )


def _cell(step: _Step, given: Mapping[str, str], rows: Sequence[Known], cells: Cells) -> Cell:
    if step.is_released:
        return _imported(rows)
    if not step.is_enabled or not step.given <= given.keys():
        return _ABSENT
    if step.earlier and all(_serving(makers, cells) for makers in step.earlier):
        return _ABSENT  # every column it makes is served already
    inputs: dict[str, str] = {}
    worst = State.FRESH
    for name in step.inputs:
        if name not in step.makers:
            inputs[name] = given[name]
            continue
        maker = _serving(step.makers[name], cells)
        if maker is None:
            return _ABSENT
        above = cells[maker]
        inputs[name] = above.fingerprint
        if above.state is not State.FRESH:
            worst = _worse(worst, above.state)
    fingerprint = fingerprint_of(step.config, inputs)
    row = _row_of(fingerprint, rows)
    if worst is not State.FRESH:
        return Cell(worst, fingerprint, inputs, row)
    # A row under this fingerprint stays good even while an input has to be made again.
    return Cell(_OF_OUTCOME[row.outcome] if row else State.STALE, fingerprint, inputs, row)


def _imported(rows: Sequence[Known]) -> Cell:
    """Return the cell of imported rows: the newest counts, whatever it was made of."""
    if not rows:
        return _ABSENT
    return Cell(_OF_OUTCOME[rows[-1].outcome], rows[-1].fingerprint, {}, rows[-1])


def _row_of(fingerprint: str, rows: Sequence[Known]) -> Known | None:
    for row in rows:  # the cache holds one row per song and fingerprint, the newest
        if row.fingerprint == fingerprint:
            return row
    return None


def _serving(makers: Sequence[str], cells: Cells) -> str | None:
    """Return the first of these stages that is not absent for the song."""
    for name in makers:
        if name in cells and cells[name].state is not State.ABSENT:
            return name
    return None


def maker_of(graph: Graph, column: str, cells: Cells) -> Stage | None:
    """Return the stage that serves `column` for this song: the first maker that is not absent."""
    return next((m for m in graph.makers[column] if _serving((m.name,), cells)), None)


def _worse(worst: State, above: State) -> State:
    """Return what an input's state makes of what reads it: closed, blocked or as it was."""
    if above is State.STALE:
        return worst
    if above in (State.REJECTED, State.CLOSED) or worst is State.CLOSED:
        return State.CLOSED
    return State.BLOCKED


def fingerprint_of(config: str, inputs: Mapping[str, str]) -> str:
    """Return the fingerprint of a row; `inputs` are in order of their names."""
    text = config + "".join([f"\n{name}={value}" for name, value in inputs.items()])
    return hashlib.sha256(text.encode()).hexdigest()[:32]
