"""From a channel to verified pairs, over a bad network: `python -m tests.benchmarks.channel_to_pairs`.

A loopback site shows a channel of piano covers and, of each song, five candidates (tests/loopback/covers.py).
A share of its requests fails at random, some pages are gone for good, and the collector is killed at random.
"""

from __future__ import annotations

import os
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from symmv_tools.errors import BadMedium
from symmv_tools.io import midi
from tests.benchmarks.data import pop909
from tests.benchmarks.page import hardware, replace_section
from tests.loopback import environment, runs
from tests.loopback.covers import CHANNEL, Covers, Piece, build
from tests.loopback.site import Site, Weather

SONGS, COVERS, SECONDS = 40, 60, 50.0
KILLS = 5  # of each command
SEED = 909
GONE = {"off003": "removed", "off011": "private", "off019": "geo", "cov007a": "removed", "cov025a": "age"}
"""Pages that nobody can have: no pair, and no lesser one in its place."""


def pieces(n: int) -> list[Piece]:
    """Return the first `n` songs of POP909 with their true names."""
    names = (Path(__file__).parents[2] / "manifests" / "songs" / "pop909.tsv").read_text("utf-8").splitlines()
    found = []
    with pop909() as folder:
        for line in names[1:]:
            song_id, title, artist = line.split("\t")[:3]
            number = song_id.partition(":")[2]
            try:
                notes = midi.read(folder / number / f"{number}.mid").notes
            except BadMedium:
                continue
            found.append(Piece(artist, title, notes))
            if len(found) == n:
                break
    return found


def measure(covers: Covers, folder: Path) -> list[tuple[str, str]]:
    """Collect and search with faults and kills; return what was found as rows of a table."""
    for name, why in GONE.items():
        if name in covers.world.videos:
            covers.world.videos[name].availability = why
    work, chance = folder / "work", random.Random(SEED)
    with Site(covers.world, weather=Weather(0.2, SEED, retry_after="0")) as site:
        os.environ["SYMMV_LOOPBACK"] = site.address
        begin = time.perf_counter()
        killed = sum(
            runs.run_with_kills(site, work, command, chance, KILLS, within=8.0)
            for command in ("collect", "search")
        )
        seconds = time.perf_counter() - begin
        found, wanted = runs.pairs_in(work), runs.reachable(covers)
        again, log = runs.fetched_again(site), site.requests()
    faulty = Counter(r.fault for r in log if r.fault)
    return [
        (
            "songs, covers, candidates",
            f"{len(covers.world.channels) and len(set(covers.official.values()))}, "
            f"{len(covers.official)}, {len(covers.world.videos) - len(covers.world.channels[CHANNEL])}",
        ),
        ("pairs that can be had", str(len(wanted))),
        ("of these found", str(len(wanted & set(found)))),
        ("wrong pairs", str(len(runs.wrong_pairs(covers, found)) + len(set(found) - wanted))),
        ("half files", str(len(runs.half_files(covers, work)))),
        ("times that a run was killed", str(killed)),
        ("media served whole more than once", f"{sum(again.values())} (a kill may cost the one under way)"),
        (
            "requests, of these faulty",
            f"{len(log)}, {sum(faulty.values())} "
            f"({', '.join(f'{n} {kind}' for kind, n in faulty.most_common())})",
        ),
        (
            "fastest 6 s, in requests a minute",
            f"{runs.fastest_minute([r.time for r in log]):.0f} (allowed: {runs.REQUESTS_PER_MINUTE:.0f})",
        ),
        ("seconds in all", f"{seconds:.0f}"),
    ]


def main() -> None:
    """Build the world, measure, print, and write the section of the page."""
    environment.prepare()
    n_songs, n_covers = (int(word) for word in sys.argv[1:3]) if len(sys.argv) > 2 else (SONGS, COVERS)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        (folder / "world").mkdir()
        begin = time.perf_counter()
        covers = build(pieces(n_songs), n_covers, folder / "world", SECONDS, SEED)
        print(f"built {len(covers.world.videos)} videos in {time.perf_counter() - begin:.0f} s", flush=True)
        rows = measure(covers, folder)
    for name, value in rows:
        print(f"{name:<40} {value}")
    lines = ["| | |", "| --- | --- |", *(f"| {name} | {value} |" for name, value in rows)]
    text = (
        f"{SECONDS:.0f} s of each of {n_songs} POP909 songs, rendered. Candidates: the official video by a "
        "band with intro and drums, a lyric video with the same sound, a concert (other key, other tempo), a "
        "guitar cover, and a video with the right title, more views and other music. Covers are in other "
        "keys, at other tempi, a tenth of their notes left out. A fifth of all requests fails: 403, 429, "
        "500, silence, cut bodies, short bodies, a page for a medium, circles of redirects, bot checks. "
        "`symmv collect` and `symmv search` run as a user would run them, each killed up to "
        f"{KILLS} times (SIGKILL).\n\n"
        f"`SYMMV_DATA=… python -m tests.benchmarks.channel_to_pairs`. {hardware()}\n\n" + "\n".join(lines)
    )
    if (n_songs, n_covers) == (SONGS, COVERS):
        replace_section("channel_to_pairs", text)


if __name__ == "__main__":
    main()
