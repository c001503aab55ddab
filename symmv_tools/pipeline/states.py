"""What is true of one song at every stage: fresh, stale, blocked and so on.

A fingerprint is made of the stage's own config (name, version, semantic settings, checkpoints) and
of the fingerprints of its inputs, never of their content. So what a whole chain would be made of
is known before any of it runs, and switching a setting back finds the old rows.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

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


@dataclass(frozen=True)
class Cell:
    """A song at a stage: its state, and what it is or would be made of."""

    state: State
    fingerprint: str = ""
    inputs: Mapping[str, str] | None = None
    row: Known | None = None


_ABSENT = Cell(State.ABSENT)
Rows = Mapping[str, Sequence[Known]]
"""Rows of one song by node key, oldest first."""


def judge(graph: Graph, nodes: Sequence[Node], media: Mapping[str, str], rows: Rows) -> dict[str, Cell]:
    """Return the cell of one song at every node, in order.

    `media` maps each medium the song has to its content digest.
    """
    cells: dict[str, Cell] = {}
    for node in nodes:
        cells[node.key] = _cell(graph, node, media, rows.get(node.key, ()), cells)
    return cells


def _cell(
    graph: Graph, node: Node, media: Mapping[str, str], rows: Sequence[Known], cells: Mapping[str, Cell]
) -> Cell:
    stage = node.stage
    if (
        not stage.enabled(node.settings)
        or any(m not in media for m in stage.media)
        or _superseded(graph, node, cells)
    ):
        return _ABSENT
    inputs = {medium: media[medium] for medium in stage.media}
    worst = State.FRESH
    for column in stage.needs:
        maker = maker_of(graph, column, cells)
        if maker is None:
            return _ABSENT
        above = cells[maker.name]
        inputs[column] = above.fingerprint
        worst = _worse(worst, above.state)
    fingerprint = _fingerprint(node.config, inputs)
    row = next((r for r in reversed(rows) if r.fingerprint == fingerprint), None)
    if worst in (State.CLOSED, State.BLOCKED):
        return Cell(worst, fingerprint, inputs, row)
    # A row under this fingerprint stays good even while an input has to be made again.
    return Cell(_OF_OUTCOME[row.outcome] if row else State.STALE, fingerprint, inputs, row)


def _superseded(graph: Graph, node: Node, cells: Mapping[str, Cell]) -> bool:
    """Whether an earlier maker already serves every column this stage makes."""
    return all(any(_serves(m, cells) for m in makers) for makers in graph.earlier[node.stage.name])


def _serves(maker: Stage, cells: Mapping[str, Cell]) -> bool:
    return maker.name in cells and cells[maker.name].state is not State.ABSENT


def maker_of(graph: Graph, column: str, cells: Mapping[str, Cell]) -> Stage | None:
    """Return the stage that serves `column` for this song: the first maker that is not absent."""
    for maker in graph.makers[column]:
        if _serves(maker, cells):
            return maker
    return None


def _worse(worst: State, above: State) -> State:
    if State.CLOSED in (worst, above) or above is State.REJECTED:
        return State.CLOSED
    if State.BLOCKED in (worst, above) or above is State.FAILED:
        return State.BLOCKED
    return worst


def _fingerprint(config: str, inputs: Mapping[str, str]) -> str:
    text = config + "".join(f"\n{name}={inputs[name]}" for name in sorted(inputs))
    return hashlib.sha256(text.encode()).hexdigest()[:32]
