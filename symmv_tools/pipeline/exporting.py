"""The store's tables joined into Rows: `symmv export`."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from symmv_tools.errors import BadCall
from symmv_tools.pipeline.active import Node
from symmv_tools.pipeline.graph import Graph
from symmv_tools.pipeline.house import House, Judged
from symmv_tools.pipeline.states import Cell, State, maker_of
from symmv_tools.row import ROW, SCHEMA_VERSION
from symmv_tools.settings import nearest
from symmv_tools.store.atomic import written
from symmv_tools.store.parts import Ref, fetch

_COLUMNS = {column.name for column in ROW}
_FROM_SONG = (
    "title", "artist", "album", "genre", "style", "lyrics", "language", "isrc", "shazam_id", "channel_id",
    "license", "availability", "cover_url", "video_url", "audio_video_offset",
)  # fmt: skip
LAST = "last_export.json"


def parse_use(uses: Sequence[str], graph: Graph, keys: Sequence[str]) -> dict[str, str]:
    """Read `--use chords=paper` into {"chords": "chords@paper"}; BadCall for what does not exist."""
    chosen = {}
    for text in uses:
        name, _, variant = text.partition("=")
        graph.stage(name)
        key = f"{name}@{variant}"
        if key not in keys:
            raise BadCall(f"there is no variant {key!r} in this store", nearest(key, [k for k in keys if "@" in k]))
        chosen[name] = key
    return chosen


@dataclass
class Digest:
    """A digest of what an export would contain, fed song by song in order of ids."""

    use: Mapping[str, str]
    _sha: Any = field(default_factory=hashlib.sha256)

    def see(self, judged: Judged) -> None:
        """Take in one song."""
        cells = [f"{key}={cell.fingerprint}:{cell.state}" for key, cell in judged.cells.items() if self._counts(key)]
        song = judged.record
        self._sha.update(f"{song.song}|{sorted(judged.media.items())}|{';'.join(cells)}\n".encode())

    def _counts(self, key: str) -> bool:
        return key in self.use.values() if "@" in key else key not in self.use

    def text(self) -> str:
        """Return the digest so far."""
        return str(self._sha.hexdigest()[:32])


@dataclass
class Exportable:
    """One pass over the store that yields rows and collects what could not become one."""

    house: House
    nodes: Sequence[Node]
    use: Mapping[str, str]
    digest: Digest
    failures: list[dict[str, str | None]] = field(default_factory=list)
    states: Counter[str] = field(default_factory=Counter)

    def songs(self, batch: int = 256) -> Iterator[tuple[Judged, dict[str, Any]]]:
        """Yield each song that has something to show, with the cells of its Row."""
        for judged_songs in self.house.judged(self.nodes, batch=batch):
            good = []
            for judged in judged_songs:
                self.digest.see(judged)
                if self._admit(judged):
                    good.append(judged)
            cells = self._fetch(good)
            for judged in good:
                yield judged, self._row(judged, cells)

    def _admit(self, judged: Judged) -> bool:
        """Note every failure of a song; a rejected or unfinished one is not exported."""
        song_id = judged.record.song.song_id
        admitted, something = True, False
        for node in self.nodes:
            if not self.digest._counts(node.key):
                continue
            cell = judged.cells[node.key]
            something |= cell.state is State.FRESH
            if cell.state in (State.REJECTED, State.FAILED):
                admitted &= cell.state is State.FAILED
                self._fail(song_id, node.key, cell)
            elif cell.state is State.STALE:
                admitted = False
                self.failures.append(_failure(song_id, node.key, "NOT_RUN", "not annotated under these settings"))
        return admitted and something

    def _fail(self, song_id: str, key: str, cell: Cell) -> None:
        assert cell.row is not None
        message = fetch([cell.row.ref], ["message"])[cell.row.ref]["message"]
        self.failures.append(_failure(song_id, key, cell.row.code, message))

    def _sources(self, judged: Judged) -> dict[str, tuple[Node, Cell]]:
        """Return which node's row serves each column of the Row for this song."""
        by_key = {node.key: node for node in self.nodes}
        found = {}
        for column in _COLUMNS & set(self.house.graph.makers):
            maker = maker_of(self.house.graph, column, judged.cells)
            if maker is not None:
                key = self.use.get(maker.name, maker.name)
                if judged.cells[key].state is State.FRESH:
                    found[column] = (by_key[key], judged.cells[key])
        return found

    def _fetch(self, songs: Sequence[Judged]) -> dict[tuple[str, Ref], Any]:
        wanted: dict[str, set[Ref]] = {}
        for judged in songs:
            for column, (_, cell) in self._sources(judged).items():
                assert cell.row is not None
                wanted.setdefault(column, set()).add(cell.row.ref)
        return {(c, ref): cell[c] for c, refs in wanted.items() for ref, cell in fetch(refs, [c]).items()}

    def _row(self, judged: Judged, cells: Mapping[tuple[str, Ref], Any]) -> dict[str, Any]:
        song, media = judged.record.song, judged.media
        row = {name: getattr(song, name) for name in _FROM_SONG}
        row |= {"song_id": song.song_id, "schema_version": SCHEMA_VERSION}
        row |= {f"{m}_sha256": media.get(m) for m in ("audio", "video")}
        row |= {m: {"bytes": None, "path": getattr(song, m)} if getattr(song, m) else None for m in ("audio", "video")}
        row["video_id"] = song.video_url or (f"sha256:{media['video'][:32]}" if "video" in media else None)
        row["pair_id"] = hashlib.sha256(f"{song.song_id}|{row['video_id']}".encode()).hexdigest()[:16]
        sources = self._sources(judged)
        for column, (_, cell) in sources.items():
            assert cell.row is not None
            row[column] = cells[column, cell.row.ref]
        row["provenance"] = self._provenance(sources)
        return row

    def _provenance(self, sources: Mapping[str, tuple[Node, Cell]]) -> list[dict[str, str | None]]:
        used = {node.key: (node, cell) for node, cell in sources.values()}
        refs = {key: cell.row.ref for key, (_, cell) in used.items() if cell.row is not None}
        run_at = {key: fetch([ref], ["run_at"])[ref]["run_at"] for key, ref in refs.items()}
        return [_made_by(node, cell, run_at[key]) for key, (node, cell) in sorted(used.items())]


def _made_by(node: Node, cell: Cell, run_at: str) -> dict[str, str | None]:
    name, _, variant = node.key.partition("@")
    shas: dict[str, str] = json.loads(node.config_text)["checkpoints"]
    return {
        "stage": name,
        "variant": variant or None,
        "version": node.stage.version,
        "model": ", ".join(shas) or None,
        "revision": ", ".join(sha[:16] for sha in shas.values() if sha) or None,
        "fingerprint": cell.fingerprint,
        "run_at": run_at,
    }


def _failure(song_id: str, stage: str, code: str | None, reason: str | None) -> dict[str, str | None]:
    return {"song_id": song_id, "stage": stage, "code": code, "reason": reason}


def note_export(house: House, out: Path, digest: str, use: Mapping[str, str]) -> None:
    """Remember what was exported, so that `plan` can say when it is out of date."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    with written(house.store.root / LAST) as part:
        part.write_text(json.dumps({"path": str(out), "digest": digest, "use": dict(use), "at": now}), encoding="utf-8")


def last_export(house: House) -> dict[str, Any] | None:
    """Return what `note_export` wrote last, or None."""
    path = house.store.root / LAST
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None
