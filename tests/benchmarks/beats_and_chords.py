"""Beats from notes and chords against POP909's annotations.

Convention: mir_eval; beats and downbeats by F-measure at 70 ms against beat_midi.txt (third column
= downbeat), first 5 s trimmed; chords by duration-weighted majmin against chord_midi.txt, on the
released beats, on our own, and on the released ones with chorder's pairs of beats started on the
even positions of the bar. Mean over every third song of 701-800.

    python tests/benchmarks/beats_and_chords.py PATH/TO/POP909
"""

from __future__ import annotations

import argparse
from pathlib import Path

import mir_eval
import numpy as np
from numpy.typing import NDArray

from symmv_tools.io import midi
from symmv_tools.music.beats import Beats, track_beats
from symmv_tools.music.chords import Chords, beat_grid, find_chords
from symmv_tools.stages.beats_from_notes import BeatsFromNotesSettings

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
    truth, settings = released_beats(folder / "beat_midi.txt"), BeatsFromNotesSettings()
    ours = track_beats(
        notes,
        expected_bpm=settings.expected_bpm,
        octave_width=settings.octave_width,
        tightness=settings.tightness,
        slip_cost=settings.slip_cost,
    )
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
    """Print one line per song and the mean."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pop909", type=Path, help="the folder that holds 001, 002, …")
    folder = parser.parse_args().pop909
    print("song", *COLUMNS, sep="\t")
    table = []
    for number in range(701, 801, 3):
        table.append(scores(folder / f"{number:03d}"))
        print(number, *(f"{value:.3f}" for value in table[-1]), sep="\t")
    print("mean", *(f"{value:.4f}" for value in np.mean(table, axis=0)), sep="\t")


if __name__ == "__main__":
    main()
