"""The store's tables joined into Rows, song by song, as the active settings (or variants) say."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from symmv_tools.pipeline.active import Node
from symmv_tools.pipeline.house import House, Judged
from symmv_tools.pipeline.lineage import Lineage
from symmv_tools.pipeline.states import Cell, State, maker_of
from symmv_tools.row import ROW, SCHEMA_VERSION
from symmv_tools.store.parts import Ref, fetch

_COLUMNS = {column.name for column in ROW}
_FROM_SONG = (
    "title", "artist", "album", "genre", "style", "lyrics", "language", "isrc", "shazam_id", "channel_id",
    "license", "availability", "cover_url", "video_url", "audio_video_offset",
)  # fmt: skip
_AT_ONCE = 32
"""Songs whose cells are in memory together: the features of a long video are some megabytes."""

_SOURCES = dict[str, tuple[Node, Cell]]
_CELLS = dict[tuple[str, Ref], dict[str, Any]]


@dataclass
class Join:
    """One pass over the store that yields Rows, and collects what could not become one.

    `use` names the variant to take a stage's columns from: {"chords": "chords@paper"}. `beside` names
    columns that are none of the Row's, and come along with it for whoever needs them.
    """

    house: House
    nodes: Sequence[Node]
    use: Mapping[str, str] = field(default_factory=dict)
    beside: tuple[str, ...] = ()
    failures: list[dict[str, str | None]] = field(default_factory=list)
    digest: Any = field(default_factory=hashlib.sha256)
    lineage: Lineage = field(init=False)

    def __post_init__(self) -> None:
        self.lineage = Lineage(self.house.graph, self.nodes)

    def counts(self, key: str) -> bool:
        """Whether the rows of this node go into the Rows: its own, or those of another variant."""
        return key in self.use.values() if "@" in key else key not in self.use

    def see(self, judged: Judged) -> None:
        """Take a song into the digest of what an export would contain; call in order of ids."""
        cells = [f"{key}={c.fingerprint}:{c.state}" for key, c in judged.cells.items() if self.counts(key)]
        self.digest.update(f"{judged.record.song}|{sorted(judged.given.items())}|{cells}\n".encode())

    def rows(self, batch: int = 256) -> Iterator[dict[str, Any]]:
        """Yield the Row of every song that has one, in order of ids, without its group and split."""
        for songs in self.house.judged(self.nodes, batch=batch):
            for judged in songs:
                self.see(judged)
            admitted = [judged for judged in songs if self._admit(judged)]
            for first in range(0, len(admitted), _AT_ONCE):
                yield from self.join(admitted[first : first + _AT_ONCE])

    def join(self, songs: Sequence[Judged]) -> Iterator[dict[str, Any]]:
        """Yield the Row of each given song from whatever of it is fresh."""
        sources = [self._sources(judged) for judged in songs]
        cells = _fetch(sources)
        for judged, source in zip(songs, sources, strict=True):
            self.lineage.see(judged.cells, {column: node.key for column, (node, _) in source.items()})
            yield _row(judged, source, cells)

    def _admit(self, judged: Judged) -> bool:
        """Note every failure of a song; a rejected, unfinished or empty one is not exported."""
        states = {node.key: judged.cells[node.key] for node in self.nodes if self.counts(node.key)}
        song_id = judged.record.song.song_id
        for trouble in judged.troubles:
            self.failures.append(failure(song_id, trouble.chore, trouble.code, trouble.message))
        for key, cell in states.items():
            if cell.state in (State.REJECTED, State.FAILED):
                assert cell.row is not None
                message = fetch([cell.row.ref], ["message"])[cell.row.ref]["message"]
                self.failures.append(failure(song_id, key, cell.row.code, message))
            elif cell.state is State.STALE:
                self.failures.append(
                    failure(song_id, key, "NOT_RUN", "not annotated under the active settings")
                )
        found = {cell.state for cell in states.values()}
        return State.FRESH in found and not found & {State.REJECTED, State.STALE, State.CLOSED}

    def _sources(self, judged: Judged) -> _SOURCES:
        """Return which node's row serves each column of the Row for this song, unless the song brings it."""
        by_key = {node.key: node for node in self.nodes}
        given = {name for name in _FROM_SONG if getattr(judged.record.song, name) is not None}
        found = {}
        for column in sorted((_COLUMNS.union(self.beside) & set(self.house.graph.makers)) - given):
            maker = maker_of(self.house.graph, column, judged.cells)
            key = self.use.get(maker.name, maker.name) if maker else ""
            if key in by_key and judged.cells[key].state is State.FRESH:
                found[column] = (by_key[key], judged.cells[key])
        return found


def _fetch(sources: Sequence[_SOURCES]) -> _CELLS:
    """Read all cells of some songs, opening each part once per set of columns."""
    wanted: dict[str, tuple[set[str], set[Ref]]] = {}
    for source in sources:
        for column, (node, cell) in source.items():
            assert cell.row is not None
            columns, refs = wanted.setdefault(node.key, ({"run_at", "inputs"}, set()))
            columns.add(column)
            refs.add(cell.row.ref)
    return {
        (key, ref): values
        for key, (columns, refs) in wanted.items()
        for ref, values in fetch(refs, sorted(columns)).items()
    }


def _row(judged: Judged, sources: _SOURCES, cells: _CELLS) -> dict[str, Any]:
    song, given = judged.record.song, judged.given
    row: dict[str, Any] = {name: getattr(song, name) for name in _FROM_SONG}
    row |= {"song_id": song.song_id, "schema_version": SCHEMA_VERSION}
    for medium in ("audio", "video"):
        path = getattr(song, medium)
        row[medium] = {"bytes": None, "path": path} if path else None
        row[f"{medium}_sha256"] = given.get(medium)
    row["video_id"] = song.video_url or (f"sha256:{given['video'][:32]}" if "video" in given else None)
    row["pair_id"] = hashlib.sha256(f"{song.song_id}|{row['video_id']}".encode()).hexdigest()[:16]
    for column, (node, cell) in sources.items():
        assert cell.row is not None
        row[column] = cells[node.key, cell.row.ref][column]
    row["provenance"] = _provenance(sources, cells)
    return row


def _provenance(sources: _SOURCES, cells: _CELLS) -> list[dict[str, str | None]]:
    used = {node.key: (node, cell) for node, cell in sources.values()}
    made = []
    for key, (node, cell) in sorted(used.items()):
        assert cell.row is not None
        said = cells[key, cell.row.ref]
        config = json.loads(node.config_text)
        shas: dict[str, str | None] = config["checkpoints"]
        asked = config["settings"].get("model")  # a language model: it has a name, but no weights of ours
        made.append(
            {
                "stage": node.stage.name,
                "variant": key.partition("@")[2] or None,
                "version": json.loads(said["inputs"])["reader"] if node.is_released else node.stage.version,
                "model": ", ".join(shas) or (f"llm:{asked}" if asked else None),
                "revision": ", ".join(sha[:16] for sha in shas.values() if sha) or None,
                "fingerprint": cell.fingerprint,
                "run_at": said["run_at"],
            }
        )
    return made


def failure(song_id: str, stage: str, code: str | None, reason: str | None) -> dict[str, str | None]:
    """Return a line of `failures`."""
    return {"song_id": song_id, "stage": stage, "code": code, "reason": reason}
