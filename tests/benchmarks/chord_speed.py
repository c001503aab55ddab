"""Our chorder against chorder itself: the same chords, in what time?

Every 25th SymMV accompaniment and POP909 song is parsed by miditoolkit and then given, in turn, to

    chorder   Dechorder.dechord(file)                                    chorder's documented call
    ours      dechord(notes_of(file), ticks_per_beat=…, end=max_tick)    with the notes' way into arrays

Times are CPU seconds of all threads together: what one core takes, whoever else is on the machine. A song is
equal if every beat has the same root, quality and bass. (For all SymMV songs, chorder's chords are in the
released files: see `paper_release`.)

    SYMMV_DATA=… python -m tests.benchmarks.chord_speed
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from chorder import Dechorder
from miditoolkit import MidiFile

from symmv_tools.music.chorder import CellChords, dechord
from tests.benchmarks.data import pop909, symmv
from tests.benchmarks.page import hardware, replace_section
from tests.chorder_library import as_cells, notes_of

LEAST_RATIO = 5.0


class Timed(NamedTuple):
    """One song: CPU seconds of both, and whether every chord is the same."""

    name: str
    beats: int
    theirs: float
    ours: float
    equal: bool


def ours(file: MidiFile) -> CellChords:
    """Our call, on what miditoolkit parsed."""
    return dechord(notes_of(file), ticks_per_beat=file.ticks_per_beat, end=file.max_tick)


def timed(path: Path) -> Timed:
    """Ask both."""
    file = MidiFile(str(path))
    begin = time.process_time()
    theirs = Dechorder.dechord(file)
    between = time.process_time()
    mine = ours(file)
    end = time.process_time()
    equal = all(np.array_equal(a, b) for a, b in zip(as_cells(theirs), mine, strict=True))
    return Timed(path.name, len(mine.root), between - begin, end - between, equal)


def songs() -> Iterator[tuple[str, list[Timed]]]:
    """Each data set, timed."""
    with symmv() as folder:
        yield "SymMV texture", [timed(path) for path in sorted(folder.glob("midi/texture/*.mid"))[::25]]
    with pop909() as folder:
        yield "POP909", [timed(path) for path in sorted(folder.glob("[0-9]*/[0-9]*.mid"))[::25]]


def main() -> None:
    """Print one line per song, and write the table; fail where the promise is not kept."""
    lines = [
        "| songs | how many | beats | equal | chorder s | ours s | ratio | lowest ratio |",
        "| --- | --: | --: | --: | --: | --: | --: | --: |",
    ]
    kept = True
    for name, table in songs():
        for song in table:
            print(*song[:2], f"{song.theirs:.4f} {song.ours:.5f} {song.theirs / song.ours:.1f}", song.equal)
        lines.append(_line(name, table))
        faster = sum(song.theirs for song in table) >= LEAST_RATIO * sum(song.ours for song in table)
        kept &= faster and all(song.equal for song in table)
    text = "\n".join([*lines, "", hardware()])
    print(text)
    replace_section("chord_speed", text)
    if not kept:
        sys.exit(f"the promise is equal chords, {LEAST_RATIO:g} times faster")


def _line(name: str, table: list[Timed]) -> str:
    theirs, mine = sum(song.theirs for song in table), sum(song.ours for song in table)
    lowest = min(song.theirs / song.ours for song in table)
    equal, beats = sum(song.equal for song in table), sum(song.beats for song in table)
    return (
        f"| {name} | {len(table)} | {beats:,} | {equal} of {len(table)} "
        f"| {theirs:.2f} | {mine:.3f} | {theirs / mine:.0f} | {lowest:.0f} |"
    )


if __name__ == "__main__":
    main()
