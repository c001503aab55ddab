"""Who shares a tie with whom, as arrays: a million songs with six ties each take 0.1 GB."""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from symmv_tools.dataset.check import SPLITS
from symmv_tools.dataset.ties import ties

Mask = NDArray[np.bool_]
Places = NDArray[np.intp]


@dataclass(frozen=True)
class Sharing:
    """Songs in order of their ids, and entry by entry which `song` (a place in `song_ids`) has which `tie`.

    Ties are numbers from 0; the entries are in their order.
    """

    song_ids: list[str]
    song: Places
    tie: Places

    @classmethod
    def of(cls, songs: Iterable[Mapping[str, Any]], by: Collection[str] = ()) -> Sharing:
        """Take in songs, each with an id of its own, and their ties (see `ties.ties`)."""
        ids: list[str] = []
        song, tie = array("l"), array("Q")
        for i, one in enumerate(songs):
            ids.append(one["song_id"])
            for text in set(ties(one, by)):
                song.append(i)
                tie.append(_digest(text))
        order = sorted(range(len(ids)), key=ids.__getitem__)
        place = np.empty(len(ids), np.intp)
        place[order] = np.arange(len(ids))
        numbers = np.unique(np.frombuffer(tie, np.uint64), return_inverse=True)[1]
        by_tie = np.argsort(numbers, kind="stable")
        places = place[np.frombuffer(song, np.int_)]
        return cls([ids[i] for i in order], places[by_tie], numbers[by_tie])

    def groups(self, among: Mask) -> Places:
        """Return a group number for each song, from 0: equal if ties lead from one to the other.

        Only songs `among` these count as links; each of the others is a group of its own.
        """
        counts = among[self.song]
        song, tie = self.song[counts], self.tie[counts]
        tied = tie[1:] == tie[:-1]
        size = len(self.song_ids)
        edges = coo_array((np.ones(tied.sum(), np.int8), (song[:-1][tied], song[1:][tied])), (size, size))
        return connected_components(edges, directed=False)[1].astype(np.intp)

    def neighbours(self, split: NDArray[np.int8], among: Mask) -> Places:
        """Return, for each split and song, the first song `among` these in that split which shares a tie.

        (splits, songs); `len(song_ids)` where there is none.
        """
        counts = among[self.song]
        ties_of = int(self.tie.max(initial=-1)) + 1
        of_tie = first_of_each_split(self.tie[counts], self.song[counts], split, ties_of, len(self.song_ids))
        found = np.full((len(SPLITS), len(self.song_ids)), len(self.song_ids), np.intp)
        for row, first in zip(found, of_tie, strict=True):
            np.minimum.at(row, self.song, first[self.tie])
        return found


def first_of_each_split(key: Places, song: Places, split: NDArray[np.int8], keys: int, nobody: int) -> Places:
    """Return, for each split and key, the smallest `song` with that key that is in that split.

    `key` and `song` are entries, (n,) each; `split` is by song, a place in SPLITS or -1. Returns (splits,
    keys), `nobody` where there is none.
    """
    first = np.full((len(SPLITS), keys), nobody, np.intp)
    for number, row in enumerate(first):
        is_in = split[song] == number
        np.minimum.at(row, key[is_in], song[is_in])
    return first


def _digest(text: str) -> int:
    # That any two of 10 million share 64 bits has a chance of 3 in a million; it would tie two strangers.
    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8)
    return int.from_bytes(digest.digest(), "little")
