"""PCHE and GPS of POP909 as Diff-BGM's notebook gets them through music21, and as `measure` does.

The notebook (test.ipynb, c5a0e8a) lets music21 make a score of the MIDI file and takes its notes for onsets.
music21 makes measures by the file's time signatures, which are 1/4 in most of POP909: held notes are tied
over bar lines, and each tied part counts as a note struck; measures that overflow push the rest back, so
that pieces grow. Here that is repeated: windows of 32 quarters, bars of 4, all pairs, the last of each
dropped. Published of these songs (BGM909): PCHE 2.717, GPS .708. Every 40th song of 001-800.

    SYMMV_DATA=… python -m tests.benchmarks.diffbgm_notebook
"""

from __future__ import annotations

import sys
import warnings
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from symmv_tools.evaluation.bootstrap import estimate
from symmv_tools.evaluation.quality.bars import classes_by_bar, groove_similarity
from symmv_tools.evaluation.quality.catalogue import measure
from symmv_tools.evaluation.quality.diffbgm import SLOTS, side_by_side_entropy
from symmv_tools.evaluation.quality.piece import piece_of_midi
from tests.benchmarks.data import pop909
from tests.benchmarks.page import hardware, replace_section

SONGS = range(4, 801, 40)


class Values(NamedTuple):
    """What one reading says of a song; `bars` is how long it takes the song to be."""

    pche: float
    gps: float
    bars: int
    notes: int


def through_music21(path: Path) -> Values:
    """The notebook's."""
    import music21

    parse: Any = music21.converter.parse  # untyped
    notes = [n for n in parse(path, forceSource=True).flatten().notes if n.pitches]
    slot = np.array([int(4 * note.offset) for note in notes for _ in note.pitches])
    pitch = np.array([p.midi for note in notes for p in note.pitches], np.uint8)
    by_bar = classes_by_bar(slot // SLOTS, pitch)
    gps = groove_similarity(slot, len(by_bar) - 1, SLOTS)
    return Values(side_by_side_entropy(by_bar), gps, len(by_bar), len(pitch))


def straight(path: Path) -> Values:
    """Ours."""
    piece = piece_of_midi(path.read_bytes(), path.name)
    found = measure(piece)
    bars = int(piece.start.max() // 4) + 1
    return Values(found["pche8_diffbgm"], found["gps16_diffbgm"], bars, len(piece.notes))


def main() -> None:
    """Write both readings."""
    if find_spec("music21") is None:
        sys.exit("music21 is not installed; try: pip install -r manifests/requirements/bench.txt")
    warnings.simplefilter("ignore")
    with pop909() as folder:
        paths = [folder / f"{number:03d}" / f"{number:03d}.mid" for number in SONGS]
        read = {
            "the notebook, through music21": [through_music21(path) for path in paths],
            "`pche8_diffbgm`, `gps16_diffbgm`": [straight(path) for path in paths],
        }
    lines = ["| reading | PCHE | GPS | bars | notes |", "| --- | --- | --- | --- | --- |"]
    for name, values in read.items():
        cells = [_estimate([v.pche for v in values], 3), _estimate([v.gps for v in values], 3)]
        cells += [f"{np.mean([v.bars for v in values]):.0f}", f"{np.mean([v.notes for v in values]):.0f}"]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    lines += ["| published (BGM909) | 2.717 | 0.708 | | |", "", _words(len(paths))]
    print("\n".join(lines))
    replace_section("diffbgm_notebook", "\n".join(lines))


def _estimate(values: list[float], digits: int) -> str:
    mean, interval = estimate(np.array(values), np.ones(len(values)))
    assert interval is not None
    return f"{mean:.{digits}f} ({interval[0]:.{digits}f} to {interval[1]:.{digits}f})"


def _words(n: int) -> str:
    return (
        f"{n} songs of POP909 001-800, means with 95 % bootstrap intervals; bars and notes are means too. "
        "What lies between the two readings is music21's ties and the bars that it pushes back. "
        f"`SYMMV_DATA=… python -m tests.benchmarks.diffbgm_notebook`. {hardware()}"
    )


if __name__ == "__main__":
    main()
