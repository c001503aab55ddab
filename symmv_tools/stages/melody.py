"""Stage `melody`: every note is melody or accompaniment."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from symmv_tools import row
from symmv_tools.music.melody import MELODY, split_melody, split_melody_16, split_melody_symmv, with_tracks
from symmv_tools.music.notes import Notes, from_group
from symmv_tools.settings import semantic
from symmv_tools.stage import Context, Done, Item, Outcome, Stage

CHECKPOINT = "symmv-melody"
Splitter = Callable[[Notes, NDArray[np.float64]], Notes]


@dataclass(frozen=True)
class MelodySettings:
    """How melody and accompaniment are told apart.

    How well each method does against POP909's human melody is in docs/reference/benchmarks.md
    (`tests/benchmarks/melody.py`).
    """

    method: str = semantic(
        "network",
        "network = a small one trained on POP909; skyline = the highest notes; skyline-16 = those of each "
        "16th, durations quantised, as SymMV's text has it; symmv = as its files have it, to the tick",
        choices=("network", "skyline", "skyline-16", "symmv"),
    )
    trust_tracks: bool = semantic(True, "keep the source's tracks where one of them is named melody")
    threshold: float = semantic(
        0.45, "network: probability from which on a note is melody; chosen on 661-700"
    )
    onset_tolerance_seconds: float = semantic(
        0.03, "skyline: seconds within which notes count as struck together"
    )
    lowest_pitch: int = semantic(
        62, "skyline, skyline-16: MIDI number of the lowest note that can be melody; 0 = any"
    )


def run(songs: Sequence[Item], settings: MelodySettings, context: Context) -> Iterator[Outcome]:
    """Give each song its notes with tracks."""
    split = splitter(settings, context.weights, context.threads)
    for item in songs:
        notes = from_group(item.values["notes"])
        if not (settings.trust_tracks and MELODY in notes.track):
            notes = split(notes, np.asarray(item.values["beat"]["time"], np.float64))
        yield Done({"note_midi": notes.as_group()})


def splitter(settings: MelodySettings, weights: Mapping[str, str], threads: int = 1) -> Splitter:
    """Return the function that gives notes their tracks, from notes and the times of their beats.

    `weights` are those of `Context`.
    """
    if settings.method == "network":
        return _by_network(weights[CHECKPOINT], settings.threshold, threads)
    return {"skyline": _skyline, "skyline-16": _skyline_16, "symmv": _symmv}[settings.method](settings)


def _by_network(weights: str, threshold: float, threads: int) -> Splitter:
    import torch

    from symmv_tools.models import melody_net

    torch.set_num_threads(threads)
    network = melody_net.load(weights)
    return lambda notes, beat: with_tracks(notes, melody_net.find_melody(notes, network, threshold))


def _skyline(settings: MelodySettings) -> Splitter:
    return lambda notes, beat: split_melody(
        notes,
        onset_tolerance_seconds=settings.onset_tolerance_seconds,
        lowest_pitch=settings.lowest_pitch,
    )


def _skyline_16(settings: MelodySettings) -> Splitter:
    return lambda notes, beat: split_melody_16(notes, beat, lowest_pitch=settings.lowest_pitch)


def _symmv(settings: MelodySettings) -> Splitter:
    return lambda notes, beat: split_melody_symmv(notes)


def _checkpoints(settings: MelodySettings) -> tuple[str, ...]:
    return (CHECKPOINT,) if settings.method == "network" else ()


STAGE = Stage(
    name="melody",
    version="2.0.0",
    needs=("notes", "midi_quality", "beat"),
    makes={"note_midi": row.NOTES},
    settings=MelodySettings,
    run=run,
    checkpoints=_checkpoints,
    about="Splits the notes into melody and accompaniment, unless the source did.",
)
