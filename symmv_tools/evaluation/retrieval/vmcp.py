"""Music against video: is a piece's own video among the nearest, as a video-music CLIP sees and hears them?

V-MusProd's VMCP (ICCV 2023, section 5.2): each generated piece is rendered, and its condition video ranked
among M - 1 random others by cosine; P@K is the share of pieces that find theirs among the first K, AR the
mean rank. All pieces count. Beyond the paper: pools are drawn again and again, ties count against the piece,
two songs of one video are no distractors of each other, and chance and intervals stand beside every figure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from symmv_tools.errors import BadCall, BadMedium
from symmv_tools.evaluation.listening.answers import Answer
from symmv_tools.evaluation.pool import in_order
from symmv_tools.evaluation.result import Line, Result, today
from symmv_tools.evaluation.retrieval.baselines import baselines
from symmv_tools.evaluation.retrieval.cosine import cosine_similarity
from symmv_tools.evaluation.retrieval.people import Nearness, of_people
from symmv_tools.evaluation.retrieval.pools import VMCP, Songs, pooled_ranks
from symmv_tools.evaluation.retrieval.scores import retrieval_scores
from symmv_tools.evaluation.retrieval.tagged import Tagger
from symmv_tools.evaluation.retrieval.videos import Judge, Videos
from symmv_tools.evaluation.sound import refuse_mixture
from symmv_tools.evaluation.systems import System, open_system, partners, strangers

REPEATS, SEED = 20, 0
"""How many pools are drawn for each piece, and from which seed: chosen by us; of 70 videos there is one."""

NO_REAL = "no real music"
"""What a result says of real music where the export has no MIDI, or others are recordings."""


@dataclass(frozen=True)
class Pools:
    """Among how many the own video is ranked, and how often that is drawn."""

    size: int = VMCP.pool_size
    repeats: int = REPEATS

    @property
    def protocol(self) -> str:
        """What names of figures end in: the paper's name alone only where the pool is the paper's."""
        return VMCP.name if self.size == VMCP.pool_size else f"{VMCP.name}_pool{self.size}"


@dataclass(frozen=True)
class Judged:
    """The pieces of a system that have a video: `truth` (n,) is which, `vector` (n, d) what is heard.

    `alone` counts pieces without a video, `failed` says of pieces that could not be heard why.
    """

    name: str
    truth: NDArray[np.int64]
    vector: NDArray[np.float32]
    alone: int
    failed: dict[str, str]


def evaluate_vmcp(
    videos: Videos,
    systems: Sequence[System],
    judge: Judge,
    tagger: Tagger,
    pools: Pools,
    *,
    real: System | None = None,
    answers: Sequence[Answer] = (),
    workers: int = 1,
    advance: Callable[[int], None] = lambda n: None,
) -> Result:
    """Rank the own video of every piece of every system.

    `real` is the export's own music, rendered as the systems' is; with it come the baselines that are made of
    it. `answers` are a listening study's, on items named after the songs. Raises BadCall if a system shares
    no piece with the videos, there are too few videos for a pool, or nothing is to be judged.
    """
    every = [*([real] if real else []), *systems]
    if not every:
        raise BadCall("there is no music to judge: the export has no MIDI", "name some: --music FOLDER")
    refuse_mixture(every)
    _refuse_small(videos, pools)
    judged = [hear_system(one, videos, judge, tagger, workers=workers, advance=advance) for one in every]
    extra = baselines(judged[0].truth, judged[0].vector, videos) if real else {}
    rows = judged + [Judged(name, *made, 0, {}) for name, made in extra.items()]
    lines = [line for one in rows for line in _ranked(one, videos, pools)]
    lines += of_people(answers, {one.name: _nearness(one, videos) for one in judged})
    order = list(dict.fromkeys(line.metric for line in lines))
    lines.sort(key=lambda line: order.index(line.metric))  # metric by metric
    failed = {one.name: one.failed for one in judged if one.failed}
    said = {**judge.conditions, **tagger.conditions, **_conditions(videos, pools)}
    return Result("vmcp", real.name if real else NO_REAL, said, tuple(lines), failed, today())


def real_music(export: Path, split: str | None, systems: Sequence[System]) -> System | None:
    """Return the export's own music as a system; None if it has no MIDI, or others are recordings.

    A recording is not compared with what a renderer plays.
    """
    real = open_system(str(export), split)
    if not all(one.has_notes for one in systems):
        return None
    return real if any(entry.midi_bytes() for entry in real.entries(("midi",))) else None


def hear_system(
    system: System,
    videos: Videos,
    judge: Judge,
    tagger: Tagger,
    *,
    workers: int = 1,
    advance: Callable[[int], None] = lambda n: None,
) -> Judged:
    """Hear the pieces that have a video; one that cannot be read costs itself. BadCall if none is left."""
    names = partners(system.ids, videos.ids)
    if not names:
        raise strangers(system.name, system.ids[0], "the videos", videos.ids[0])
    place = {song: i for i, song in enumerate(videos.ids)}
    truth: list[int] = []
    vectors: list[NDArray[np.float32]] = []
    failed: dict[str, str] = {}
    wanted = (entry for entry in system.entries(("midi",)) if entry.id in names)
    for entry, heard in in_order(tagger, wanted, workers):
        try:
            vectors.append(judge.of_music(heard()))
            truth.append(place[names[entry.id]])
        except BadMedium as why:
            failed[entry.id] = why.message
        advance(1)
    if not truth:
        raise BadCall(f"no piece of {system.name} could be heard", next(iter(failed.values()), ""))
    return Judged(system.name, np.array(truth), np.stack(vectors), len(system.ids) - len(names), failed)


def _refuse_small(videos: Videos, pools: Pools) -> None:
    """Raise BadCall, before anything is rendered, if a video has too few others."""
    least = int((videos.clip[:, None] != videos.clip[None]).sum(axis=1).min())
    if least < pools.size - 1:
        raise BadCall(
            f"a pool of {pools.size} needs {pools.size - 1} other videos; there are {least}",
            f"add videos, or ask for --pool {least + 1} and compare with that pool's chance",
        )


def _ranked(one: Judged, videos: Videos, pools: Pools) -> Iterator[Line]:
    similarity = cosine_similarity(one.vector, videos.vector)
    of = videos.clip[one.truth]
    songs = Songs(of, videos.clip)
    ranks = pooled_ranks(similarity, pools.size, pools.repeats, SEED, truth=one.truth, songs=songs)
    for name, scored in retrieval_scores(ranks, pools.size, VMCP.ks, of).items():
        metric = f"{name}_{pools.protocol}"
        yield Line(
            one.name, metric, len(ranks), one.alone, scored.value, None, scored.interval, scored.chance
        )


def _nearness(one: Judged, videos: Videos) -> Nearness:
    """The cosine of each piece with its own video, by the song's id; both have length 1."""
    near = np.einsum("nd,nd->n", one.vector, videos.vector[one.truth], dtype=np.float64)
    return dict(zip((videos.ids[i] for i in one.truth.tolist()), near.tolist(), strict=True))


def _conditions(videos: Videos, pools: Pools) -> dict[str, str]:
    blind = f", {videos.blind} without features left out" if videos.blind else ""
    return {
        "pools": f"{pools.size} videos, {pools.repeats} drawn per piece, seed {SEED}",
        "videos": f"{len(set(videos.clip.tolist()))} of {len(videos.ids)} songs{blind}",
    }
