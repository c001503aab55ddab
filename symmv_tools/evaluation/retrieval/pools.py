"""Small pools of candidates, drawn again and again: the field's way to rank."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from symmv_tools.errors import BadCall
from symmv_tools.evaluation.retrieval.ranks import Ints, ahead_of_truth


@dataclass(frozen=True)
class Protocol:
    """How a paper asks: the match among `pool_size` candidates, and within which first `ks` it must lie."""

    name: str
    pool_size: int
    ks: tuple[int, ...] = (5, 10, 20)


DIFFBGM = Protocol("diffbgm", 64)
"""Diff-BGM (2024), section 5.2: generated music against the true music of its video and 63 others, by the
cosine of Musicnn features. Their notebook has pools of 60, and segments of the same song as distractors."""

VMCP = Protocol("vmcp", 70)
"""V-MusProd (2023), section 5.2: generated music against its video and 69 others, by the cosine of their
video-music CLIP. 70 is the size of the whole test set, of which there is one pool only."""


class Songs(NamedTuple):
    """Whose segments the queries (n,) and the candidates (m,) of a similarity matrix are."""

    query: NDArray[np.generic]
    candidate: NDArray[np.generic]


def pooled_ranks(
    similarity: NDArray[np.floating],
    pool_size: int,
    repeats: int,
    seed: int,
    *,
    truth: Ints | None = None,
    songs: Songs | None = None,
) -> Ints:
    """Return the rank of each query's truth in `repeats` random pools, shape (n, repeats), 1 being first.

    A pool holds the truth, candidate `truth[i]` or by default i, and `pool_size` - 1 others, drawn without
    replacement and anew for each query and repeat. The pools follow from the seed and the number and songs of
    queries and candidates, not from the similarities: systems that are compared meet the same pools. Ties
    and NaN as in `ranks.ranks_of_truth`.

    Where `songs` are given, the other segments of a query's song are no distractors, for they may fit
    as well; Diff-BGM's notebook lets them be, as we do if `songs` is None.

    Raises BadCall if a query has too few candidates for its pool, and ValueError for shapes that do
    not fit.
    """
    truth = np.arange(len(similarity)) if truth is None else truth
    ahead = ahead_of_truth(similarity, truth)
    random = np.random.default_rng(seed)
    ranks = np.empty((len(ahead), repeats), np.int64)
    for query, row in enumerate(ahead):
        others = _distractors(row.size, int(truth[query]), songs, query)
        _check_enough(others, pool_size, query)
        for repeat in range(repeats):
            drawn = random.choice(others, pool_size - 1, replace=False, shuffle=False)
            ranks[query, repeat] = 1 + row[drawn].sum()
    return ranks


def _distractors(count: int, truth: int, songs: Songs | None, query: int) -> Ints:
    allowed = np.ones(count, bool) if songs is None else songs.candidate != songs.query[query]
    if allowed.shape != (count,):
        raise ValueError(f"songs.candidate must name {count} songs; got shape {allowed.shape}")
    allowed[truth] = False
    return np.flatnonzero(allowed)


def _check_enough(others: Ints, pool_size: int, query: int) -> None:
    if pool_size < 1:
        raise BadCall(f"a pool must hold 1 candidate or more; got {pool_size}")
    if len(others) < pool_size - 1:
        raise BadCall(
            f"a pool of {pool_size} needs {pool_size - 1} other candidates; query {query} has {len(others)}",
            f"add candidates, or ask for pools of {len(others) + 1} and compare with that pool's chance",
        )
