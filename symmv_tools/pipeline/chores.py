"""Chores: what the network does for songs. They keep tables as stages do, but no plan ever starts them.

Fetching media and finding videos change a Song, which no stage may, and want one process per
address, which no engine gives. So `symmv collect` and `symmv search` do them in the driver, and each
attempt is a row: done, rejected or failed, under a fingerprint of settings and inputs.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

import pyarrow as pa

from symmv_tools.pipeline.states import fingerprint_of
from symmv_tools.settings import semantic_values
from symmv_tools.stage import Outcome
from symmv_tools.store import Store
from symmv_tools.store.cache import Known
from symmv_tools.store.compact import compact_table
from symmv_tools.store.parts import Entry, fetch, write_part

FETCH = "fetch"
SEARCH = "search"
MAKES: Mapping[str, Mapping[str, pa.DataType]] = {
    FETCH: {"medium": pa.string(), "url": pa.string()},
    SEARCH: {"video_url": pa.string(), "match_score": pa.float64(), "candidates": pa.string()},
}
"""The tables of the chores: which medium came from where; the video chosen and all that were looked at."""

CURATION = "audio_quality"
NAMING = ("shazam_by_id", "shazam")
BEFORE_SEARCH = (CURATION, *NAMING)
"""The stages that a search builds on; a song that the search rejects is closed at all others."""

_MANY_PARTS = 64


@dataclass(frozen=True)
class Ledger:
    """The table of one chore under the settings that are active."""

    store: Store
    name: str
    config: str
    config_text: str

    @classmethod
    def of(cls, store: Store, name: str, version: str, settings: Any) -> Ledger:
        """Return the ledger of chore `name`; its config holds what decides a result, as a stage's does."""
        config = {
            "stage": name,
            "version": ".".join(version.split(".")[:2]),
            "settings": semantic_values(settings),
            "checkpoints": {},
        }
        text = json.dumps(config, sort_keys=True)
        return cls(store, name, hashlib.sha256(text.encode()).hexdigest()[:16], text)

    def row(self, song_id: str, inputs: Mapping[str, str]) -> Known | None:
        """Return the newest attempt at a song with just these inputs and settings."""
        wanted = fingerprint_of(self.config, inputs)
        rows = self.store.known(self.name, [song_id]).get(song_id, [])
        return next((row for row in reversed(rows) if row.fingerprint == wanted), None)

    def book(self, song_id: str, inputs: Mapping[str, str], outcome: Outcome, seconds: float) -> None:
        """Write an attempt down. One part each, for the network is slower than the disk by far."""
        now = datetime.now(UTC).isoformat(timespec="seconds")
        entry = Entry(
            song_id, fingerprint_of(self.config, inputs), self.config, outcome, inputs, seconds, now
        )
        path = self.store.new_part(self.name)
        write_part(path, MAKES[self.name], [entry], {self.config: self.config_text})
        self.store.cache.take_in(self.name, str(path))

    def tidy(self) -> None:
        """Merge the parts if there are many of them; the caller holds the lock."""
        for table in (self.name, "songs"):
            if len(list((self.store.tables / table).glob("part-*.parquet"))) > _MANY_PARTS:
                compact_table(self.store, table)


class Trouble(NamedTuple):
    """The last word of a chore on a song that it could not serve."""

    chore: str
    outcome: str
    code: str
    message: str


def troubles(store: Store, song_ids: Sequence[str]) -> dict[str, list[Trouble]]:
    """Return, by song, what chores rejected or failed and have not made good since."""
    found: dict[str, list[Trouble]] = {}
    for chore in MAKES:
        last = {song_id: rows[-1] for song_id, rows in store.known(chore, song_ids).items()}
        bad = {song_id: row for song_id, row in last.items() if row.outcome != "done"}
        said = fetch([row.ref for row in bad.values()], ["message"])
        for song_id, row in bad.items():
            trouble = Trouble(chore, row.outcome, row.code or "", said[row.ref]["message"] or "")
            found.setdefault(song_id, []).append(trouble)
    return found
