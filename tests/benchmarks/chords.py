"""Chord finders against both of POP909's opinions, on our own beats.

Convention: all tracks merged, beats found in the notes by our default, nothing released is used as
input. mir_eval's weighted chord symbol recall (WCSR) for major/minor and for sevenths, against
chord_midi and against chord_audio; mean over songs. The network learned on songs 001-660 and was chosen
on 661-700. Both references are programs' opinions: the last row is how far one agrees with the other.
Then, the longest spans where the default contradicts both.

    SYMMV_DATA=… python -m tests.benchmarks.chords
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from symmv_tools import checkpoints
from symmv_tools.evaluation.annotations.labels import chord_scores
from symmv_tools.evaluation.annotations.timeline import Labels
from symmv_tools.music import harte
from symmv_tools.music.beats import Beats
from symmv_tools.music.notes import Notes
from symmv_tools.sources.pop909 import Annotations, read_annotations
from symmv_tools.stages.chords import STAGE, ChordSettings, namer
from tests.benchmarks.data import pop909
from tests.benchmarks.melody import beat_tracker
from tests.benchmarks.page import hardware, replace_section

SONGS = range(701, 801)
METHODS = {
    "`paper`: SymMV's release": ChordSettings(method="symmv"),
    "`chorder`": ChordSettings(method="chorder"),
    "`default`: network": ChordSettings(),
}
COLUMNS = ("majmin midi", "sevenths midi", "majmin audio", "sevenths audio")
EXAMPLES = 12


class Dispute(NamedTuple):
    """A span where we contradict both references, which need not agree with each other."""

    seconds: float
    song: int
    time: float
    ours: str
    midi: str
    audio: str
    sounding: str


def main() -> None:
    """Write both tables."""
    torch.set_num_threads(1)
    with pop909() as folder:
        songs = {number: read_annotations(folder / f"{number:03d}") for number in SONGS}
    track = beat_tracker()
    beats = {number: track(said.notes) for number, said in songs.items()}
    lines = ["| chords | " + " | ".join(COLUMNS) + " |", "| --- | --- | --- | --- | --- |"]
    for name, settings in METHODS.items():
        find = _finder(settings)
        found = {number: find(said.notes, beats[number]) for number, said in songs.items()}
        lines.append(_row(name, [scores(found[number], said) for number, said in songs.items()]))
    lines.append(
        _row("chord_audio itself", [scores(Labels(*said.chords_audio), said) for said in songs.values()])
    )
    disputes = sorted((d for n, said in songs.items() for d in disputed(n, found[n], said)), reverse=True)
    text = "\n\n".join(["\n".join(lines), *_examples(disputes, songs), hardware()])
    print(text)
    replace_section("chords", text)


def _finder(settings: ChordSettings) -> Callable[[Notes, Beats], Labels]:
    weights = {name: str(checkpoints.locate(name)) for name in STAGE.checkpoints(settings)}
    find = namer(settings, weights)

    def labels(notes: Notes, beats: Beats) -> Labels:
        chords = find(notes, beats.time, beats.position)
        return Labels(chords.time, chords.duration, chords.label)

    return labels


def _row(name: str, table: list[tuple[float, ...]]) -> str:
    return f"| {name} | " + " | ".join(f"{value:.3f}" for value in np.mean(table, axis=0)) + " |"


def scores(found: Labels, said: Annotations) -> tuple[float, ...]:
    """The numbers of one song, in the order of `COLUMNS`."""
    values = []
    for truth in (said.chords_midi, said.chords_audio):
        of_song = chord_scores(found, Labels(*truth))
        values += [of_song["majmin"].value, of_song["sevenths"].value]
    return tuple(values)


# --- who is right? --------------------------------------------------------------------------------


def disputed(song: int, found: Labels, said: Annotations) -> list[Dispute]:
    """Return the spans in which our triad is neither of the references' triads."""
    opinions = [found, Labels(*said.chords_midi), Labels(*said.chords_audio)]
    border = np.unique(np.concatenate([np.append(one.time, one.time + one.duration) for one in opinions]))
    middle = (border[:-1] + border[1:]) / 2
    ours, midi, audio = (_at(one, middle) for one in opinions)
    labels = list(zip(ours, midi, audio, strict=True))
    change = [i for i in range(len(labels)) if i == 0 or labels[i] != labels[i - 1]]
    spans = zip(change, [*change[1:], len(labels)], strict=True)
    return [
        Dispute(
            border[b] - border[a], song, border[a], *labels[a], _sounding(said.notes, border[a], border[b])
        )
        for a, b in spans
        if _triad(labels[a][0]) not in (_triad(labels[a][1]), _triad(labels[a][2]), None)
    ]


def _at(labels: Labels, times: NDArray[np.float64]) -> list[str]:
    index = np.searchsorted(labels.time, times, "right") - 1
    inside = (index >= 0) & (times < (labels.time + labels.duration)[index])
    return [labels.label[i] if ok else harte.NO_CHORD for i, ok in zip(index, inside, strict=True)]


def _triad(label: str) -> tuple[int, bool] | None:
    """Root, and whether the third is minor; None where there is none, as in `N` or `sus4`."""
    chord = harte.parse(label)
    third = set(harte.QUALITIES[chord.quality]) & {3, 4} if chord else set()
    return (chord.root, third == {3}) if chord and third else None


def _sounding(notes: Notes, begin: float, end: float) -> str:
    """Pitch classes by how long they sound in the span, the longest first, and the lowest note."""
    seconds = np.maximum(np.minimum(notes.offset, end) - np.maximum(notes.onset, begin), 0.0)
    share = np.bincount(notes.pitch % 12, seconds, minlength=12) / max(seconds.sum(), 1e-9)
    heard = notes.pitch[seconds > 0.1 * (end - begin)]
    bass = harte.ROOTS[heard.min() % 12] if len(heard) else "-"
    loud = [f"{harte.ROOTS[i]} {share[i]:.0%}" for i in np.argsort(-share) if share[i] >= 0.08]
    return f"{', '.join(loud)}; bass {bass}"


def _examples(disputes: list[Dispute], songs: dict[int, Annotations]) -> list[str]:
    seconds = sum(dispute.seconds for dispute in disputes)
    whole = sum(said.notes.end for said in songs.values())
    header = [
        "| song | at (s) | for (s) | we say | chord_midi | chord_audio | what sounds |",
        "|" + " --- |" * 7,
    ]
    rows = [
        f"| {d.song} | {d.time:.1f} | {d.seconds:.1f} | {d.ours} | {d.midi} | {d.audio} | {d.sounding} |"
        for d in disputes[:EXAMPLES]
    ]
    said = (
        f"In {seconds / whole:.1%} of the time our triad is neither reference's. The longest of these spans:"
    )
    return [said, "\n".join(header + rows)]


if __name__ == "__main__":
    main()
