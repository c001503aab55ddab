"""Quality metrics: equal to MusPy's, many times as fast, and what real music scores.

MusPy is used as its documentation has it: muspy.read_midi(path), then scale_consistency, pitch_entropy,
pitch_class_entropy and empty_beat_rate. Ours: the file's bytes, piece_of_midi, measure, which gives all
metrics. Both sides begin at the file and end at the numbers. Values are compared for all songs; timed is
every fourth, in turns of twenty songs, each turn five times by either side and the fastest counts, since
others may be on the machine. Times are CPU seconds of one thread. Imports are done before.

Real music: POP909 001-800 on the grid of the files and on annotated beats (beat_midi.txt, where a row's
quarters are beats), chords of chord_midi.txt; SymMV 0001-1000, whose files lie on no beats (220 ticks of a
dummy 120 beats per minute), chords of chord/. Songs 801-909 and 1001-1140 are left for those who check us.
Intervals: 2,000 resamples of the songs (evaluation/bootstrap.py).

    SYMMV_DATA=… python -m tests.benchmarks.quality_metrics
"""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from symmv_tools.evaluation.bootstrap import estimate
from symmv_tools.evaluation.quality.catalogue import METRICS, measure
from symmv_tools.evaluation.quality.piece import Piece, piece_of_midi, piece_of_row
from symmv_tools.io import midi
from symmv_tools.sources import pop909 as pop909_source
from symmv_tools.sources import symmv as symmv_source
from tests.benchmarks.data import pop909, symmv
from tests.benchmarks.page import hardware, replace_section

TURN, ROUNDS = 20, 5
LEAST_RATIO, TOLERANCE = 30.0, 1e-9
Values = dict[str, float]

PUBLISHED = {
    "POP909": {"sc_muspy": ".965", "pe_muspy": "4.455", "pce_muspy": "2.774", "ebr_muspy": ".005"}
    | {"ioi_mgeval": ".125", "pche8_diffbgm": "2.717 (BGM909)", "gps16_diffbgm": ".708 (BGM909)"},
    "SymMV": {"sc_muspy": ".986", "pe_muspy": "4.197", "pce_muspy": "2.633", "ebr_muspy": ".023"}
    | {"ioi_mgeval": ".184"},
}
"""Real rows: Zhuo et al. (ICCV 2023), all of POP909 and 70 songs of SymMV; Li et al. (CVPR 2024), BGM909."""


def ours(path: Path) -> Values:
    """All metrics of a file."""
    return measure(piece_of_midi(path.read_bytes(), path.name))


def theirs(path: Path) -> Values:
    """MusPy's four."""
    import muspy

    music = muspy.read_midi(path)
    return {
        "sc_muspy": muspy.scale_consistency(music),
        "pe_muspy": muspy.pitch_entropy(music),
        "pce_muspy": muspy.pitch_class_entropy(music),
        "ebr_muspy": muspy.empty_beat_rate(music),
    }


def more_of_theirs(path: Path) -> Values:
    """Further metrics of MusPy's that we have; beside the clock."""
    import muspy

    music = muspy.read_midi(path)
    return {
        "groove_muspy": muspy.groove_consistency(music, 4 * music.resolution),
        "polyphony_muspy": muspy.polyphony(music),
        "polyphony_rate_muspy": muspy.polyphony_rate(music),
        "pitch_range_muspy": muspy.pitch_range(music),
    }


def race(paths: list[Path]) -> dict[str, float]:
    """Return the CPU seconds per song of both sides."""
    turns = [paths[first : first + TURN] for first in range(0, len(paths), TURN)]
    total = {"theirs": 0.0, "ours": 0.0}
    for turn in turns:
        for name, side in (("theirs", theirs), ("ours", ours)):
            total[name] += min(_seconds(side, turn) for _ in range(ROUNDS))
    return {name: seconds / len(paths) for name, seconds in total.items()}


def _seconds(side: Callable[[Path], Values], paths: list[Path]) -> float:
    gc.collect()  # what the other side left behind is not swept up on this side's time
    begin = time.process_time()
    for path in paths:
        side(path)
    return time.process_time() - begin


def largest_differences(found: list[Values], said: list[Values]) -> Values:
    """Return by metric how far the two sides are apart at most."""
    return {name: max(abs(f[name] - s[name]) for f, s in zip(found, said, strict=True)) for name in said[0]}


# --- real music -----------------------------------------------------------------------------------


def of_pop909(folders: list[Path]) -> Iterator[Piece]:
    """The songs on the grids of their files, with the chords of their release."""
    for folder in folders:
        chords = tuple(pop909_source.read_chords(folder / "chord_midi.txt").value)
        yield replace(piece_of_midi((folder / f"{folder.name}.mid").read_bytes()), chords=chords)


def on_beats(folders: list[Path]) -> Iterator[Piece]:
    """The songs as rows, on the beats of their release."""
    for folder in folders:
        file = midi.read(folder / f"{folder.name}.mid")
        beats = pop909_source.read_beat_midi(folder / "beat_midi.txt")
        chords = pop909_source.read_chords(folder / "chord_midi.txt")
        yield piece_of_row(
            {
                "note_midi": file.notes.as_group(),
                "pedal": file.pedal,
                "beat": {"time": beats.time, "value": beats.position},
                "chord": chords.as_group(),
            }
        )


def of_symmv(dataset: Path) -> Iterator[Piece]:
    """The songs of SymMV's release with their chords."""
    for path in sorted((dataset / "midi").glob("*.mid")):
        chords = tuple(symmv_source.read_chords(dataset / "chord" / f"{path.stem}.txt").value)
        yield replace(piece_of_midi(path.read_bytes(), path.name), chords=chords)


class Row(NamedTuple):
    """One metric over songs."""

    n: int
    mean: float
    sd: float
    interval: tuple[float, float]

    @property
    def text(self) -> str:
        low, high = self.interval
        return f"{self.mean:.4f} | {self.sd:.4f} | {low:.4f} to {high:.4f}"


def rows(values: list[Values]) -> dict[str, Row]:
    """Return every metric that is defined for two songs or more."""
    found = {}
    for metric in METRICS:
        column = np.array([song[metric.name] for song in values])
        known: NDArray[np.float64] = column[~np.isnan(column)]
        mean, interval = estimate(known, np.ones(len(known)))
        assert interval is not None, f"{metric.name} is defined for fewer than two songs"
        found[metric.name] = Row(len(known), mean, float(known.std(ddof=1)), interval)
    return found


# --- the page -------------------------------------------------------------------------------------


def main() -> None:
    """Compare, time, measure the real rows; fail where we promised more."""
    if find_spec("muspy") is None:
        sys.exit("muspy is not installed; try: pip install -r manifests/requirements/bench.txt")
    with pop909() as folder:
        folders = sorted(path for path in folder.iterdir() if path.name.isdigit())
        paths = [path / f"{path.name}.mid" for path in folders]
        found = [ours(path) for path in paths]
        apart = largest_differences(found, [theirs(path) for path in paths])
        apart |= largest_differences(found[::10], [more_of_theirs(path) for path in paths[::10]])
        seconds = race(paths[::4])
        real = {
            "POP909": rows([measure(piece) for piece in of_pop909(folders)]),
            "POP909 on beats": rows([measure(piece) for piece in on_beats(folders)]),
        }
    with symmv() as dataset:
        real["SymMV"] = rows([measure(piece) for piece in of_symmv(dataset)])
    ratio = seconds["theirs"] / seconds["ours"]
    text = "\n\n".join([_equality(apart), _speed(seconds, ratio), *map(_real, real, real.values()), _words()])
    print(text)
    replace_section("quality_metrics", text)
    if ratio < LEAST_RATIO or not all(difference <= TOLERANCE for difference in apart.values()):
        sys.exit(f"promised are {LEAST_RATIO:.0f} times MusPy's speed and differences up to {TOLERANCE}")


def _equality(apart: Values) -> str:
    lines = [f"| `{name}` | {difference:.1e} |" for name, difference in apart.items()]
    return "\n".join(["| metric | largest difference from MusPy |", "| --- | --- |", *lines])


def _speed(seconds: dict[str, float], ratio: float) -> str:
    return "\n".join(
        [
            "| from the file to the numbers | CPU ms per song |",
            "| --- | --- |",
            f"| MusPy, SC, PE, PCE and EBR | {1000 * seconds['theirs']:.2f} |",
            f"| ours, all {len(METRICS)} | {1000 * seconds['ours']:.2f} |",
            f"| **ratio** | **{ratio:.1f}** |",
        ]
    )


def _real(name: str, found: dict[str, Row]) -> str:
    published = PUBLISHED.get(name, {})
    lines = [
        f"| `{metric}` | {row.n} | {row.text} | {published.get(metric, '')} |"
        for metric, row in found.items()
    ]
    head = f"| {name} | n | mean | sd | 95 % interval | published |"
    return "\n".join([head, "| --- | --- | --- | --- | --- | --- |", *lines])


def _words() -> str:
    return (
        "POP909 001-800 and SymMV 0001-1000; the first four differences are over all 800 songs, the others "
        "over every tenth. Songs 801-909 are held out: all 909 are for those who check us. Published: "
        "V-MusProd's real rows (all of POP909; 70 unnamed songs of SymMV), Diff-BGM's for BGM909 (POP909's "
        "songs). Means are over the songs where a metric is defined (n). Definitions: [quality "
        "metrics](metrics.md). "
        f"`SYMMV_DATA=… python -m tests.benchmarks.quality_metrics`. {hardware()}"
    )


if __name__ == "__main__":
    main()
