"""The house: a store with the stages, their order, and what is active. What every command opens."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from symmv_tools.pipeline import graph as graphs
from symmv_tools.pipeline.active import Active, Node, is_released, released_node
from symmv_tools.pipeline.chores import BEFORE_SEARCH, Trouble, troubles
from symmv_tools.pipeline.graph import Graph
from symmv_tools.pipeline.states import Cell, Judge, State
from symmv_tools.pipeline.takedowns import CODE, Takedowns
from symmv_tools.song import MEDIA
from symmv_tools.stage import Stage
from symmv_tools.stages import ALL
from symmv_tools.store import Store
from symmv_tools.store.cache import Known
from symmv_tools.store.store import Record


@dataclass
class Judged:
    """A song, its rows and its cell at every node.

    `given` is what it brings: the content digest of each medium it has now, and a digest of each fact
    that a stage reads. `troubles` is what the network could not do for it; a song that was rejected
    there is closed at the nodes after it, and one that was taken down at every node.
    """

    record: Record
    given: dict[str, str]
    rows: dict[str, list[Known]]
    cells: dict[str, Cell]
    troubles: list[Trouble] = field(default_factory=list)

    @property
    def is_taken_down(self) -> bool:
        """Whether the song may be exported no more; see `takedowns`."""
        return any(trouble.code == CODE for trouble in self.troubles)

    def judged_by(self, judge: Judge) -> dict[str, Cell]:
        """Return the song's cells as they follow from its rows now."""
        cells = judge(self.given, self.rows)
        if self.is_taken_down:
            return dict.fromkeys(cells, Cell(State.CLOSED))
        if any(trouble.outcome == "rejected" for trouble in self.troubles):
            closed = Cell(State.CLOSED)
            return {key: cell if key in BEFORE_SEARCH else closed for key, cell in cells.items()}
        return cells


class House:
    """A store, its stages and its active settings."""

    def __init__(self, store: Store, stages: Sequence[Stage]) -> None:
        self.store = store
        self.graph: Graph = graphs.build(stages)
        self.active = Active.load(self.graph, store.root)
        self.takedowns = Takedowns.of(store.root)

    @classmethod
    def open(cls, work: str | Path, *, create: bool = False, stages: Sequence[Stage] | None = None) -> House:
        """Open the store at `work` with the stages of the package, or with others for a test."""
        store = Store.open(work, create=create)
        store.refresh()
        return cls(store, ALL if stages is None else stages)

    def nodes(self) -> list[Node]:
        """Return the active stages in running order, then the variants, then what was imported."""
        imported = sorted(filter(is_released, self.store.names()))
        return [*self.active.nodes(self.store.digest), *(released_node(self.graph, k) for k in imported)]

    def wanted(self, names: Sequence[str]) -> list[Node]:
        """Return the nodes that `names` (stages or `stage@variant`; none = all) ask for, and all upstream."""
        nodes = self.nodes()
        if not names:
            return nodes
        variants = {name for name in names if "@" in name}
        names = [name for name in names if not is_released(name)]  # which need nothing
        keys = self.graph.with_upstream(name.partition("@")[0] for name in names)
        bare = {name.partition("@")[0] for name in variants} - {n for n in names if "@" not in n}
        keys -= {b for b in bare if not any(b in _upstream(self.graph, n) for n in names)}
        return [node for node in nodes if node.key in keys | variants]

    def judged(
        self, nodes: Sequence[Node], *, batch: int = 4096, limit: int | None = None
    ) -> Iterator[list[Judged]]:
        """Yield the songs with their cells, batch by batch in order of their ids."""
        for records in self.store.batches(batch, limit=limit):
            yield self.judge(records, nodes)

    def judge(self, records: Sequence[Record], nodes: Sequence[Node]) -> list[Judged]:
        """Return the given songs with their rows and cells."""
        ids = [record.song.song_id for record in records]
        known = {node.key: self.store.known(node.key, ids) for node in nodes}
        judge = Judge(self.graph, nodes)
        found = troubles(self.store, ids)
        judged = []
        for record in records:
            song_id = record.song.song_id
            rows = {key: table.get(song_id, []) for key, table in known.items()}
            given = {**self._media(record), **self._facts(record)}
            fresh = Judged(record, given, rows, {}, self._troubles(record, found.get(song_id, [])))
            fresh.cells = fresh.judged_by(judge)
            judged.append(fresh)
        return judged

    def _troubles(self, record: Record, found: list[Trouble]) -> list[Trouble]:
        """Return what is to be said of a song; of one that was taken down, nothing but that."""
        why = self.takedowns.why(record)
        return found if why is None else [Trouble("takedown", "rejected", CODE, why)]

    def _media(self, record: Record) -> dict[str, str]:
        """Return the digest of each medium; of one that is gone, the digest it had when last seen.

        So an unplugged disk makes nothing stale: what was made of it stands.
        """
        media = {}
        for name in MEDIA:
            path = getattr(record.song, name)
            if path is not None:
                media[name] = self.store.digest(path) or record.sha256[name] or "missing"
        return media

    def _facts(self, record: Record) -> dict[str, str]:
        found = {name: getattr(record.song, name) for name in self.graph.facts}
        return {name: hashlib.sha256(text.encode()).hexdigest() for name, text in found.items() if text}


def _upstream(graph: Graph, name: str) -> set[str]:
    bare = name.partition("@")[0]
    return graph.with_upstream([bare]) - {bare}


def settings_of(config_text: str) -> dict[str, Any]:
    """Return the flat settings, version and checkpoints that a config text spells out."""
    config: dict[str, Any] = json.loads(config_text)
    return {**config["settings"], "version": config["version"], **config["checkpoints"]}
