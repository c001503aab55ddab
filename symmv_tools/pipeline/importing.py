"""Released data sets into the store: `symmv import`.

What a release says becomes rows of variants called `released`, beside our own and never under
them. Such a row is made of files: its fingerprint comes from their digests and from the reader's
version. Nothing runs it, nothing makes it stale but another import, and the newest one counts.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from symmv_tools.errors import BadCall, BadMedium
from symmv_tools.io.atomic import written
from symmv_tools.pipeline.active import Node, released_node
from symmv_tools.pipeline.house import House
from symmv_tools.pipeline.merging import with_fetched
from symmv_tools.pipeline.states import fingerprint_of
from symmv_tools.settings import nearest
from symmv_tools.song import Song, printable
from symmv_tools.sources import pop909, symmv
from symmv_tools.sources.archives import unpack
from symmv_tools.sources.collected import Refusal
from symmv_tools.sources.releases import Annotation, Release, Released, Source, index_of, locate
from symmv_tools.stage import Done, Failed, Outcome
from symmv_tools.store.cache import Known
from symmv_tools.store.media import media_folder, sha256_of
from symmv_tools.store.parts import Entry, write_part
from symmv_tools.store.store import Record

SOURCES = {"pop909": pop909.SOURCE, "symmv": symmv.SOURCE}
_BATCH = 128  # songs whose notes are in memory at once, about 10 MB
_SCRATCH = ".import-"


@dataclass
class Imported:
    """What an import did.

    `songs` were seen, `changed` of them are new or changed; `written` counts the new rows of each
    variant. `refused` says what could not be used, also where it cost a song one annotation only.
    """

    songs: int = 0
    changed: int = 0
    written: Counter[str] = field(default_factory=Counter)
    refused: list[Refusal] = field(default_factory=list)


def import_release(
    house: House,
    name: str,
    path: Path,
    *,
    index: Path | None = None,
    limit: int | None = None,
    progress: Callable[[int, int], None] = lambda done, songs: None,
) -> Imported:
    """Bring the release `name` at `path`, a folder or a tar archive, into the store; at most `limit` songs.

    MIDI files of a folder stay where they are; those of an archive are kept among the store's media.
    What the store has already is not written again. A file that is missing or broken costs its song
    that one annotation, which is booked as failed, and a song without its MIDI file is refused. What was
    taken down is passed over.
    `progress` hears how many songs of how many are done. The caller holds the store's lock.

    Raises BadCall if there is no such release, or nothing of it is at `path`.
    """
    if name not in SOURCES:
        raise BadCall(f"{printable(name)!r} is no data set that can be imported", nearest(name, SOURCES))
    source, done = SOURCES[name], Imported()
    with _folder(house, source, path) as found:
        release = _release(source, found, path, index, limit)
        done.refused += [*found.refused, *release.refused]
        for start in range(0, len(release.songs), _BATCH):
            batch = release.songs[start : start + _BATCH]
            songs = [one for one in batch if house.takedowns.why(Record(one.song, {})) is None]
            done.changed += house.store.put(with_fetched(house.store, _kept(house, songs, found.is_scratch)))
            _import_annotations(house, source, songs, done)
            done.songs += len(songs)
            progress(start + len(batch), len(release.songs))
    return done


# --- folder or archive ----------------------------------------------------------------------------


class _Found(NamedTuple):
    """Where a release lies unpacked; `is_cut` if that is all that a damaged archive gave."""

    folder: Path
    refused: list[Refusal]
    is_scratch: bool = False
    is_cut: bool = False


@contextmanager
def _folder(house: House, source: Source, path: Path) -> Iterator[_Found]:
    """Give the release as a folder, an archive unpacked into one that goes away afterwards."""
    if path.is_dir():
        yield _Found(path.resolve(), [])
        return
    if not path.is_file():
        raise BadCall(f"there is no {path}", f"name the folder of {source.name}, or its .tar.gz")
    root = house.store.root
    for left in root.glob(f"{_SCRATCH}*"):  # by one who was killed
        shutil.rmtree(left)
    with tempfile.TemporaryDirectory(prefix=_SCRATCH, dir=root) as scratch:
        refused, is_cut = unpack(path, Path(scratch), source.member)
        yield _Found(Path(scratch), refused, True, is_cut)


def _release(source: Source, found: _Found, path: Path, index: Path | None, limit: int | None) -> Release:
    files, inside, refused = locate(source, found.folder)
    if not files:
        raise BadCall(
            f"nothing of {source.name} is in {path}",
            "name the folder that holds what the release unpacks to, or its .tar.gz",
        )
    table = index_of(source, index, inside, path.absolute().parent)
    release = source.find(files, table, limit)
    whole = [song for song in release.songs if not (found.is_cut and _lacks(song))]
    cut = [_cut(song) for song in release.songs if song not in whole]
    return Release(whole, [*refused, *release.refused, *cut])


def _lacks(released: Released) -> bool:
    return not all(path.is_file() for annotation in released.annotations for path in annotation.files)


def _cut(released: Released) -> Refusal:
    song_id = released.song.song_id
    return Refusal(song_id, "TRUNCATED", f"{song_id}: the archive ends before the last of its files")


def _kept(house: House, songs: Sequence[Released], is_scratch: bool) -> list[Song]:
    """Return the songs; their MIDI files, if they lie in a scratch folder, among the store's media."""
    if not is_scratch:
        return [released.song for released in songs]
    with ThreadPoolExecutor(16) as pool:  # each file waits for the disk to have it
        return list(pool.map(lambda released: _in_store(house, released.song), songs))


def _in_store(house: House, song: Song) -> Song:
    assert song.midi is not None, "a released song has its MIDI file"
    found = Path(song.midi)
    place = media_folder(house.store.root, song.song_id) / found.name
    if not place.is_file() or sha256_of(place) != sha256_of(found):
        with written(place) as part:
            shutil.copyfile(found, part)
    return replace(song, midi=str(place))


# --- annotations ----------------------------------------------------------------------------------


def _import_annotations(house: House, source: Source, songs: Sequence[Released], done: Imported) -> None:
    by_variant: dict[str, list[tuple[str, Annotation]]] = {}
    for released in songs:
        for annotation in released.annotations:
            by_variant.setdefault(annotation.variant, []).append((released.song.song_id, annotation))
    for key, brought in by_variant.items():
        node = released_node(house.graph, key)
        known = house.store.known(key, [song_id for song_id, _ in brought])
        entries = [
            entry
            for song_id, annotation in brought
            if (entry := _entry(node, source, song_id, annotation, known.get(song_id, []), done.refused))
        ]
        if entries:
            _write(house, node, entries)
            done.written[key] += len(entries)


def _entry(
    node: Node,
    source: Source,
    song_id: str,
    annotation: Annotation,
    known: Sequence[Known],
    refused: list[Refusal],
) -> Entry | None:
    """Return the row of one annotation, or None if it is the store's newest; note what is wrong with it."""
    inputs = {"reader": source.reader, **annotation.facts, **{p.name: _digest(p) for p in annotation.files}}
    fingerprint = fingerprint_of(node.config, dict(sorted(inputs.items())))
    is_known = bool(known) and known[-1].fingerprint == fingerprint
    if is_known and known[-1].outcome == "done":
        return None
    begin = time.perf_counter()
    outcome = _outcome(annotation)
    if isinstance(outcome, Failed):
        refused.append(Refusal(f"{song_id} {node.key}", outcome.code, f"{song_id}: {outcome.message}"))
    if is_known:
        return None
    now = datetime.now(UTC).isoformat(timespec="seconds")
    seconds = time.perf_counter() - begin
    return Entry(song_id, fingerprint, node.config, outcome, inputs, seconds, now)


def _digest(path: Path) -> str:
    try:
        return sha256_of(path)
    except BadMedium as why:
        return why.code.lower()


def _outcome(annotation: Annotation) -> Outcome:
    try:
        return Done(annotation.read())
    except BadMedium as why:
        return Failed(why.code, f"{why.message}; {why.hint}" if why.hint else why.message)


def _write(house: House, node: Node, entries: Sequence[Entry]) -> None:
    path = house.store.new_part(node.key)
    write_part(path, node.stage.makes, entries, {node.config: node.config_text})
    house.store.cache.take_in(node.key, str(path))
