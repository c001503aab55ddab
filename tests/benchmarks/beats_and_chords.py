"""Beats from notes and chords against POP909's annotations.

Convention: mir_eval; beats and downbeats by F-measure at 70 ms against beat_midi.txt (third column
= downbeat), first 5 s trimmed; chords by duration-weighted majmin against chord_midi.txt, on the
released beats, on our own, and on the released ones with chorder's pairs of beats started on the
even positions of the bar. Mean over every third song of 701-800.

    SYMMV_DATA=… python -m tests.benchmarks.beats_and_chords
"""

from __future__ import annotations

from pathlib import Path

import mir_eval
import numpy as np
from numpy.typing import NDArray

from symmv_tools import checkpoints
from symmv_tools.io import midi
from symmv_tools.music.beats import Beats
from symmv_tools.music.chords import Chords, beat_grid, find_chords
from symmv_tools.stages.beats_from_notes import CHECKPOINT, BeatsFromNotesSettings, tracker
from tests.benchmarks.data import pop909
from tests.benchmarks.page import hardware, replace_section

COLUMNS = ("beat_f", "downbeat_f", "majmin_released_beats", "majmin_our_beats", "majmin_pairs_off")


def released_beats(path: Path) -> Beats:
    """Read beat_midi.txt; positions count up from each downbeat, and down to 4 before the first."""
    table = np.loadtxt(path)
    index = np.arange(len(table))
    is_downbeat = table[:, 2] == 1
    first = int(is_downbeat.argmax())
    position = index - np.maximum.accumulate(np.where(is_downbeat, index, 0)) + 1
    position[:first] = (index[:first] - first) % 4 + 1
    return Beats(table[:, 0], position.astype(np.uint8), np.ones(len(table), np.float32))


def f_measure(truth: NDArray[np.float64], found: NDArray[np.float64]) -> float:
    """F at 70 ms without the first 5 s."""
    return float(mir_eval.beat.f_measure(mir_eval.beat.trim_beats(truth), mir_eval.beat.trim_beats(found)))


def majmin(path: Path, chords: Chords) -> float:
    """Share of the annotated time whose major or minor triad is right."""
    rows = [line.split() for line in path.read_text(encoding="utf-8").splitlines()]
    truth, names = np.array([row[:2] for row in rows], float), [row[2] for row in rows]
    found = np.stack([chords.time, chords.time + chords.duration], axis=1)
    found, labels = mir_eval.util.adjust_intervals(found, chords.label, truth.min(), truth.max(), "N", "N")
    spans, names, labels = mir_eval.util.merge_labeled_intervals(truth, names, found, labels)
    score = mir_eval.chord.majmin(names, labels)
    return float(mir_eval.chord.weighted_accuracy(score, mir_eval.util.intervals_to_durations(spans)))


def scores(folder: Path) -> list[float]:
    """The numbers of one song, in the order of `COLUMNS`."""
    notes = midi.read(folder / f"{folder.name}.mid").notes
    truth = released_beats(folder / "beat_midi.txt")
    ours = tracker(BeatsFromNotesSettings(), {CHECKPOINT: str(checkpoints.locate(CHECKPOINT))})(notes)
    off = truth._replace(position=truth.position + 1)
    on_grid = [
        find_chords(notes, beat_grid(notes, beats.time, beats.position), keep_bass=False)
        for beats in (truth, ours, off)
    ]
    return [
        f_measure(truth.time, ours.time),
        f_measure(truth.time[truth.position == 1], ours.time[ours.position == 1]),
        *(majmin(folder / "chord_midi.txt", chords) for chords in on_grid),
    ]


def main() -> None:
    """Print one line per song, and write the means."""
    print("song", *COLUMNS, sep="\t")
    table = []
    with pop909() as folder:
        for number in range(701, 801, 3):
            table.append(scores(folder / f"{number:03d}"))
            print(number, *(f"{value:.3f}" for value in table[-1]), sep="\t")
    means = [f"| {name} | {value:.3f} |" for name, value in zip(COLUMNS, np.mean(table, axis=0), strict=True)]
    said = f"Mean over {len(table)} songs, every third of POP909 701-800, all tracks merged. {hardware()}"
    replace_section("beats_and_chords", "\n".join(["| score | mean |", "| --- | --- |", *means, "", said]))
    print("mean", *means, sep="\t")


if __name__ == "__main__":
    main()
