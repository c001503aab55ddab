"""The cache of the parts' headers: a SQLite file that may be deleted at any moment.

Parquet parts are the truth; this file only makes questions about them fast. `refresh` reads the
headers of the parts it has not seen. One writer at a time is SQLite's own business: refreshing is
idempotent, so two processes doing it at once waste time and nothing else. Local disks only: the
write-ahead log of SQLite corrupts on NFS.
"""

from __future__ import annotations

import itertools
import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow.parquet as pq

from symmv_tools.store.parts import Ref, configs_in, number_of

OUTCOMES = ("done", "rejected", "failed")
_VERSION = 2  # raise when the tables below change: an older file is thrown away and rebuilt

_TABLES = """
CREATE TABLE IF NOT EXISTS tables (id INTEGER PRIMARY KEY, name TEXT UNIQUE);
CREATE TABLE IF NOT EXISTS parts (
    id INTEGER PRIMARY KEY, table_id INTEGER, name TEXT, UNIQUE (table_id, name));
CREATE TABLE IF NOT EXISTS songs (id INTEGER PRIMARY KEY, song_id TEXT UNIQUE);
CREATE TABLE IF NOT EXISTS configs (id INTEGER PRIMARY KEY, digest TEXT UNIQUE, text TEXT);
CREATE TABLE IF NOT EXISTS media (path TEXT PRIMARY KEY, size INTEGER, mtime_ns INTEGER, sha256 TEXT);
CREATE TABLE IF NOT EXISTS rows (
    table_id INTEGER, song INTEGER, fingerprint BLOB, config INTEGER, outcome INTEGER, code TEXT,
    retryable INTEGER, number INTEGER, part INTEGER, row INTEGER, current INTEGER,
    PRIMARY KEY (table_id, song, fingerprint)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS tallies (
    table_id INTEGER, config INTEGER, outcome INTEGER, songs INTEGER,
    PRIMARY KEY (table_id, config, outcome)) WITHOUT ROWID;
CREATE TEMP TABLE arrivals (song_id TEXT, fingerprint BLOB, config TEXT, outcome INTEGER, code TEXT,
    retryable INTEGER, row INTEGER);
CREATE TEMP TABLE asked (song INTEGER PRIMARY KEY, song_id TEXT);
"""

# CROSS JOIN is SQLite's way to say: in this order. Left to itself it scans all rows for each arrival.
# A row is `current` if it is the newest that its song has in its table under its config. The newest
# has the highest part number, and within a part the highest row.
_TAKE_IN = (
    "INSERT OR IGNORE INTO songs (song_id) SELECT song_id FROM arrivals",
    """INSERT INTO rows
    SELECT :table_id, s.id, a.fingerprint, c.id, a.outcome, a.code, a.retryable, :number, :part, a.row, 1
    FROM arrivals a CROSS JOIN songs s ON s.song_id = a.song_id
    CROSS JOIN configs c ON c.digest = a.config WHERE true
    ON CONFLICT DO UPDATE SET config = excluded.config, outcome = excluded.outcome, code = excluded.code,
        retryable = excluded.retryable, number = excluded.number, part = excluded.part, row = excluded.row,
        current = 1 WHERE excluded.number >= rows.number""",
    """UPDATE rows SET current = NOT EXISTS (
        SELECT 1 FROM rows newer WHERE newer.table_id = rows.table_id AND newer.song = rows.song
        AND newer.config = rows.config AND (newer.number, newer.row) > (rows.number, rows.row))
    WHERE table_id = :table_id AND song IN (
        SELECT s.id FROM arrivals a CROSS JOIN songs s ON s.song_id = a.song_id
        CROSS JOIN rows r ON r.table_id = :table_id AND r.song = s.id GROUP BY s.id HAVING count(*) > 1)""",
)
_COUNT = """INSERT INTO tallies
SELECT table_id, config, outcome, :sign * count(*) FROM rows
WHERE table_id = :table_id AND current = 1 AND song IN (
    SELECT s.id FROM arrivals a CROSS JOIN songs s ON s.song_id = a.song_id)
GROUP BY config, outcome ON CONFLICT DO UPDATE SET songs = songs + excluded.songs"""


class Known(NamedTuple):
    """What the cache knows of one row of a table."""

    fingerprint: str
    config: str
    outcome: str
    code: str | None
    retryable: bool
    number: int
    ref: Ref


class Cache:
    """Questions about all parts of a store, answered without opening them."""

    def __init__(self, path: Path, tables: Path) -> None:
        self._tables = tables
        self._db = _connect(path)
        self._asked: list[str] = []

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    # --- keeping up with the parts ---

    def refresh(self, names: Iterable[str] | None = None) -> None:
        """Take in every part not seen yet, of the named tables or of all."""
        folders = names if names is not None else sorted(p.name for p in _folders(self._tables))
        for name in folders:
            self._refresh_table(name)

    def take_in(self, table: str, part: str) -> None:
        """Take in one part that was just written, without listing its folder."""
        self._take_in_all(self._id("tables", "name", table), [Path(part)])

    def _refresh_table(self, name: str) -> None:
        on_disk = {p.name for p in (self._tables / name).glob("part-*.parquet")}
        table_id = self._id("tables", "name", name)
        known = {n for (n,) in self._db.execute("SELECT name FROM parts WHERE table_id = ?", (table_id,))}
        if known - on_disk:  # compacted, or deleted by hand: what they replaced is unknown, so read all anew
            with self._transaction():
                for table in ("rows", "parts", "tallies"):
                    self._db.execute(f"DELETE FROM {table} WHERE table_id = ?", (table_id,))
            known = set()
        self._take_in_all(table_id, [self._tables / name / part for part in sorted(on_disk - known)])

    def _take_in_all(self, table_id: int, parts: Sequence[Path]) -> None:
        if not parts:
            return
        self._asked = []  # a song that was unknown may have arrived
        with self._transaction():
            for part in parts:
                self._take_in(table_id, part)

    def _take_in(self, table_id: int, path: Path) -> None:
        ((part,),) = self._db.execute(
            "INSERT INTO parts (table_id, name) VALUES (?, ?) "
            "ON CONFLICT DO UPDATE SET name = name RETURNING id",
            (table_id, path.name),
        ).fetchall()
        self._db.executemany(
            "INSERT OR IGNORE INTO configs (digest, text) VALUES (?, ?)", configs_in(path).items()
        )
        self._arrive(path)
        values = {"table_id": table_id, "number": number_of(path.name), "part": part}
        self._db.execute(_COUNT, values | {"sign": -1})
        for statement in _TAKE_IN:
            self._db.execute(statement, values)
        self._db.execute(_COUNT, values | {"sign": 1})

    def _arrive(self, path: Path) -> None:
        """Put the headers of a part into the table `arrivals`."""
        header = ["song_id", "fingerprint", "config", "outcome", "code", "retryable"]
        song_id, fingerprint, config, outcome, code, retryable = (
            pq.read_table(path, columns=header).to_pydict().values()
        )
        digests, numbers = map(bytes.fromhex, fingerprint), map(OUTCOMES.index, outcome)
        self._db.execute("DELETE FROM arrivals")
        rows = zip(song_id, digests, config, numbers, code, retryable, itertools.count(), strict=False)
        self._db.executemany("INSERT INTO arrivals VALUES (?, ?, ?, ?, ?, ?, ?)", rows)

    # --- questions ---

    def songs(self, after: str, limit: int) -> list[tuple[str, Ref]]:
        """Return the next `limit` songs whose id sorts after `after`, with where their newest row lies."""
        query = """SELECT s.song_id, p.name, r.row FROM songs s
            JOIN rows r ON r.table_id = (SELECT id FROM tables WHERE name = 'songs')
                AND r.song = s.id AND r.current = 1
            JOIN parts p ON p.id = r.part WHERE s.song_id > ? ORDER BY s.song_id LIMIT ?"""
        folder = f"{self._tables / 'songs'}{os.sep}"
        return [(s, Ref(folder + part, row)) for s, part, row in self._db.execute(query, (after, limit))]

    def song_ids(self, after: str, limit: int) -> list[str]:
        """Return the next ids, of songs that any table knows, which sort after `after`."""
        query = "SELECT song_id FROM songs WHERE song_id > ? ORDER BY song_id LIMIT ?"
        return [song_id for (song_id,) in self._db.execute(query, (after, limit))]

    def rows(self, table: str, song_ids: Sequence[str]) -> Iterator[tuple[str, Known]]:
        """Yield every row that `table` has for the songs, oldest first."""
        self._ask(song_ids)
        query = """
            SELECT a.song_id, hex(r.fingerprint), c.digest, r.outcome, r.code, r.retryable, r.number,
                p.name, r.row
            FROM asked a CROSS JOIN rows r ON r.song = a.song
            JOIN configs c ON c.id = r.config JOIN parts p ON p.id = r.part
            WHERE r.table_id = (SELECT id FROM tables WHERE name = ?) ORDER BY r.number, r.row"""
        folder = f"{self._tables / table}{os.sep}"  # joined as text: Path costs more than all the rest here
        for song, fp, config, outcome, code, retryable, number, part, row in self._db.execute(
            query, (table,)
        ):
            ref = Ref(folder + part, row)
            yield song, Known(fp.lower(), config, OUTCOMES[outcome], code, bool(retryable), number, ref)

    def _ask(self, song_ids: Sequence[str]) -> None:
        """Fill the table `asked`, unless it still holds these songs: every table is asked for the same."""
        if self._asked == list(song_ids):
            return
        self._db.execute("DELETE FROM asked")
        query = "INSERT INTO asked SELECT id, song_id FROM songs WHERE song_id = ?"
        self._db.executemany(query, ((song_id,) for song_id in song_ids))
        self._asked = list(song_ids)

    def tally(self, table: str, config: str) -> dict[str, int]:
        """Count the songs of `table` by outcome, taking the newest row each has under `config`."""
        query = """SELECT outcome, songs FROM tallies WHERE songs > 0
            AND table_id = (SELECT id FROM tables WHERE name = ?)
            AND config = (SELECT id FROM configs WHERE digest = ?)"""
        return {OUTCOMES[o]: n for o, n in self._db.execute(query, (table, config))}

    def latest(self, table: str) -> dict[str, int]:
        """Count the songs of `table` by the outcome of the newest row each has under any config."""
        query = """SELECT outcome, COUNT(*) FROM (
                SELECT outcome, ROW_NUMBER() OVER (PARTITION BY song ORDER BY number DESC, row DESC) AS age
                FROM rows WHERE table_id = (SELECT id FROM tables WHERE name = ?)
            ) WHERE age = 1 GROUP BY outcome"""
        return {OUTCOMES[o]: n for o, n in self._db.execute(query, (table,))}

    def config_text(self, digest: str) -> str | None:
        """Return the JSON text behind a config digest."""
        row = self._db.execute("SELECT text FROM configs WHERE digest = ?", (digest,)).fetchone()
        return row[0] if row else None

    def last_number(self) -> int:
        """Return the highest part number in use."""
        return max((number_of(n) for (n,) in self._db.execute("SELECT max(name) FROM parts") if n), default=0)

    # --- media ---

    def known_sha256(self, path: str, size: int, mtime_ns: int) -> str | None:
        """Return the digest of a file whose size and time have not changed since it was taken."""
        query = "SELECT sha256 FROM media WHERE path = ? AND size = ? AND mtime_ns = ?"
        row = self._db.execute(query, (path, size, mtime_ns)).fetchone()
        return row[0] if row else None

    def remember_sha256(self, path: str, size: int, mtime_ns: int, sha256: str) -> None:
        """Keep the digest of a file."""
        with self._db:
            self._db.execute(
                "INSERT OR REPLACE INTO media VALUES (?, ?, ?, ?)", (path, size, mtime_ns, sha256)
            )

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        with self._db:  # commits, or rolls back if the block raises
            yield

    def _id(self, table: str, column: str, value: Any) -> int:
        with self._db:
            self._db.execute(f"INSERT OR IGNORE INTO {table} ({column}) VALUES (?)", (value,))
        ((number,),) = self._db.execute(f"SELECT id FROM {table} WHERE {column} = ?", (value,))
        return int(number)


def _folders(tables: Path) -> list[Path]:
    return [p for p in tables.iterdir() if p.is_dir()] if tables.is_dir() else []


def _connect(path: Path) -> sqlite3.Connection:
    """Open the cache; one that is damaged or of another version is thrown away first."""
    try:
        return _open(path)
    except sqlite3.DatabaseError as why:
        if isinstance(why, sqlite3.OperationalError) and "locked" in str(why):
            raise
        for file in (path, path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")):
            file.unlink(missing_ok=True)
        return _open(path)


def _open(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, timeout=60, isolation_level=None)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = OFF")  # nothing here is worth an fsync: it can all be read again
    ((version,),) = db.execute("PRAGMA user_version")
    if version not in (0, _VERSION):
        db.close()
        raise sqlite3.DatabaseError("another version")
    db.executescript(_TABLES)
    db.execute(f"PRAGMA user_version = {_VERSION}")
    return db
