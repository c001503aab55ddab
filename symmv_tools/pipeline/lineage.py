"""By which chain of stages each exported column came about, counted song by song for `stages.json`."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from symmv_tools.dataset.recipes import Recipe
from symmv_tools.pipeline.active import Node
from symmv_tools.pipeline.graph import Graph
from symmv_tools.pipeline.states import Cell, State, maker_of

Cells = Mapping[str, Cell]


class _Chain(NamedTuple):
    """A stage with all behind it: their keys, and one digest of all their configs."""

    digest: str
    reads: frozenset[str]


@dataclass
class Lineage:
    """Counts the recipes of rows on their way into an export."""

    graph: Graph
    nodes: Sequence[Node]
    _songs: dict[tuple[str, _Chain], int] = field(default_factory=dict)
    _columns: dict[tuple[str, _Chain], set[str]] = field(default_factory=dict)
    _known: dict[frozenset[str], dict[str, _Chain]] = field(default_factory=dict)

    def see(self, cells: Cells, serving: Mapping[str, str]) -> None:
        """Count one song, whose columns are served by the nodes that `serving` names."""
        chains = self._chains(cells)
        for key in set(serving.values()):
            made = (key, chains[key])
            self._songs[made] = self._songs.get(made, 0) + 1
            self._columns.setdefault(made, set()).update(c for c, by in serving.items() if by == key)

    def recipes(self) -> list[Recipe]:
        """Return every recipe that was seen."""
        by_key = {node.key: node for node in self.nodes}
        return [
            _recipe(by_key[key], chain, self._columns[key, chain], songs)
            for (key, chain), songs in self._songs.items()
        ]

    def _chains(self, cells: Cells) -> dict[str, _Chain]:
        # Who serves whom depends on nothing but which stages are absent for the song.
        present = frozenset(key for key, cell in cells.items() if cell.state is not State.ABSENT)
        if present not in self._known:
            chains: dict[str, _Chain] = {}
            for node in self.nodes:
                if node.key in present:
                    chains[node.key] = self._chain(node, cells, chains)
            self._known[present] = chains
        return self._known[present]

    def _chain(self, node: Node, cells: Cells, chains: Mapping[str, _Chain]) -> _Chain:
        # What was not computed here reads nothing, whatever its stage needs.
        read = cells[node.key].inputs or {}
        needs = sorted(column for column in node.stage.needs if column in read)
        found = {column: maker_of(self.graph, column, cells) for column in needs}
        above = {column: maker.name for column, maker in found.items() if maker is not None}
        text = "\n".join([node.config, *(f"{c}={chains[key].digest}" for c, key in above.items())])
        reads = frozenset(above.values()).union(*(chains[key].reads for key in above.values()))
        return _Chain(hashlib.sha256(text.encode()).hexdigest()[:32], reads)


def _recipe(node: Node, chain: _Chain, columns: set[str], songs: int) -> Recipe:
    config = json.loads(node.config_text)
    return Recipe(
        stage=node.stage.name,
        variant=node.key.partition("@")[2],
        version=config["version"],
        columns=tuple(sorted(columns)),
        reads=tuple(sorted(chain.reads)),
        settings=config["settings"],
        checkpoints=config["checkpoints"],
        digest=chain.digest,
        songs=songs,
    )
