"""Chords counted: all labels as they stand, and those of SymMV's 12 x 10 by genre, in C major or A minor."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from symmv_tools.music.harte import pitch_class, symmv10, transposed

CLASSES = 120
_Chords = tuple[NDArray[np.int64], list[str], NDArray[np.int64], NDArray[np.float64]]
_FAR = 1e7  # seconds; longer than any song, so that times of different songs never mix


@dataclass
class ChordCensus:
    """`labels` counts chords as they are labelled, `in_key` by (genre or "", chord of the 12 x 10).

    For `in_key` major keys were moved to C and minor keys to A; songs without a key are not in it. Both count
    how often a chord is played, as SymMV's figure 3c does, not its seconds. N counts nowhere.
    """

    labels: Counter[str] = field(default_factory=Counter)
    in_key: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, chord: pa.StructArray, key: pa.StructArray | None, genres: list[str | None]) -> None:
        """Count the chords of some songs; all three have one entry per song."""
        songs, labels = _flat(chord, "value")
        names, codes = _coded(labels)
        for label, count in zip(names, np.bincount(codes, minlength=len(names)).tolist(), strict=True):
            if label not in ("N", "X"):
                self.labels[label] += count
        if key is not None:
            self._add_in_key((songs, names, codes, _times(chord)), key, genres)

    def _add_in_key(self, chords: _Chords, key: pa.StructArray, genres: list[str | None]) -> None:
        songs, names, codes, times = chords
        key_songs, key_labels = _flat(key, "value")
        if not len(key_songs) or not len(songs):
            return
        key_names, key_codes = _coded(key_labels)
        at = np.searchsorted(key_songs * _FAR + _times(key), songs * _FAR + times + 1e-6, side="right") - 1
        first = np.searchsorted(key_songs, songs)  # what sounds before the first key belongs to it
        at = np.minimum(np.maximum(at, first), len(key_songs) - 1)
        keyed = key_songs[at] == songs
        triples = np.stack([songs, codes, key_codes[at]])[:, keyed]
        found, counts = np.unique(triples, axis=1, return_counts=True)
        for (song, code, key_code), count in zip(found.T.tolist(), counts.tolist(), strict=True):
            if label := _moved(names[code], key_names[key_code]):
                self.in_key[genres[song] or "", label] += count

    @property
    def in_classes(self) -> Counter[str]:
        """How often each of SymMV's 120 chords occurs in its own key, once all labels are reduced to them."""
        reduced: Counter[str] = Counter()
        for label, count in self.labels.items():
            if name := symmv10(label):
                reduced[name] += count
        return reduced

    def telling(self, genres: list[str], count: int = 10) -> list[str]:
        """Return `count` chords that are frequent and whose share differs much between `genres`.

        Of twice as many most frequent ones those whose share varies most, the most frequent first;
        V-MusProd does not say how it weighs frequency against variance, so this is chosen by us.
        """
        shares = {genre: self.shares(genre) for genre in genres}
        mean: Counter[str] = Counter()
        for share in shares.values():
            mean.update({label: value / len(genres) for label, value in share.items()})
        frequent = sorted(mean, key=lambda label: (-mean[label], label))[: 2 * count]

        def spread(label: str) -> float:
            return float(np.var([share.get(label, 0.0) for share in shares.values()]))

        chosen = sorted(frequent, key=lambda label: (-spread(label), frequent.index(label)))[:count]
        return sorted(chosen, key=frequent.index)

    def shares(self, genre: str | None) -> dict[str, float]:
        """Return the share of each chord of the 12 x 10 in a genre, or in all songs for None."""
        found: Counter[str] = Counter()
        for (here, label), count in self.in_key.items():
            if genre is None or here == genre:
                found[label] += count
        total = sum(found.values())
        return {label: count / total for label, count in found.items()}


@lru_cache(maxsize=65536)
def _moved(label: str, key: str) -> str | None:
    """The chord of the 12 x 10 that `label` is once its key is moved to C major or A minor."""
    tonic, _, mode = key.partition(":")
    home = 9 if mode == "minor" else 0
    return symmv10(transposed(label, home - pitch_class(tonic)))


def _flat(group: pa.StructArray, name: str) -> tuple[NDArray[np.int64], pa.Array[Any]]:
    """Which song each entry of a group's list belongs to, and the entries; nulls have none."""
    lists = pc.struct_field(group, name)
    return pc.list_parent_indices(lists).to_numpy(), pc.list_flatten(lists)


def _times(group: pa.StructArray) -> NDArray[np.float64]:
    times: NDArray[np.float64] = _flat(group, "time")[1].to_numpy(zero_copy_only=False)
    return times


def _coded(labels: pa.Array[Any]) -> tuple[list[str], NDArray[np.int64]]:
    coded = labels.dictionary_encode()
    return list(map(str, coded.dictionary.to_pylist())), coded.indices.to_numpy(zero_copy_only=False).astype(
        np.int64
    )
