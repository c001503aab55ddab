"""Splits without leakage: songs that share a recording or a video land in the same split.

Pure functions of the songs: nothing depends on their order, on chance or on earlier runs, so
adding songs that have nothing to do with the old ones never moves an old one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

LINKS = ("audio_sha256", "video_sha256", "video_url", "shazam_id", "isrc")
"""Row columns that tie songs together: two songs with an equal value belong to one group."""

_SHARES = (("train", 0.90), ("validation", 0.05), ("test", 0.05))


def group_ids(songs: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Return the group_id of each song_id.

    `songs` are mappings with `song_id` and whichever of `LINKS` are known; None and "" tie
    nothing. Ties carry on: A and B by audio, B and C by video make one group of three. A group is
    named after a digest of its smallest song_id, so a song without ties names its own.
    """
    forest = _Forest()
    ids = []
    for song in songs:
        ids.append(song["song_id"])
        node = ("song_id", song["song_id"])
        forest.root(node)
        for link in LINKS:
            if value := song.get(link):
                forest.join(node, (link, value))
    smallest: dict[_Node, str] = {}
    for song_id in ids:
        root = forest.root(("song_id", song_id))
        smallest[root] = min(song_id, smallest.get(root, song_id))
    return {song_id: _digest(smallest[forest.root(("song_id", song_id))])[:16] for song_id in ids}


def split_of(group_id: str, salt: str = "symmv-1") -> str:
    """Return train, validation or test: 90, 5 and 5 % of all groups, by a hash of `salt` and `group_id`."""
    place = int(_digest(f"{salt}:{group_id}")[:16], 16) / 2**64
    for split, share in _SHARES[:-1]:
        if place < share:
            return split
        place -= share
    return _SHARES[-1][0]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


_Node = tuple[str, str]


class _Forest:
    """Disjoint sets with union by size and path halving; Tarjan (1975)."""

    def __init__(self) -> None:
        self._parent: dict[_Node, _Node] = {}
        self._size: dict[_Node, int] = {}

    def root(self, node: _Node) -> _Node:
        parent = self._parent
        parent.setdefault(node, node)
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    def join(self, a: _Node, b: _Node) -> None:
        a, b = self.root(a), self.root(b)
        if a == b:
            return
        if self._size.get(a, 1) < self._size.get(b, 1):
            a, b = b, a
        self._parent[b] = a
        self._size[a] = self._size.get(a, 1) + self._size.get(b, 1)
