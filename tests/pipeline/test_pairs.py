"""From a channel to verified pairs, over a bad network, killed on the way: the main errand, in small.

The full size (60 covers, 40 songs) is tests/benchmarks/channel_to_pairs.py.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from symmv_tools.io import midi
from symmv_tools.pipeline.house import House
from tests.loopback import runs
from tests.loopback.covers import Covers, Piece, build
from tests.loopback.site import Site, Weather, World

DEMO = Path(__file__).parents[2] / "demo" / "songs"
NAMES = {"001": ("Mono Bloom", "Paper Boats"), "010": ("王小明", "夜空"), "100": ("Ida Ross", "Stay With Me")}


@pytest.fixture(scope="module")
def covers(tmp_path_factory: pytest.TempPathFactory) -> Covers:
    pieces = [
        Piece(artist, song, midi.read(DEMO / f"pop909-{n}.mid").notes) for n, (artist, song) in NAMES.items()
    ]
    return build(pieces, 4, tmp_path_factory.mktemp("world"), seconds=40.0)


@pytest.mark.timeout(300)
def test_every_reachable_pair_is_found_and_no_other(
    covers: Covers, open_site: Callable[[World], Site], tmp_path: Path
) -> None:
    covers.world.videos["off002"].availability = "removed"
    work, chance = tmp_path / "work", random.Random(4)
    site = open_site(covers.world)
    site.weather = Weather(0.2, seed=4, retry_after="0")
    killed = sum(
        runs.run_with_kills(site, work, command, chance, kills=1, within=2.0)
        for command in ("collect", "search")
    )
    found = runs.pairs_in(work)
    assert runs.wrong_pairs(covers, found) == {}
    assert set(found) == runs.reachable(covers)
    assert runs.half_files(covers, work) == []
    assert sum(runs.fetched_again(site).values()) <= killed
    assert runs.fastest_minute([r.time for r in site.requests()]) <= runs.REQUESTS_PER_MINUTE * 1.02
    _says_why_there_is_no_pair(work)


def _says_why_there_is_no_pair(work: Path) -> None:
    house = House.open(work)
    (alone,) = [
        judged
        for batch in house.judged(house.nodes())
        for judged in batch
        if judged.record.song.video is None
    ]
    house.store.close()
    (trouble,) = alone.troubles
    assert trouble.code in ("NOT_THE_SAME_MUSIC", "NO_CANDIDATE")
    assert "Stay With Me" in trouble.message
