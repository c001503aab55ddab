"""1,000,000 songs into groups and splits: seconds and memory, the first time and when 10,000 join later.

`python -m tests.benchmarks.million_splits [SONGS]`. Needs no data. Every song has seven ties: two files, two
pages, a Shazam id, an ISRC, title with artist; one in ten shares one of these with the song before it.
"""

from __future__ import annotations

import hashlib
import resource
import sys
import time
from collections.abc import Iterator
from multiprocessing import get_context

from symmv_tools.dataset.splits import Published, divide
from tests.benchmarks.page import hardware, replace_section

Song = dict[str, str]


def main() -> None:
    """Divide, and divide again with what was published, and write the table."""
    songs = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    # in a process of its own, so that its peak of memory is that of this work
    with get_context("spawn").Pool(1) as pool:
        first, again, held_out, largest = pool.apply(measure, (songs,))
    lines = [
        f"| {songs:,} songs, 7 ties each | seconds | songs per second |",
        "| --- | --- | --- |",
        f"| nothing published | {first:.1f} | {songs / first:,.0f} |",
        f"| all published, and {songs // 100:,} new | {again:.1f} | {songs / again:,.0f} |",
        "",
        f"{held_out:,} of the new songs bridge splits and are held out. Peak of memory of the process, with "
        f"what was published, {largest / 1e9:.2f} GB.",
    ]
    print("\n".join(lines))
    command = f"`python -m tests.benchmarks.million_splits`. {hardware()}"
    replace_section("million_splits", "\n".join([*lines, "", command]))


def measure(songs: int) -> tuple[float, float, int, float]:
    """Return the seconds of both divisions, how many are held out in the second, and the peak in bytes."""
    started = time.perf_counter()
    division = divide(synthetic(0, songs))
    first = time.perf_counter() - started
    published = {song_id: division.of(song_id) for song_id in division.song_ids}
    assert not division.held_out
    del division
    started = time.perf_counter()
    later = divide(_all(songs), published)
    again = time.perf_counter() - started
    _check(published, songs, set(later.held_out))
    assert all(later.of(song_id).split == published[song_id].split for song_id in published)
    return first, again, len(later.held_out), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _check(published: dict[str, Published], songs: int, held_out: set[str]) -> None:
    """A new song is held out if and only if the two published songs it ties lie in different splits."""
    for i in range(songs // 100):
        one, other = (published[f"synthetic:{place:07d}"].split for place in _ties_of_new(i, songs))
        assert (one != other) == (f"new:{i:07d}" in held_out)


def _all(songs: int) -> Iterator[Song]:
    yield from synthetic(0, songs)
    for i in range(songs // 100):
        one, other = _ties_of_new(i, songs)
        yield {"song_id": f"new:{i:07d}", "video_url": _page("v", one), "cover_url": _page("c", other)}


def _ties_of_new(i: int, songs: int) -> tuple[int, int]:
    # 10 i + 1 shares nothing with its neighbours, so two of the old songs are tied by the new one alone
    return (10 * i + 1) % songs, (10 * (i + songs // 20) + 1) % songs


def synthetic(start: int, stop: int) -> Iterator[Song]:
    """Yield songs; song 10 k + 5 shares one thing with 10 k + 4."""
    columns = ("audio_sha256", "video_sha256", "video_url", "cover_url", "shazam_id", "isrc", "title")
    for i in range(start, stop):
        song = _song(i)
        if i % 10 == 5:
            shared = columns[i // 10 % len(columns)]
            song[shared] = _song(i - 1)[shared]
            song |= {"artist": _song(i - 1)["artist"]} if shared == "title" else {}
        yield song


def _song(i: int) -> Song:
    return {
        "song_id": f"synthetic:{i:07d}",
        "audio_sha256": hashlib.sha256(b"a%d" % i).hexdigest(),
        "video_sha256": hashlib.sha256(b"v%d" % i).hexdigest(),
        "video_url": _page("v", i),
        "cover_url": _page("c", i),
        "shazam_id": str(i),
        "isrc": f"QZAA1{i:07d}",
        "title": f"Song {i}",
        "artist": f"Artist {i % 1000}",
    }


def _page(kind: str, i: int) -> str:
    return f"https://www.youtube.com/watch?v={kind}{i:010d}"


if __name__ == "__main__":
    main()
