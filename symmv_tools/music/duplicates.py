"""Which recordings of a large collection are one: an inverted index on disk instead of all pairs."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from symmv_tools.music.audio_print import MIN_OVERLAP, SAME_BELOW, STEP_SECONDS, Sameness, sameness_at

MIN_SECONDS = 5.0
"""Less sound than this in common is too little to say anything."""

# A recording is entered under its sub-fingerprints of smallest hash: the same ones in every copy of it.
# Of whole songs that is about every eighth; of short ones all, for they have fewer to be found by.
_ENTRIES = 256
# Two hits at one lag by chance are rare, and a candidate costs 0.1 ms to refute.
_MIN_VOTES = 2
# A sub-fingerprint that so many recordings hold (a hum, a test tone) says nothing.
_COMMON = 1000
_LAG_SLACK = 1  # frames; two cuts of a recording need not lie on one raster

_SCHEMA = """
pragma journal_mode = off;
pragma synchronous = off;
pragma cache_size = -65536;
create table recordings (number integer primary key, name text not null, words blob not null);
create table entries (word integer, number integer, frame integer, primary key (word, number, frame))
    without rowid;
"""


def find_duplicates(
    prints: Iterable[tuple[str, NDArray[np.uint32]]], *, same_below: float = SAME_BELOW
) -> dict[str, tuple[str, float]]:
    """Return, for each recording that an earlier one holds already, that one's id and the bit error rate.

    `prints` are ids with fingerprints (see `audio_print`); the first of equals is kept, so the order
    decides who that is, and a duplicate is never named as what another duplicates. Memory does not grow
    with their number: the index lies in a temporary file that sqlite removes by itself.
    """
    index = sqlite3.connect("")  # a private database in a temporary file
    try:
        index.executescript(_SCHEMA)
        found = {}
        for name, words in prints:
            known = _find(index, words, same_below)
            if known is not None:
                found[name] = known
            else:
                _enter(index, name, words)
        return found
    finally:
        index.close()


def _find(
    index: sqlite3.Connection, words: NDArray[np.uint32], same_below: float
) -> tuple[str, float] | None:
    """The entered recording that `words` repeat best, if any is near enough."""
    best: tuple[float, int] | None = None
    for number, lag in _candidates(index, words):
        rate = _verified(_words(index, number), words, lag)
        if rate < same_below and (best is None or (rate, number) < best):
            best = rate, number
    if best is None:
        return None
    (name,) = index.execute("select name from recordings where number = ?", (best[1],)).fetchone()
    return name, best[0]


def _candidates(index: sqlite3.Connection, words: NDArray[np.uint32]) -> Iterator[tuple[int, int]]:
    """Recordings that share sub-fingerprints at one lag: number, and the lag that most agree on."""
    votes: Counter[tuple[int, int]] = Counter()
    frames = _frames_of(words)
    for word, here in frames.items():
        hits = index.execute(
            "select number, frame from entries where word = ? limit ?", (word, _COMMON)
        ).fetchall()
        if len(hits) < _COMMON:
            votes.update((number, at - frame) for number, frame in hits for at in here)
    best: dict[int, tuple[int, int]] = {}
    for number, lag in votes:
        count = sum(votes[number, lag + slack] for slack in range(-_LAG_SLACK, _LAG_SLACK + 1))
        if count >= _MIN_VOTES:
            best[number] = max(best.get(number, (0, 0)), (count, lag))
    yield from ((number, lag) for number, (_, lag) in sorted(best.items()))


def _verified(entered: NDArray[np.uint32], words: NDArray[np.uint32], lag: int) -> float:
    """Bit error rate at or beside a lag; infinite where too little is compared."""
    around = [sameness_at(entered, words, lag + slack) for slack in range(-_LAG_SLACK, _LAG_SLACK + 1)]
    sounding = STEP_SECONDS * min(np.count_nonzero(entered), np.count_nonzero(words))
    return min((_rate(found, sounding) for found in around), default=np.inf)


def _rate(found: Sameness, shorter_seconds: float) -> float:
    enough = found.overlap_seconds >= max(MIN_SECONDS, MIN_OVERLAP * shorter_seconds)
    return found.bit_error_rate if enough else np.inf


def _enter(index: sqlite3.Connection, name: str, words: NDArray[np.uint32]) -> None:
    number = index.execute(
        "insert into recordings (name, words) values (?, ?)", (name, words.astype("<u4").tobytes())
    ).lastrowid
    frames = _frames_of(words)
    chosen = sorted(frames, key=_hash)[:_ENTRIES]
    index.executemany(
        "insert into entries values (?, ?, ?)", [(word, number, at) for word in chosen for at in frames[word]]
    )


def _words(index: sqlite3.Connection, number: int) -> NDArray[np.uint32]:
    (blob,) = index.execute("select words from recordings where number = ?", (number,)).fetchone()
    return np.frombuffer(blob, "<u4").astype(np.uint32)


def _frames_of(words: NDArray[np.uint32]) -> dict[int, list[int]]:
    """Where each sub-fingerprint stands; silence (0) is none, and of a long row of one only its first few."""
    frames: dict[int, list[int]] = {}
    for at, word in enumerate(words.tolist()):
        if word and len(frames.setdefault(word, [])) < 8:
            frames[word].append(at)
    return frames


def _hash(word: int) -> int:
    """Knuth's multiplicative hash: sampling by the words' own order would prefer quiet high bands."""
    return (word * 2654435761) & 0xFFFFFFFF
