"""Take-downs: what its owner asked to be removed, and what must therefore never be exported again.

`takedowns.jsonl` in the store is the list, one object per line: `what` (a song_id, an address or a SHA-256),
`why`, `at`. It is read whenever a store is opened, so it may also be written by hand.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from symmv_tools.dataset.ties import page_of
from symmv_tools.errors import BadCall, BadManifest
from symmv_tools.io.atomic import written
from symmv_tools.song import MEDIA, printable
from symmv_tools.store import Store
from symmv_tools.store.media import media_folder
from symmv_tools.store.store import Record

NAME = "takedowns.jsonl"
CODE = "TAKEN_DOWN"
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Takedowns:
    """What was taken down: the reason, by song_id, by page (`ties.page_of`) or by SHA-256.

    A song_id that is also the name of a page, as `youtube:ID` is, stands for both.
    """

    reasons: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, root: Path) -> Takedowns:
        """Read the list of the store at `root`; BadManifest, with the line, if it cannot be understood."""
        return cls({page_of(entry["what"]): entry["why"] for entry in _entries(root / NAME)})

    def why(self, record: Record) -> str | None:
        """Return why a song was taken down, by its id or by what it is made of; None if it was not."""
        if not self.reasons:
            return None
        return next((self.reasons[key] for key in _keys(record) if key in self.reasons), None)

    def has_page(self, url: str) -> bool:
        """Whether what lies at an address was taken down."""
        return bool(self.reasons) and page_of(url) in self.reasons


@dataclass(frozen=True)
class Removed:
    """What a take-down did: the songs that are closed by it, and the files of theirs that were deleted."""

    songs: list[str]
    files: list[Path]


def take_down(store: Store, things: Sequence[str], why: str) -> Removed:
    """Write the things down, and delete the media that the store holds of the songs they close.

    A thing is a song_id of this store, an address, or the SHA-256 of a file. The list is on the disk
    before anything is deleted, and the same call again finishes what a kill left. Files that lie
    outside the store, and those that other songs use, stay. The caller holds the store's lock.

    Raises BadCall for a thing that is none of the three.
    """
    known = store.find(things)
    for thing in things:
        if thing not in known and not _SHA256.fullmatch(thing) and page_of(thing) == thing:
            raise BadCall(
                f"this store has no song {printable(thing)!r}, and it is no address and no SHA-256",
                "copy the song_id from an export, or name the address of the page",
            )
    now = datetime.now(UTC).isoformat(timespec="seconds")
    _add(store.root / NAME, [{"what": thing, "why": why, "at": now} for thing in things])
    takedowns = Takedowns.of(store.root)
    closed = {page_of(thing) for thing in things}
    hit = [r for records in store.batches() for r in records if not closed.isdisjoint(_keys(r))]
    return Removed([r.song.song_id for r in hit], _delete(store, takedowns, hit, closed))


def _keys(record: Record) -> Iterator[str]:
    yield record.song.song_id
    yield from (page_of(url) for url in (record.song.cover_url, record.song.video_url) if url)
    yield from (sha256 for sha256 in record.sha256.values() if sha256)


# --- the list -------------------------------------------------------------------------------------


def _entries(path: Path) -> list[dict[str, str]]:
    if not path.is_file():
        return []
    return [_entry(line, f"{path}:{n}") for n, line in enumerate(path.read_bytes().split(b"\n"), 1) if line]


def _entry(line: bytes, where: str) -> dict[str, str]:
    try:
        entry = json.loads(line)
        return {"what": str(entry["what"]), "why": str(entry["why"]), "at": str(entry.get("at", ""))}
    except (ValueError, TypeError, KeyError, AttributeError) as why:
        raise BadManifest(
            f"{where} is no take-down: {why!r}", 'write {"what": "a song_id or an address", "why": "…"}'
        ) from why


def _add(path: Path, new: Sequence[dict[str, str]]) -> None:
    """Write down what is not there yet: the first reason and date of a thing stay."""
    entries = {entry["what"]: entry for entry in [*new[::-1], *_entries(path)[::-1]]}
    kept = [entries[what] for what in dict.fromkeys(e["what"] for e in [*_entries(path), *new])]
    with written(path) as part:
        part.write_text("".join(f"{json.dumps(entry)}\n" for entry in kept), encoding="utf-8")


# --- the media ------------------------------------------------------------------------------------


def _delete(store: Store, takedowns: Takedowns, hit: Sequence[Record], closed: set[str]) -> list[Path]:
    """Delete the songs' files among the store's media, and the folders of their pages; return the files."""
    theirs = {path for record in hit for path in _own_files(store.root, record)}
    names = {*closed, *(key for record in hit for key in _keys(record))}
    folders = {path.parent for path in theirs} | {media_folder(store.root, name) for name in names}
    used = {
        path
        for records in store.batches()
        for record in records
        if takedowns.why(record) is None
        for path in _own_files(store.root, record)
        if path in theirs or path.parent in folders
    }
    gone = theirs - used
    for folder in folders - {path.parent for path in used}:
        gone |= {path for path in folder.rglob("*") if path.is_file()}
        shutil.rmtree(folder, ignore_errors=True)
    for path in gone:
        path.unlink(missing_ok=True)
    return sorted(gone)


def _own_files(root: Path, record: Record) -> Iterator[Path]:
    """Yield the song's media that lie in a folder of the store's media."""
    for medium in MEDIA:
        path = Path(getattr(record.song, medium) or "")
        if path.parent.parent.parent == root / "media":
            yield path
