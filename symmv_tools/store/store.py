"""Store: the work folder, and the questions and records a driver has for it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from symmv_tools.errors import BadCall, BadMedium
from symmv_tools.io.atomic import sweep
from symmv_tools.song import MEDIA, Song
from symmv_tools.stage import Done
from symmv_tools.store import parts
from symmv_tools.store.cache import Cache, Known
from symmv_tools.store.lock import locked
from symmv_tools.store.media import Absent, sha256_of, stat_of

SONGS = "songs"
"""The table of the songs themselves; every other table is named after a stage."""

_FIELDS = [f.name for f in fields(Song) if f.name != "song_id"]
_SHA256 = {medium: f"{medium}_sha256" for medium in MEDIA}
_SONG_COLUMNS: Mapping[str, pa.DataType] = dict.fromkeys([*_FIELDS, *_SHA256.values()], pa.string()) | {
    "audio_video_offset": pa.float64()
}
SONG_CONFIG = json.dumps({"stage": SONGS, "version": "1.0"})
SONG_DIGEST = hashlib.sha256(SONG_CONFIG.encode()).hexdigest()[:16]
_SONGS_PER_PART = 10_000


@dataclass(frozen=True)
class Record:
    """A song as the store knows it, with the content digest each medium had when last seen."""

    song: Song
    sha256: dict[str, str | None]


class Store:
    """A work folder. Open it with `Store.open`; everything in it can be read by others at any time."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.tables = root / "tables"
        self.cache = Cache(root / "cache.sqlite", self.tables)
        self._next_number: int | None = None

    @classmethod
    def open(cls, root: str | Path, *, create: bool = False) -> Store:
        """Open the store at `root`; BadCall if there is none and `create` is false."""
        root = Path(root).absolute()
        if not (root / "tables").is_dir():
            if not create:
                raise BadCall(
                    f"{root} is not a symmv store", "name one with --work, or make it with `symmv collect`"
                )
            (root / "tables").mkdir(parents=True, exist_ok=True)
        return cls(root)

    def locked(self, purpose: str) -> AbstractContextManager[None]:
        """Hold the one driver's lock of this store (see `lock.locked`)."""
        return locked(self.root, purpose)

    def refresh(self) -> None:
        """Let the cache take in what other processes have written."""
        self.cache.refresh()

    def close(self) -> None:
        """Close the cache."""
        self.cache.close()

    # --- parts ---

    def new_part(self, table: str) -> Path:
        """Return the path of the next part of `table`; its number is higher than any before."""
        if self._next_number is None:
            self._next_number = self.cache.last_number()
        self._next_number += 1
        return self.tables / table / parts.new_name(self._next_number)

    def names(self) -> list[str]:
        """Return the names of the tables."""
        return sorted(path.name for path in self.tables.iterdir() if path.is_dir())

    def sweep(self) -> None:
        """Remove what killed writers left half-written. The caller holds the lock."""
        for folder in self.tables.iterdir():
            sweep(folder)

    def known(self, table: str, song_ids: Sequence[str]) -> dict[str, list[Known]]:
        """Return every row that `table` has for the songs, oldest first."""
        found: dict[str, list[Known]] = {}
        for song_id, row in self.cache.rows(table, song_ids):
            found.setdefault(song_id, []).append(row)
        return found

    # --- songs ---

    def batches(self, size: int = 4096, *, limit: int | None = None) -> Iterator[list[Record]]:
        """Yield the songs in order of their ids, `size` at a time, so that no corpus is held in memory."""
        after, left = "", limit if limit is not None else 2**62
        while left > 0:
            page = self.cache.songs(after, min(size, left))
            if not page:
                return
            cells = parts.fetch((ref for _, ref in page), list(_SONG_COLUMNS))
            yield [_record(song_id, cells[ref]) for song_id, ref in page]
            after, left = page[-1][0], left - len(page)

    def pages(self, size: int) -> Iterator[list[str]]:
        """Yield the ids of all songs that any table knows, in order, `size` at a time."""
        after = ""
        while page := self.cache.song_ids(after, size):
            yield page
            after = page[-1]

    def find(self, song_ids: Iterable[str]) -> dict[str, Record]:
        """Return the named songs that the store knows."""
        newest = {s: rows[-1].ref for s, rows in self.known(SONGS, list(song_ids)).items()}
        cells = parts.fetch(newest.values(), list(_SONG_COLUMNS))
        return {song_id: _record(song_id, cells[ref]) for song_id, ref in newest.items()}

    def count_songs(self) -> int:
        """Count the songs."""
        return self.cache.tally(SONGS, SONG_DIGEST).get("done", 0)

    def put(self, songs: Sequence[Song], progress: Callable[[int], None] = lambda n: None) -> int:
        """Record the songs that are new or have changed, and digest their media; return how many.

        `progress` is called with the number of songs looked at since the last call.
        """
        changed = 0
        for start in range(0, len(songs), _SONGS_PER_PART):
            changed += self._put_part(songs[start : start + _SONGS_PER_PART], progress)
        return changed

    def _put_part(self, songs: Sequence[Song], progress: Callable[[int], None]) -> int:
        before = self.find([song.song_id for song in songs])
        entries = []
        for song in songs:
            record = Record(song, {m: self.digest(getattr(song, m)) for m in MEDIA})
            if before.get(song.song_id) != record:
                entries.append(_song_entry(record))
            progress(1)
        if entries:
            path = self.new_part(SONGS)
            # Songs are light and read by the thousand, so their row groups are large.
            parts.write_part(path, _SONG_COLUMNS, entries, {SONG_DIGEST: SONG_CONFIG}, _SONGS_PER_PART)
            self.cache.refresh([SONGS])
        return len(entries)

    # --- media ---

    def digest(self, path: str | None) -> str | None:
        """Return the sha256 of a medium's content, read only if size or time say it changed.

        None if there is no such file; a word such as "unreadable" if it is there but cannot be read,
        so that a permission that is mended counts as a change.
        """
        if path is None:
            return None
        stat = stat_of(path)
        if isinstance(stat, Absent):
            return None if stat is Absent.MISSING else stat.value.lower()
        known = self.cache.known_sha256(path, stat.size, stat.mtime_ns)
        if known is not None:
            return known
        try:
            sha256 = sha256_of(path)
        except BadMedium as why:
            return why.code.lower()
        self.cache.remember_sha256(path, stat.size, stat.mtime_ns, sha256)
        return sha256


def _record(song_id: str, cells: dict[str, Any]) -> Record:
    song = Song(song_id, *[cells[name] for name in _FIELDS])
    return Record(song, {medium: cells[column] for medium, column in _SHA256.items()})


def _song_entry(record: Record) -> parts.Entry:
    values = asdict(record.song) | {column: record.sha256[medium] for medium, column in _SHA256.items()}
    text = json.dumps(values, sort_keys=True)
    fingerprint = hashlib.sha256(text.encode()).hexdigest()[:32]
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return parts.Entry(record.song.song_id, fingerprint, SONG_DIGEST, Done(values), run_at=now)
