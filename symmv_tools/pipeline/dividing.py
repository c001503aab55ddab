"""Groups and splits of an export: what ties the store's songs, and what it published before."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from symmv_tools.dataset.frozen import is_export, of_table, read_frozen
from symmv_tools.dataset.splits import Division, Published, divide
from symmv_tools.dataset.ties import GROUP_BY
from symmv_tools.errors import BadCall
from symmv_tools.io.atomic import written
from symmv_tools.music.duplicates import find_duplicates
from symmv_tools.pipeline.house import House, Judged
from symmv_tools.pipeline.states import State, maker_of
from symmv_tools.settings import nearest
from symmv_tools.song import printable
from symmv_tools.store.parts import Ref, fetch

NAME = "splits.parquet"
_PRINT = "audio_print"
_FACTS = ("shazam_id", "isrc", "title", "artist", "channel_id")
_SCHEMA = pa.schema([(name, pa.string()) for name in ("policy", "song_id", "split", "group_id")])


@dataclass(frozen=True)
class Splitting:
    """How an export is split: `frozen` names a list (see `read_frozen`), `by` what else ties songs.

    Exports that are split by one policy remember what they published, and keep to it.
    """

    frozen: str = ""
    by: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in self.by:
            if name not in GROUP_BY:
                raise BadCall(f"songs cannot be grouped by {name!r}", nearest(name, GROUP_BY))

    @property
    def policy(self) -> str:
        """A name under which what was published is remembered; an export gives memory, and is no policy."""
        listed = [f"list {Path(self.frozen).stem}"] if self.frozen and not is_export(self.frozen) else []
        return ", ".join([*listed, *(f"by {name}" for name in sorted(set(self.by)))])


def divided(house: House, splitting: Splitting) -> Division:
    """Return group and split of every song in the store, so that what it published stays where it is.

    Raises BadCall if the list that `splitting` names would move a published song.
    """
    published = published_before(house, splitting.policy)
    if splitting.frozen:
        published |= _agreeing(read_frozen(splitting.frozen), published, house)
    return divide(_identities(house), published, by=splitting.by)


def _agreeing(
    listed: Mapping[str, Published], published: Mapping[str, Published], house: House
) -> dict[str, Published]:
    """Return the list, each song under the group that it was published in; BadCall if one would move."""
    agreeing = {}
    for song_id, said in listed.items():
        before = published.get(song_id, said)
        if before.split != said.split:
            raise BadCall(
                f"the list has {printable(song_id)!r} in {said.split}, but it was exported in {before.split}",
                f"if nobody has that export, delete {house.store.root / NAME} and export again",
            )
        agreeing[song_id] = Published(said.split, before.group_id or said.group_id)
    return agreeing


# --- what ties the songs of a store ---------------------------------------------------------------


def _identities(house: House) -> Iterator[dict[str, Any]]:
    """Yield of each song what may tie it to others: what its source said, else what a stage found."""
    recordings = _recordings(house)
    for songs in _judged(house, _FACTS):
        found = _found(house, songs, _FACTS)
        for judged in songs:
            record, song = judged.record, judged.record.song
            known = {f"{medium}_sha256": sha256 for medium, sha256 in record.sha256.items()}
            known |= {name: getattr(song, name) for name in ("song_id", "video_url", "cover_url", *_FACTS)}
            known |= {name: value for name, value in found[song.song_id].items() if known.get(name) is None}
            yield known | {"recording": recordings.get(song.song_id)}


def _recordings(house: House) -> dict[str, str]:
    """Return, for songs whose sound is that of others, one of these, the same for all (or itself)."""
    if not any(maker.name in house.store.names() for maker in house.graph.makers.get(_PRINT, ())):
        return {}
    limit_of_errors = house.active.chore("search").same_recording
    same = find_duplicates(_prints(house), same_below=limit_of_errors)
    kept = {song_id: first for song_id, (first, _) in same.items()}
    return kept | {first: first for first in kept.values()}


def _prints(house: House) -> Iterator[tuple[str, NDArray[np.uint32]]]:
    for songs in _judged(house, (_PRINT,)):
        for song_id, found in _found(house, songs, (_PRINT,)).items():
            if found:
                yield song_id, np.asarray(found[_PRINT], np.uint32)


def _judged(house: House, columns: Sequence[str]) -> Iterator[list[Judged]]:
    """Yield the songs with their cells at the stages that make these columns, and at what those need."""
    makers = {maker.name for column in columns for maker in house.graph.makers.get(column, ())}
    return house.judged(house.wanted(sorted(makers)) if makers else [])


def _found(house: House, songs: Sequence[Judged], columns: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return, by song, what stages found for it of these columns."""
    cells: dict[str, dict[str, tuple[str, Ref]]] = {}
    wanted: dict[str, tuple[set[str], set[Ref]]] = {}
    for judged in songs:
        place = cells.setdefault(judged.record.song.song_id, {})
        for column in columns:
            maker = maker_of(house.graph, column, judged.cells) if column in house.graph.makers else None
            cell = judged.cells[maker.name] if maker else None
            if maker and cell and cell.state is State.FRESH and cell.row is not None:
                place[column] = (maker.name, cell.row.ref)
                names, refs = wanted.setdefault(maker.name, (set(), set()))
                names.add(column)
                refs.add(cell.row.ref)
    read = {key: fetch(refs, sorted(names)) for key, (names, refs) in wanted.items()}
    return {s: {c: read[key][ref][c] for c, (key, ref) in place.items()} for s, place in cells.items()}


# --- what a store published -----------------------------------------------------------------------


def published_before(house: House, policy: str) -> dict[str, Published]:
    """Return where the songs lie that the store has exported under a policy."""
    path = house.store.root / NAME
    table = (
        pq.read_table(path, filters=pc.field("policy") == policy) if path.is_file() else _SCHEMA.empty_table()
    )
    return of_table(table, str(path))


def remember(house: House, policy: str, division: Division, exported: Collection[str]) -> None:
    """Write down where these songs lie now; others that were published under this policy stay as they are.

    To be called when all rows are written, and before anybody can read them.
    """
    path = house.store.root / NAME
    lies = published_before(house, policy) | {song_id: division.of(song_id) for song_id in exported}
    ids = sorted(lies)
    columns = ([policy] * len(ids), ids, [lies[s].split for s in ids], [lies[s].group_id for s in ids])
    tables = [pa.table([pa.array(column, pa.string()) for column in columns], schema=_SCHEMA)]
    if path.is_file():
        tables.append(pq.read_table(path, schema=_SCHEMA, filters=pc.field("policy") != policy))
    with written(path) as part:
        pq.write_table(pa.concat_tables(tables).sort_by([("policy", "ascending")]), part, compression="zstd")
