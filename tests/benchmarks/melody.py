"""Melody finders against the human melody of POP909, and on what a transcriber makes of it.

Convention: all three tracks are merged into one piano; a note is right if a note of the MELODY track has
its pitch and begins within 50 ms (one-to-one). Precision, recall and F1 per song, then the mean. The
network learned on songs 001-660 and chose its threshold on 661-700.

    SYMMV_DATA=… python -m tests.benchmarks.melody [FOLDER]

FOLDER keeps the transcriptions, which take half an hour; those that lie there are not made again.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from symmv_tools import checkpoints
from symmv_tools.evaluation.annotations.notes import melody_match
from symmv_tools.io import midi
from symmv_tools.io.render import render
from symmv_tools.models import transkun
from symmv_tools.music.beats import Beats
from symmv_tools.music.notes import Notes
from symmv_tools.stages import beats_from_notes
from symmv_tools.stages.melody import STAGE, MelodySettings, Splitter, splitter
from tests.benchmarks.data import pop909
from tests.benchmarks.page import hardware, replace_section

PARTS = {"001-660 (learned)": range(1, 661, 10), "661-700": range(661, 701), "701-800": range(701, 801)}
TRANSCRIBED = range(701, 801, 10)
RULES = {
    "highest note per onset": MelodySettings(method="skyline", lowest_pitch=0, trust_tracks=False),
    "`paper`: as SymMV's files": MelodySettings(method="symmv", trust_tracks=False),
    "`skyline-16`: as SymMV's text": MelodySettings(method="skyline-16", lowest_pitch=0, trust_tracks=False),
    "highest note above D4 (62)": MelodySettings(method="skyline", trust_tracks=False),
    "`default`: network": MelodySettings(trust_tracks=False),
}


def finders() -> dict[str, Splitter]:
    """Each rule, ready to split notes on their beats."""
    return {name: splitter(settings, _weights(settings)) for name, settings in RULES.items()}


def _weights(settings: MelodySettings) -> dict[str, str]:
    return {name: str(checkpoints.locate(name)) for name in STAGE.checkpoints(settings)}


def beat_tracker() -> Callable[[Notes], Beats]:
    """Our own beats, as a song without audio has them."""
    settings = beats_from_notes.BeatsFromNotesSettings()
    stage = beats_from_notes.STAGE
    return beats_from_notes.tracker(
        settings, {name: str(checkpoints.locate(name)) for name in stage.checkpoints(settings)}
    )


def scores(finder: Splitter, heard: Notes, beats: Beats, truth: Notes) -> tuple[float, float, float]:
    """Precision, recall and F1 of the melody found in `heard`, whose tracks it must not see."""
    merged = Notes(heard.onset, heard.duration, heard.pitch, heard.velocity)
    match = melody_match(finder(merged, beats.time), truth)
    assert match is not None
    return match.precision, match.recall, match.f1


def row(name: str, found: list[tuple[float, float, float]]) -> str:
    """One line of a table."""
    return f"| {name} | " + " | ".join(f"{value:.3f}" for value in np.mean(found, axis=0)) + " |"


HEADER = ["| melody finder | precision | recall | F1 |", "| --- | --- | --- | --- |"]


def on_clean_notes(folder: Path) -> list[str]:
    """A table for each part of POP909, and one for the last without its other melody-like track."""
    track, lines = beat_tracker(), []
    tables = [(name, numbers, True) for name, numbers in PARTS.items()]
    for name, numbers, with_bridge in [*tables, ("701-800 without BRIDGE", PARTS["701-800"], False)]:
        songs = [midi.read(folder / f"{k:03d}" / f"{k:03d}.mid").notes for k in numbers]
        heard = [notes if with_bridge else _without_bridge(notes) for notes in songs]
        beats = [track(notes) for notes in heard]
        lines += [
            f"Songs {name}, {len(songs)} of them:",
            "\n".join(
                HEADER
                + [
                    row(rule, [scores(finder, *song) for song in zip(heard, beats, songs, strict=True)])
                    for rule, finder in finders().items()
                ]
            ),
        ]
    return lines


def _without_bridge(notes: Notes) -> Notes:
    return notes.take(np.array(notes.track) != "bridge")


# --- transcribed ----------------------------------------------------------------------------------


def on_transcriptions(folder: Path, kept: Path) -> list[str]:
    """The same finders on clean notes and on what TransKun hears of the rendered song."""
    track, lines = beat_tracker(), [*HEADER]
    clean = [midi.read(folder / f"{k}" / f"{k}.mid").notes for k in TRANSCRIBED]
    heard = [transcription(folder / f"{k}" / f"{k}.mid", kept / f"{k}.mid") for k in TRANSCRIBED]
    for rule, finder in finders().items():
        for kind, notes in (("clean", clean), ("transcribed", heard)):
            found = [scores(finder, one, track(one), truth) for one, truth in zip(notes, clean, strict=True)]
            lines.append(row(f"{rule}, {kind}", found))
            print(rule, kind, *(f"{f1:.3f}" for *_, f1 in found))
    return [
        "Ten songs of 701-800, as they are and as TransKun 2 hears them, rendered with pedal:",
        "\n".join(lines),
    ]


def transcription(source: Path, kept: Path) -> Notes:
    """What TransKun hears of the file, played by one sampled piano; made only once."""
    if not kept.exists():
        model = transkun.load(str(checkpoints.locate("transkun-2.0")), "cpu")
        file = midi.read(source)
        sound = render(file.notes, file.pedal, sample_rate=transkun.SAMPLE_RATE)
        notes, pedal = transkun.transcribe(sound, model, segment_seconds=16.0, hop_seconds=14.0)
        kept.write_bytes(midi.write(notes, pedal))
    return midi.read(kept).notes


def main() -> None:
    """Write all tables."""
    torch.set_num_threads(1)
    with pop909() as folder, tempfile.TemporaryDirectory() as scratch:
        kept = Path(sys.argv[1] if len(sys.argv) > 1 else scratch)
        text = "\n\n".join([*on_clean_notes(folder), *on_transcriptions(folder, kept), hardware()])
    print(text)
    replace_section("melody", text)


if __name__ == "__main__":
    main()
