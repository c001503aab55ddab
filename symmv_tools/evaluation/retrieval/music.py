"""Music against music: does what was generated sound like the video's own music, and how varied is it?

Diff-BGM's protocol (CVPR 2024, section 5.2, Eq. 11): the true music of the video is ranked among M - 1 others
by the cosine of Musicnn features. The pieces need no video; each generated one must be named after its song.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from symmv_tools.evaluation.distributions import frechet, frechet_of_halves, kl_of_tags
from symmv_tools.evaluation.result import Line, Result, today
from symmv_tools.evaluation.retrieval.cosine import cosine_similarity
from symmv_tools.evaluation.retrieval.diversity import diversity
from symmv_tools.evaluation.retrieval.heard import Ear, Heard, hear_all, refuse_recordings
from symmv_tools.evaluation.retrieval.listeners import Listener, lines
from symmv_tools.evaluation.retrieval.pools import DIFFBGM, Songs, pooled_ranks
from symmv_tools.evaluation.retrieval.scores import Scored, retrieval_scores
from symmv_tools.evaluation.sound import refuse_mixture
from symmv_tools.evaluation.systems import System, partners, strangers

REPEATS, SEED = 20, 0
"""How many pools are drawn for each query, and from which seed: chosen by us; the paper draws one."""

_LEAST_FOR_FAD = 4  # segments: two halves that each have a spread


@dataclass(frozen=True)
class Asked:
    """What is asked of the music: pools of how many, drawn how often; `listeners` are further networks."""

    pool_size: int = DIFFBGM.pool_size
    repeats: int = REPEATS
    listeners: tuple[Listener, ...] = ()

    @property
    def protocol(self) -> str:
        """What names of ranks end in: the paper's name only where the pool is the paper's."""
        return DIFFBGM.name if self.pool_size == DIFFBGM.pool_size else f"pool{self.pool_size}"

    @property
    def conditions(self) -> dict[str, str]:
        """What the figures depend on."""
        pools = f"{self.pool_size} pieces, {self.repeats} drawn per query, seed {SEED}"
        return {"pools": pools} | {one.task: one.said for one in self.listeners}


def evaluate_retrieval(
    systems: Sequence[System],
    ear: Ear,
    asked: Asked,
    *,
    workers: int = 1,
    advance: Callable[[int], None] = lambda n: None,
) -> Result:
    """Rank the true music of every generated piece, and measure how varied each system is.

    The first system is real music. Raises BadCall if a system shares no piece with it, or there are too few
    pieces for a pool.
    """
    refuse_mixture(systems)
    refuse_recordings(systems, ear.unit)
    heard = [hear_all(one, ear, workers=workers, advance=advance) for one in systems]
    found = [line for one in heard for line in _lines(one, heard[0], asked)]
    for listener in asked.listeners:
        found += lines(systems, listener, workers=workers, advance=advance)
    order = list(dict.fromkeys(line.metric for line in found))
    found.sort(key=lambda line: order.index(line.metric))  # metric by metric
    failed = {one.name: one.failed for one in heard if one.failed}
    said = ear.conditions | asked.conditions
    return Result("retrieval", heard[0].name, said, tuple(found), failed, today())


class _Pairs(NamedTuple):
    """The segments of a system that have a true one: which they are, (n,), and which those are, (n,)."""

    query: NDArray[np.int64]
    truth: NDArray[np.int64]


def _lines(one: Heard, real: Heard, asked: Asked) -> Iterator[Line]:
    varied = diversity(one.vector, songs=one.piece)
    n = len(one.vector)
    yield Line(one.name, "diversity_diffbgm", n, 0, varied.value, varied.spread, varied.interval)
    if one is not real:
        yield from _of_pairs(one, real, asked)
        yield from _of_sets(one, real)


def _of_sets(one: Heard, real: Heard) -> Iterator[Line]:
    if min(len(one.vector), len(real.vector)) < _LEAST_FOR_FAD:
        return
    apart = frechet(one.vector, real.vector, songs=(one.piece, real.piece))
    halves = frechet_of_halves(real.vector, random=np.random.default_rng(SEED))
    n = len(one.vector)
    yield Line(one.name, "fad_musicnn", n, 0, apart.distance, None, None, halves)
    yield Line(one.name, "fad_corrected_musicnn", n, 0, apart.corrected, None, apart.interval)


def _of_pairs(one: Heard, real: Heard, asked: Asked) -> Iterator[Line]:
    query, truth = pairs = _pairs(one, real)
    alone = len(one.vector) - len(query)
    for name, scored in _ranked(one, real, pairs, asked).items():
        yield _line(one.name, f"{name}_{asked.protocol}", len(query), alone, scored)
    (mean, interval), chance = kl_of_tags(real.tags[truth], one.tags[query])
    yield Line(one.name, "kl_tags_musicnn", len(query), alone, mean, None, interval, chance)


def _ranked(one: Heard, real: Heard, pairs: _Pairs, asked: Asked) -> dict[str, Scored]:
    """Rank among real music; songs are resampled, and the rest of a song is no distractor."""
    of, names = one.piece[pairs.query], partners(list(one.piece), list(real.piece))
    songs = Songs(np.array([names[piece] for piece in of]), real.piece)
    similarity = cosine_similarity(one.vector[pairs.query], real.vector)
    ranks = pooled_ranks(similarity, asked.pool_size, asked.repeats, SEED, truth=pairs.truth, songs=songs)
    return retrieval_scores(ranks, asked.pool_size, DIFFBGM.ks, of)


def _pairs(one: Heard, real: Heard) -> _Pairs:
    """Find the true segment of each: the same number of the piece's partner."""
    names = partners(list(one.piece), list(real.piece))
    place = {key: i for i, key in enumerate(zip(real.piece, real.number.tolist(), strict=True))}
    keys = [(names.get(piece), number) for piece, number in zip(one.piece, one.number.tolist(), strict=True)]
    found = [(i, place[key]) for i, key in enumerate(keys) if key in place]
    if not found:
        raise strangers(one.name, one.piece[0], real.name, real.piece[0])
    query, truth = np.array(found).T
    return _Pairs(query, truth)


def _line(system: str, metric: str, n: int, alone: int, scored: Scored) -> Line:
    return Line(system, metric, n, alone, scored.value, None, scored.interval, scored.chance)
