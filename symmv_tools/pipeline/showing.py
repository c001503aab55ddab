"""Portraits of songs: what `symmv show` prints and draws."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from symmv_tools.errors import BadCall
from symmv_tools.io.atomic import written
from symmv_tools.pipeline.house import House, Judged
from symmv_tools.pipeline.joining import Join
from symmv_tools.pipeline.players import write_players
from symmv_tools.pipeline.states import State, maker_of
from symmv_tools.settings import nearest
from symmv_tools.song import file_name
from symmv_tools.store.parts import Ref, fetch


@dataclass(frozen=True)
class Verdict:
    """What one stage said of a song."""

    stage: str
    state: State
    seconds: float | None = None
    code: str | None = None
    reason: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return the verdict for `--json`."""
        return {"state": str(self.state), "seconds": self.seconds, "code": self.code, "reason": self.reason}


SEEN = ("contact_sheet", "palette", "features_motion")
"""Columns that the Row has not, and the page of a song shows."""


@dataclass(frozen=True)
class Portrait:
    """A song's Row, as far as it is known, every stage's verdict, and where the columns of `SEEN` lie."""

    song_id: str
    row: dict[str, Any]
    verdicts: tuple[Verdict, ...]
    seen: dict[str, Ref] = field(default_factory=dict)

    def keys(self) -> list[str]:
        """Return the stages, in order."""
        return [verdict.stage for verdict in self.verdicts]

    def verdict(self, key: str) -> str:
        """Return what one stage said, in a few characters."""
        found = next(v for v in self.verdicts if v.stage == key)
        if found.state == State.FRESH and found.seconds is not None:
            return f"{found.seconds:.2f} s"
        return f"{found.state}: {found.reason}" if found.reason else found.state

    def facts(self) -> list[Any]:
        """Return the line of the table: id, key, tempo, counts, seconds of work."""
        key = (self.row.get("key_mode") or {}).get("value") or [None]
        tempo = self.row.get("tempo_global")
        work = sum(v.seconds for v in self.verdicts if v.seconds is not None)
        counts = [self._count(group) for group in ("chord", "note_midi", "beat", "shot")]
        return [self.song_id, key[0], f"{tempo:.1f}" if tempo else None, *counts, f"{work:.1f}"]

    def _count(self, group: str) -> int | None:
        cell = self.row.get(group)
        return None if cell is None else len(cell["time"])

    def as_dict(self) -> dict[str, Any]:
        """Return the portrait for `--json`."""
        names = ("song", "key", "tempo", "chords", "notes", "beats", "shots", "seconds")
        stages = {verdict.stage: verdict.as_dict() for verdict in self.verdicts}
        return dict(zip(names, self.facts(), strict=True)) | {"stages": stages}


def portraits(house: House, song_ids: Sequence[str], limit: int) -> list[Portrait]:
    """Return the portraits of the named songs, or of the first `limit`; BadCall for an unknown id."""
    nodes = house.nodes()
    if song_ids:
        records = house.store.find(song_ids)
        for song_id in song_ids:
            if song_id not in records:
                known = [record.song.song_id for batch in house.store.batches(limit=1000) for record in batch]
                raise BadCall(f"there is no song {song_id!r} in this store", nearest(song_id, known[:1000]))
        judged = house.judge([records[song_id] for song_id in song_ids], nodes)
    else:
        judged = [j for batch in house.judged(nodes, limit=limit) for j in batch]
    rows = Join(house, nodes).join(judged)
    return [
        Portrait(j.record.song.song_id, row, _verdicts(j), _seen(house, j))
        for j, row in zip(judged, rows, strict=True)
    ]


def _seen(house: House, judged: Judged) -> dict[str, Ref]:
    """Return where each column of `SEEN` lies that is fresh for this song."""
    found = {}
    for column in SEEN:
        maker = maker_of(house.graph, column, judged.cells) if column in house.graph.makers else None
        cell = judged.cells.get(maker.name) if maker else None
        if cell and cell.state is State.FRESH and cell.row:
            found[column] = cell.row.ref
    return found


def _verdicts(judged: Judged) -> tuple[Verdict, ...]:
    verdicts = []
    for key, cell in judged.cells.items():
        if cell.row is None:
            verdicts.append(Verdict(key, cell.state))
            continue
        said = fetch([cell.row.ref], ["seconds", "message"])[cell.row.ref]
        verdicts.append(Verdict(key, cell.state, said["seconds"], cell.row.code, said["message"] or ""))
    return tuple(verdicts)


def write_page(portrait: Portrait, folder: Path) -> tuple[Path, Path]:
    """Write the page and the picture of a song into `folder`, with what the page plays; return both paths.

    The video is linked, not copied; the notes are rendered into a WAV file.
    """
    from symmv_tools.dataset.page.picture import draw_song
    from symmv_tools.dataset.page.song_page import song_page

    name = file_name(portrait.song_id)
    page, picture = folder / f"{name}.html", folder / f"{name}.png"
    folder.mkdir(parents=True, exist_ok=True)
    states = [_on_page(verdict) for verdict in portrait.verdicts]
    seen = {column: fetch([ref], [column])[ref][column] for column, ref in portrait.seen.items()}
    media = write_players(portrait.row, folder, name)
    with written(page) as part:
        part.write_text(song_page(portrait.row, states, seen, media), encoding="utf-8")
    draw_song(portrait.row, picture)
    return page, picture


def _on_page(verdict: Verdict) -> dict[str, Any]:
    """Return a verdict in the words of the song's page."""
    outcome = "done" if verdict.state is State.FRESH else str(verdict.state)
    return {
        "stage": verdict.stage,
        "outcome": outcome,
        "seconds": verdict.seconds,
        "code": verdict.code,
        "message": verdict.reason,
    }
