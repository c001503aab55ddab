"""Songs into the store: `symmv collect`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

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
