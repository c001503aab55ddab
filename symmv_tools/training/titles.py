"""Learn the weights of the title parser: `python -m symmv_tools.training.titles LIST.tsv`.

The conditional log-linear model over the readings of a title (Lafferty, McCallum and Pereira 2001; of
segments as in Sarawagi and Cohen 2004): the probability of a reading is the softmax of its score. Of the
very many readings, those count that the weights so far find best, and some by chance; they are gathered
again after each round.
"""

from __future__ import annotations

import random
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import minimize

from symmv_tools.errors import BadCall
from symmv_tools.sources.title_features import Reading, spans
from symmv_tools.sources.title_readings import best_readings
from symmv_tools.sources.titles import WEIGHTS
from symmv_tools.training.title_examples import Example, examples, is_for_tuning, read_rows

ROUNDS = 3
BEST, BY_CHANCE = 40, 40
"""Readings of each title that a round adds, and that the first round begins with."""
PULL = 1.0
"""How strongly weights are held to 0 (half the precision of their normal prior)."""
LEAST = 0.03
"""Smaller weights are left out of the table."""

Floats = NDArray[np.float64]


class _Table(NamedTuple):
    """Readings of all titles as (readings, features) counts; which are right; where titles begin."""

    counts: sparse.csr_matrix
    right: NDArray[np.bool_]
    begin: NDArray[np.intp]
    names: list[str]


class _Pool:
    """The readings of one title that count so far, each as counts of numbered features."""

    def __init__(self, example: Example) -> None:
        self.example = example
        self.counts: dict[Reading, dict[int, int]] = {}

    def add(self, readings: Iterable[Reading], index: dict[str, int]) -> None:
        for reading in readings:
            if reading not in self.counts:
                counted = Counter(self.example.features.of_all(reading))
                self.counts[reading] = {index.setdefault(name, len(index)): n for name, n in counted.items()}


def learn(titles: Sequence[Example], pull: float = PULL, rounds: int = ROUNDS) -> dict[str, float]:
    """Return the weights under which the right readings are likeliest."""
    rng = random.Random(0)
    index: dict[str, int] = {}
    pools = [_Pool(example) for example in titles]
    importance = np.array([example.weight for example in titles])
    for pool in pools:
        pool.add([*pool.example.right(), *_by_chance(pool.example, rng)], index)
    weights: dict[str, float] = {}
    for _ in range(rounds):
        weights = _fit(_table(pools, index), importance, weights, pull)
        for pool in pools:
            best = best_readings(pool.example.features, weights)[:BEST]
            pool.add([reading for _, reading in best], index)
    return weights


def _by_chance(example: Example, rng: random.Random) -> list[Reading]:
    artists = [None, *spans(example.features.text, "A")]
    songs = spans(example.features.text, "S")
    drawn = [Reading(rng.choice(artists), rng.choice(songs)) for _ in range(BY_CHANCE)]
    return [
        r for r in drawn if r.artist is None or r.artist.end <= r.song.begin or r.song.end <= r.artist.begin
    ]


def _table(pools: Sequence[_Pool], index: Mapping[str, int]) -> _Table:
    rows = [counts for pool in pools for counts in pool.counts.values()]
    right = [pool.example.is_right(reading) for pool in pools for reading in pool.counts]
    sizes = [len(pool.counts) for pool in pools]
    values = np.fromiter((n for row in rows for n in row.values()), float)
    columns = np.fromiter((k for row in rows for k in row), np.int32)
    ends = np.cumsum([0, *map(len, rows)])
    counts = sparse.csr_matrix((values, columns, ends), shape=(len(rows), len(index)))
    return _Table(counts, np.array(right), np.cumsum([0, *sizes[:-1]]), list(index))


def _fit(table: _Table, importance: Floats, start: Mapping[str, float], pull: float) -> dict[str, float]:
    title_of = np.repeat(np.arange(len(table.begin)), np.diff(table.begin, append=len(table.right)))
    transposed = table.counts.T.tocsr()

    def softmax(score: Floats) -> tuple[Floats, Floats]:
        most = np.maximum.reduceat(score, table.begin)
        share = np.exp(score - most[title_of])
        total = np.add.reduceat(share, table.begin)
        return most + np.log(total), share / total[title_of]

    def loss(weights: Floats) -> tuple[float, Floats]:
        score = table.counts @ weights
        (every, of_every), (right, of_right) = softmax(score), softmax(np.where(table.right, score, -1e9))
        slope = transposed @ ((of_every - of_right) * importance[title_of]) + pull * weights
        return float(importance @ (every - right) + pull / 2 * weights @ weights), slope

    first = np.array([start.get(name, 0.0) for name in table.names])
    found = minimize(loss, first, jac=True, method="L-BFGS-B", options={"maxiter": 100})
    return dict(zip(table.names, found.x.tolist(), strict=True))


def write_weights(path: Path, weights: Mapping[str, float], head: str) -> None:
    """Write a table that people can read: feature, tab, weight; small weights are left out."""
    lines = [f"{name}\t{weight:.2f}" for name, weight in sorted(weights.items()) if abs(weight) >= LEAST]
    path.write_text("\n".join([*(f"# {line}" for line in head.splitlines()), *lines, ""]), "utf-8")


def main(argv: Sequence[str]) -> None:
    """Learn from the tuning half of a list, and write the table that the parser reads."""
    if len(argv) != 1:
        raise BadCall("the title parser learns from one list", "name it: shs100k_youtube_titles.tsv")
    rows = [row for row in read_rows(Path(argv[0])) if is_for_tuning(row.song)]
    titles = examples(rows, random.Random(0))
    weights = learn(titles)
    write_weights(WEIGHTS, weights, f"python -m symmv_tools.training.titles LIST.tsv: {len(titles)} titles")
    print(f"{len(titles)} titles, {sum(abs(w) >= LEAST for w in weights.values())} weights: {WEIGHTS.name}")


if __name__ == "__main__":
    main(sys.argv[1:])
