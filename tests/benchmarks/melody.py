"""Skyline against POP909's human melody: which floor and tolerance score best?

Convention: all three tracks merged; a note is right if onset and pitch are those of a note of the
MELODY track; F1 per song, then the mean. Choose on 001-700, confirm on 701-800.

    SYMMV_DATA=… python -m tests.benchmarks.melody
"""

from __future__ import annotations

from itertools import product

import numpy as np
from numpy.typing import NDArray

from symmv_tools.io import midi
from symmv_tools.music.melody import MELODY, skyline
from symmv_tools.music.notes import Notes
from tests.benchmarks.data import pop909
from tests.benchmarks.page import hardware, replace_section

FLOORS = (0, 55, 60, 62, 63, 64, 66)
TOLERANCES_SECONDS = (0.0, 0.03, 0.05)


def scores(notes: Notes, found: NDArray[np.bool_]) -> tuple[float, float, float]:
    """Precision, recall and F1 of the notes in `found`."""
    key = np.round(notes.onset * 1e4).astype(np.int64) * 128 + notes.pitch
    truth = set(key[np.array(notes.track) == MELODY].tolist())
    answer = set(key[found].tolist())
    right = len(truth & answer)
    return (
        right / max(len(answer), 1),
        right / max(len(truth), 1),
        2 * right / max(len(answer) + len(truth), 1),
    )


def mean_scores(songs: list[Notes], tolerance: float, floor: int) -> str:
    """One row: tolerance, floor, and mean precision, recall and F1."""
    per_song = [
        scores(notes, skyline(notes, onset_tolerance_seconds=tolerance, lowest_pitch=floor))
        for notes in songs
    ]
    values = (f"{value:.3f}" for value in np.mean(per_song, axis=0))
    return f"| {tolerance:.2f} | {floor} | " + " | ".join(values) + " |"


def main() -> None:
    """Write the grid for both halves."""
    with pop909() as folder:
        songs = {int(path.stem): midi.read(path).notes for path in sorted(folder.glob("[0-9]*/[0-9]*.mid"))}
    parts = ["Skyline against the human melody of POP909, all three tracks merged; mean over songs."]
    for first, last in ((1, 700), (701, 800)):
        chosen = [notes for number, notes in songs.items() if first <= number <= last]
        lines = ["| tolerance (s) | floor | precision | recall | F1 |", "| --- | --- | --- | --- | --- |"]
        lines += [
            mean_scores(chosen, tolerance, floor) for tolerance, floor in product(TOLERANCES_SECONDS, FLOORS)
        ]
        parts += [f"Songs {first:03d}-{last}, {len(chosen)} of them:", "\n".join(lines)]
    text = "\n\n".join([*parts, hardware()])
    print(text)
    replace_section("melody", text)


if __name__ == "__main__":
    main()
