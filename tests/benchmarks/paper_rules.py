"""The rules of the presets `paper`, `chorder` and `skyline-16`, and our own skyline, on POP909.

Convention: all three tracks merged, beats from the notes, nothing released goes in. Melody: a note is right
if one of the MELODY track has its onset and pitch; mean over songs. Chords: mir_eval, duration-weighted,
against chord_midi and chord_audio; mean over songs. Gaps count as `N`. Songs 701-800.

    SYMMV_DATA=… python -m tests.benchmarks.paper_rules
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import mir_eval
import numpy as np

from symmv_tools.io import midi
from symmv_tools.music.harte import NO_CHORD
from symmv_tools.music.melody import MELODY
from symmv_tools.music.notes import Notes
from symmv_tools.pipeline.active import Active, Node
from symmv_tools.pipeline.graph import build
from symmv_tools.song import Song
from symmv_tools.stage import Context, Done, Item
from symmv_tools.stages import ALL
from tests.benchmarks.data import pop909
from tests.benchmarks.page import hardware, replace_section

MELODIES = (
    "melody@paper",
    "melody@skyline-16",
    "melody@skyline-16-floor",
    "melody@skyline",
    "melody@skyline-floor",
)
OURS = (
    "melody@skyline-16-floor.method=skyline-16",
    "melody@skyline-16-floor.lowest_pitch=62",
    "melody@skyline.method=skyline",
    "melody@skyline.lowest_pitch=0",
    "melody@skyline-floor.method=skyline",
    "melody@skyline-floor.lowest_pitch=62",
    *(f"{key}.trust_tracks=false" for key in MELODIES),
)
CHORDS = ("chords@paper", "chords@chorder")
SCORES = ("majmin", "sevenths")
Values = dict[str, Any]


def nodes() -> dict[str, Node]:
    """The variants, and the beats they stand on."""
    active = Active(build(ALL))
    active.change(None, OURS, [*MELODIES, *CHORDS])
    return {node.key: node for node in active.nodes()}


def run(node: Node, values: Values) -> Mapping[str, Any]:
    """What the stage makes of one song."""
    assert node.stage.run is not None
    (outcome,) = node.stage.run([Item(Song("pop909"), values)], node.settings, Context())
    assert isinstance(outcome, Done)
    return outcome.values


def melody_f1(notes: Notes, group: Mapping[str, Any]) -> float:
    """F1 of the onsets and pitches in the melody."""
    is_melody = np.array(group["track"]) == MELODY
    truth = _keys(notes.onset, notes.pitch)[np.array(notes.track) == MELODY]
    found = _keys(group["time"], group["value"])[is_melody]
    right = len(np.intersect1d(truth, found))
    return 2 * right / max(len(np.unique(truth)) + len(np.unique(found)), 1)


def _keys(onset: Any, pitch: Any) -> Any:
    return np.round(np.asarray(onset) * 1e4).astype(np.int64) * 128 + np.asarray(pitch)


def chord_scores(path: Path, group: Mapping[str, Any]) -> list[float]:
    """Share of the annotated time in which majmin, and sevenths, are right."""
    rows = [line.split() for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    truth, names = np.array([row[:2] for row in rows], float), [row[2] for row in rows]
    found, labels = _without_gaps(group)
    found, labels = mir_eval.util.adjust_intervals(found, labels, truth.min(), truth.max(), "N", "N")
    spans, names, labels = mir_eval.util.merge_labeled_intervals(truth, names, found, labels)
    seconds = mir_eval.util.intervals_to_durations(spans)
    compared = (mir_eval.chord.majmin(names, labels), mir_eval.chord.sevenths(names, labels))
    return [float(mir_eval.chord.weighted_accuracy(one, seconds)) for one in compared]


def _without_gaps(group: Mapping[str, Any]) -> tuple[Any, list[str]]:
    """Intervals (n, 2) from 0 on, and their labels."""
    begins, labels, now = [], [], 0.0
    for time, duration, label in zip(group["time"], group["duration"], group["value"], strict=True):
        if time > now + 1e-6:
            begins.append(now)
            labels.append(NO_CHORD)
        begins.append(time)
        labels.append(label)
        now = time + duration
    return np.stack([begins, [*begins[1:], now]], axis=1), labels


def scores(folder: Path, by_key: Mapping[str, Node]) -> Iterator[list[float]]:
    """One list of numbers for each row of the table."""
    notes = midi.read(folder / f"{folder.name}.mid").notes
    values: Values = {"notes": notes.as_group(), "midi_quality": {}}
    values |= run(by_key["beats_from_notes"], values)
    for key in MELODIES:
        yield [melody_f1(notes, run(by_key[key], values)["note_midi"])]
    for key in CHORDS:
        group = run(by_key[key], values)["chord"]
        yield [s for name in ("midi", "audio") for s in chord_scores(folder / f"chord_{name}.txt", group)]


def main() -> None:
    """Print one line per song, and write the means."""
    by_key, table = nodes(), []
    with pop909() as folder:
        for number in range(701, 801):
            table.append(list(scores(folder / f"{number:03d}", by_key)))
            print(number, *(f"{value:.3f}" for row in table[-1] for value in row), sep="\t", flush=True)
    means = [np.mean([song[i] for song in table], axis=0) for i in range(len(MELODIES + CHORDS))]
    lines = ["| melody | note F1 |", "| --- | --- |"]
    lines += [f"| {key} | {value[0]:.3f} |" for key, value in zip(MELODIES, means, strict=False)]
    lines += ["", "| chords | " + " | ".join(f"{s}, {t}" for t in ("midi", "audio") for s in SCORES) + " |"]
    lines += ["| --- | --- | --- | --- | --- |"]
    lines += [_line(key, value) for key, value in zip(CHORDS, means[-len(CHORDS) :], strict=True)]
    text = "\n".join([*lines, "", f"{len(table)} songs. {hardware()}"])
    print(text)
    replace_section("paper_rules", text)


def _line(key: str, values: Any) -> str:
    return f"| {key} | " + " | ".join(f"{value:.3f}" for value in values) + " |"


if __name__ == "__main__":
    main()
