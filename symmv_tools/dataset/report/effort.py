"""How long the stages worked, and on which songs longest: what a store remembers and an export does not."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field

from symmv_tools.store import Store
from symmv_tools.store.parts import fetch
from symmv_tools.store.store import SONGS

SLOWEST = 20
"""How many of the slowest songs are named."""

_PAGE = 4096


@dataclass
class Effort:
    """`stages` maps each stage to its seconds of work; `slowest` names songs with theirs, the longest first.

    Of every song the newest row of each stage counts.
    """

    stages: dict[str, float] = field(default_factory=dict)
    slowest: list[tuple[str, float]] = field(default_factory=list)


def effort(store: Store) -> Effort:
    """Add up the seconds of work, a page of songs at a time."""
    store.refresh()
    found = Effort()
    tables = [name for name in store.names() if name != SONGS]
    for song_ids in store.pages(_PAGE):
        of_song: dict[str, float] = {}
        for table in tables:
            newest = {song_id: rows[-1].ref for song_id, rows in store.known(table, song_ids).items()}
            cells = fetch(newest.values(), ["seconds"])
            seconds = {song_id: cells[ref]["seconds"] or 0.0 for song_id, ref in newest.items()}
            for song_id, more in seconds.items():
                of_song[song_id] = of_song.get(song_id, 0.0) + more
            found.stages[table] = found.stages.get(table, 0.0) + sum(seconds.values())
        found.slowest = heapq.nsmallest(
            SLOWEST, [*found.slowest, *of_song.items()], key=lambda item: (-item[1], item[0])
        )
    return found
