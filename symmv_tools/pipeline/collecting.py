"""Songs into the store: `symmv collect`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from symmv_tools.errors import BadCall
from symmv_tools.sources import folder as folders
from symmv_tools.sources import manifest as manifests
from symmv_tools.sources.collected import Collected, Refusal
from symmv_tools.store import Store


@dataclass(frozen=True)
class Collection:
    """What a collect did: songs seen, how many of them were new or changed, and who was refused."""

    seen: int
    changed: int
    refused: list[Refusal]


def collect(store: Store, found: Collected, progress: Callable[[int], None] = lambda n: None) -> Collection:
    """Record the songs that a source found. The caller holds the store's lock."""
    changed = store.put(found.songs, progress)
    return Collection(len(found.songs), changed, found.refused)


def find(folder: str | None, table: str | None, manifest: str | None, limit: int | None = None) -> Collected:
    """Return the songs that the call names: a folder, a table (its paths lie below it), or a shipped list."""
    if manifest is not None:
        if folder or table:
            raise BadCall("--manifest goes alone", "name a list of your own with --from")
        return manifests.songs_from(manifests.named(manifest), limit=limit)
    if table is not None:
        return manifests.songs_from(table, base=Path(folder) if folder else None, limit=limit)
    if folder is not None:
        return folders.songs_in(Path(folder), limit=limit)
    raise BadCall("nothing to collect is named", "say --folder DIR, --from TABLE or --manifest NAME")
