"""What would run, and why: `symmv plan`. And how far a store is: `symmv status`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from symmv_tools.pipeline.active import Node
from symmv_tools.pipeline.chores import MAKES
from symmv_tools.pipeline.house import House, Judged, settings_of
from symmv_tools.pipeline.states import Cell, State
from symmv_tools.song import MEDIA


@dataclass
class StagePlan:
    """The songs of one stage by state, and the reasons of the stale ones."""

    key: str
    states: Counter[State] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)


@dataclass
class Plan:
    """What `symmv plan` prints."""

    songs: int
    stages: list[StagePlan]

    @property
    def stale(self) -> int:
        """How many song-stages would run, as far as one can know beforehand."""
        return sum(stage.states[State.STALE] for stage in self.stages)

    def as_dict(self) -> dict[str, Any]:
        """Return the plan for `--json`."""
        return {
            "songs": self.songs,
            "stages": {
                s.key: {"states": {k.value: n for k, n in s.states.items()}, "reasons": dict(s.reasons)}
                for s in self.stages
            },
        }


def make_plan(
    house: House,
    nodes: Sequence[Node],
    *,
    limit: int | None = None,
    see: Callable[[Judged], None] = lambda j: None,
) -> Plan:
    """Judge every song at every node; `see` is shown each judged song in passing, in order of ids."""
    plans = {node.key: StagePlan(node.key) for node in nodes}
    songs = 0
    for batch in house.judged(nodes, limit=limit):
        for judged in batch:
            songs += 1
            for node in nodes:
                cell = judged.cells[node.key]
                plans[node.key].states[cell.state] += 1
                if cell.state is State.STALE:
                    plans[node.key].reasons[_reason(house, node, judged, cell)] += 1
            see(judged)
    return Plan(songs, list(plans.values()))


def _reason(house: House, node: Node, judged: Judged, cell: Cell) -> str:
    """Say in words why this song must be made again at this stage."""
    rows = judged.rows[node.key]
    if not rows:
        return "never run"
    if all(row.config != node.config for row in rows):
        return _difference(house, node, rows[-1].config)
    changed = [source.name for source in house.graph.sources(node.stage) if _moved(judged, source.name)]
    if changed:
        return "follows " + ", ".join(changed)
    given = [f"{name} file" for name in MEDIA if name in (cell.inputs or {})] + list(node.stage.facts)
    return f"{' or '.join(given)} changed" if given else "its inputs changed"


def _moved(judged: Judged, key: str) -> bool:
    """Whether a source is to be made again, or counts under another fingerprint than its last row."""
    cell, rows = judged.cells.get(key), judged.rows.get(key, [])
    return (
        cell is not None
        and cell.state is not State.ABSENT
        and (not rows or rows[-1].fingerprint != cell.fingerprint)
    )


def _difference(house: House, node: Node, old_digest: str) -> str:
    text = house.store.cache.config_text(old_digest)
    if text is None:
        return "settings changed"
    old, new = settings_of(text), settings_of(node.config_text)
    names = [name for name in {**old, **new} if old.get(name) != new.get(name)]
    return ", ".join(f"{node.key}.{name} {_show(old.get(name))} -> {_show(new.get(name))}" for name in names)


def _show(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "nothing" if value is None else str(value)


def status(house: House) -> dict[str, dict[str, int]]:
    """Count, per stage and outcome, the songs that have a row under the stage's own active settings.

    Of fetching and searching the last attempt counts, whatever its settings were.

    This asks the cache alone and so is quick for a million songs. It does not look at the media or
    at whether an input changed: that is the plan's to say.
    """
    cache = house.store.cache
    chores = {name: tally for name in MAKES if (tally := cache.latest(name))}
    return chores | {node.key: cache.tally(node.key, node.config) for node in house.nodes()}
