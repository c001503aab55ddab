"""Splits without leakage: songs that share a recording, a video or a song land in the same split.

Pure functions of the songs and of what was published before: nothing depends on their order or on
chance. A published song keeps its split for ever; a new one joins the group it is tied to, and is
held out where it is tied to groups of different splits.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from symmv_tools.dataset.check import SPLITS
from symmv_tools.dataset.sharing import Mask, Places, Sharing, first_of_each_split
from symmv_tools.song import printable

BRIDGES = "bridges_splits"
"""The code of a song that is held out because its group would span splits."""

SALT = "symmv-1"
_SHARES = (("train", 0.90), ("validation", 0.05), ("test", 0.05))
_NEW = -1


class Published(NamedTuple):
    """Where a song lies for good; `group_id` is None where only the split was ever said."""

    split: str
    group_id: str | None = None


@dataclass(frozen=True)
class Division:
    """The group and split of every song but those in `held_out`, which says why each of them has none.

    `song_ids` are sorted; `place` is where each stands there, `group` the number of its group.
    """

    song_ids: list[str]
    place: Mapping[str, int]
    group: NDArray[np.intp]
    names: list[str]
    splits: list[str]
    held_out: Mapping[str, str]

    def of(self, song_id: str) -> Published:
        """Return the split and the group_id of a song; KeyError if it was not among the songs."""
        number = self.group[self.place[song_id]]
        return Published(self.splits[number], self.names[number])


def divide(
    songs: Iterable[Mapping[str, Any]],
    published: Mapping[str, Published] | None = None,
    *,
    by: Collection[str] = (),
    salt: str = SALT,
) -> Division:
    """Return group and split of each song, so that no group spans splits and no published song moves.

    `songs` are mappings with `song_id` and whichever columns tie songs (`ties.ties`, which also says
    what `by` adds). Ties carry on: A and B by audio, B and C by video make one group of three.

    A song in `published` keeps its split, and a new one takes that of the published songs in its group.
    If these lie in different splits, the new songs that are tied to both are held out; where that is not
    enough, so are all new ones in between. Should published songs of different splits turn out to be
    tied themselves, those in training are held out for the sake of those in validation, and these for
    the test's: a figure that was measured there is to mean what it meant.

    A group keeps the name under which it was published, the smallest of several. A new one is named
    after a digest of its smallest song_id, and its split is `split_of` that name.
    """
    sharing = Sharing.of(songs, by)
    known = published or {}
    frozen = np.array(
        [SPLITS.index(known[s].split) if s in known else _NEW for s in sharing.song_ids], np.int8
    )
    held_out = _held_out(sharing, frozen)
    stays = np.ones(len(frozen), bool)
    stays[list(held_out)] = False
    group = sharing.groups(stays)
    names = _names(sharing.song_ids, group, known)
    splits = _splits(names, group, np.where(stays, frozen, _NEW), known, salt)
    names = _distinct(names, splits, known)
    assert len(set(zip(names, splits, strict=True))) == len(set(names)), "a group spans splits"
    place = {song_id: i for i, song_id in enumerate(sharing.song_ids)}
    reasons = {sharing.song_ids[i]: why for i, why in held_out.items()}
    return Division(sharing.song_ids, place, group, names, splits, reasons)


def group_ids(songs: Iterable[Mapping[str, Any]], by: Collection[str] = ()) -> dict[str, str]:
    """Return the group_id of each song_id, as `divide` makes them where nothing was published before."""
    division = divide(songs, by=by)
    return {
        song_id: division.names[number]
        for song_id, number in zip(division.song_ids, division.group.tolist(), strict=True)
    }


def split_of(group_id: str, salt: str = SALT) -> str:
    """Return train, validation or test: 90, 5 and 5 % of all groups, by a hash of `salt` and `group_id`."""
    place = int(_digest(f"{salt}:{group_id}")[:16], 16) / 2**64
    for split, share in _SHARES[:-1]:
        if place < share:
            return split
        place -= share
    return _SHARES[-1][0]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


# --- who is held out ------------------------------------------------------------------------------


def _held_out(sharing: Sharing, frozen: NDArray[np.int8]) -> dict[int, str]:
    """Return the songs, by place, without which no group spans splits, and why; see `divide`."""
    stays = np.ones(len(frozen), bool)
    reasons: dict[int, str] = {}
    for find in (_late_ties, _bridges, _chains):
        found = find(sharing, frozen, stays)
        stays[list(found)] = False
        reasons |= found
    return reasons


def _late_ties(sharing: Sharing, frozen: NDArray[np.int8], stays: Mask) -> dict[int, str]:
    """Published songs that are tied to published songs of a split that counts more."""
    is_published = stays & (frozen != _NEW)
    firsts = _firsts_of_group(sharing, frozen, is_published)
    found = {}
    for i in np.flatnonzero(is_published & (_count(firsts) > 1)).tolist():
        strongest = max(_present(firsts, i))  # SPLITS are in order: train, validation, test
        if frozen[i] < strongest:
            other = _said(sharing, firsts[strongest, i], strongest)
            found[i] = f"was published in {SPLITS[frozen[i]]}, but is tied to {other}, which stays"
    return found


def _bridges(sharing: Sharing, frozen: NDArray[np.int8], stays: Mask) -> dict[int, str]:
    """New songs that are themselves tied to published songs of different splits."""
    return _bridging(sharing, frozen, sharing.neighbours(frozen, stays & (frozen != _NEW)))


def _chains(sharing: Sharing, frozen: NDArray[np.int8], stays: Mask) -> dict[int, str]:
    """New songs that tie published songs of different splits only together."""
    firsts = _firsts_of_group(sharing, frozen, stays)
    return _bridging(sharing, np.where(stays, frozen, 0), firsts)


def _bridging(sharing: Sharing, frozen: NDArray[np.int8], firsts: Places) -> dict[int, str]:
    found = {}
    for i in np.flatnonzero((frozen == _NEW) & (_count(firsts) > 1)).tolist():
        said = [_said(sharing, firsts[split, i], split) for split in _present(firsts, i)]
        found[i] = f"would join the groups of {' and '.join(said)}, and published splits stay"
    return found


def _firsts_of_group(sharing: Sharing, frozen: NDArray[np.int8], among: Mask) -> Places:
    """Return, for each split and song, the first song of that split in its group; see `Sharing`."""
    group, song = sharing.groups(among), np.flatnonzero(among)
    nobody = len(among)
    return first_of_each_split(group[song], song, frozen, nobody, nobody)[:, group]


def _count(firsts: Places) -> Places:
    """In how many splits there is somebody, for each song."""
    splits: Places = (firsts < firsts.shape[1]).sum(axis=0)
    return splits


def _present(firsts: Places, song: int) -> list[int]:
    """In which splits there is somebody for one song."""
    return [split for split, first in enumerate(firsts[:, song].tolist()) if first < firsts.shape[1]]


def _said(sharing: Sharing, song: int, split: int) -> str:
    return f"{printable(sharing.song_ids[song])} ({SPLITS[split]})"


# --- names and splits of groups -------------------------------------------------------------------


def _names(song_ids: list[str], group: Places, known: Mapping[str, Published]) -> list[str]:
    """Return the name of each group by its number."""
    first: dict[int, str] = {}
    kept: dict[int, str] = {}
    for song_id, number in zip(song_ids, group.tolist(), strict=True):
        first.setdefault(number, song_id)  # they come in order
        if song_id in known and (name := known[song_id].group_id):
            kept[number] = min(name, kept.get(number, name))
    return [kept.get(number) or _digest(first[number])[:16] for number in range(len(first))]


def _splits(
    names: list[str], group: Places, frozen: NDArray[np.int8], known: Mapping[str, Published], salt: str
) -> list[str]:
    """Return the split of each group: that of its published songs, else by its name."""
    of_group = np.full(len(names), _NEW, np.int8)
    np.maximum.at(of_group, group, frozen)
    of_name = {said.group_id: said.split for said in known.values()}
    return [
        SPLITS[number] if number != _NEW else of_name.get(name) or split_of(name, salt)
        for number, name in zip(of_group.tolist(), names, strict=True)
    ]


def _distinct(names: list[str], splits: list[str], known: Mapping[str, Published]) -> list[str]:
    """Return the names, another one for a group whose own was published in another split.

    That takes a tie that is gone: the song that named a group has left it for a group of that other split.
    """
    of_name = {said.group_id: said.split for said in known.values()}
    return [
        name if of_name.get(name, split) == split else _digest(f"{split}:{name}")[:16]
        for name, split in zip(names, splits, strict=True)
    ]
