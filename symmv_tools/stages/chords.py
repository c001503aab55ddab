"""Stage `chords`: what chord sounds when."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from symmv_tools import row
from symmv_tools.music.notes import Notes, from_group
from symmv_tools.settings import semantic
from symmv_tools.stage import Context, Done, Item, Outcome, Stage

if TYPE_CHECKING:
    from symmv_tools.music.chords import Chords

CHECKPOINT = "symmv-chords"
Namer = Callable[[Notes, NDArray[np.float64], NDArray[np.uint8]], "Chords"]


@dataclass(frozen=True)
class ChordSettings:
    """Who names the chords, and what a label says.

    How well each method does against POP909's chords is in docs/reference/benchmarks.md
    (`tests/benchmarks/chords.py`).
    """

    method: str = semantic(
        "network",
        "network = a small one trained on POP909; chorder = its rules on each beat; symmv = what SymMV's "
        "released files hold, gaps included",
        choices=("network", "chorder", "symmv"),
    )
    change_cost: float = semantic(
        1.0, "network: nats that a change of chord must be worth; chosen on 661-700"
    )
    raster_seconds: float = semantic(0.5, "chorder: seconds per cell where a song has no beats")
    keep_bass: bool = semantic(False, "network, chorder: tell inversions by the bass's degree, e.g. C:maj/3")


def run(songs: Sequence[Item], settings: ChordSettings, context: Context) -> Iterator[Outcome]:
    """Give each song its chords."""
    name = namer(settings, context.weights, context.threads)
    for item in songs:
        beat = item.values["beat"]
        chords = name(
            from_group(item.values["notes"]),
            np.asarray(beat["time"], np.float64),
            np.asarray(beat["value"], np.uint8),
        )
        yield Done(
            {
                "chord": {
                    "time": chords.time,
                    "duration": chords.duration,
                    "value": chords.label,
                    "confidence": chords.confidence.astype(np.float32),
                }
            }
        )


def namer(settings: ChordSettings, weights: Mapping[str, str], threads: int = 1) -> Namer:
    """Return the function that names chords, from notes and the times and positions of their beats.

    `weights` are those of `Context`.
    """
    if settings.method == "network":
        return _by_network(weights[CHECKPOINT], settings, threads)
    return {"chorder": _chorder, "symmv": _symmv}[settings.method](settings)


def _by_network(weights: str, settings: ChordSettings, threads: int) -> Namer:
    import torch

    from symmv_tools.models import chord_net

    torch.set_num_threads(threads)
    network = chord_net.load(weights)
    return lambda notes, beat, position: chord_net.name_chords(
        notes, beat, position, network, change_cost=settings.change_cost, keep_bass=settings.keep_bass
    )


def _chorder(settings: ChordSettings) -> Namer:
    from symmv_tools.music.chords import beat_grid, find_chords, raster

    def name(notes: Notes, beat: NDArray[np.float64], position: NDArray[np.uint8]) -> Chords:
        has_beats = len(beat) > 1
        grid = beat_grid(notes, beat, position) if has_beats else raster(notes, settings.raster_seconds)
        return find_chords(notes, grid, keep_bass=settings.keep_bass)

    return name


def _symmv(settings: ChordSettings) -> Namer:
    from symmv_tools.music.symmv import find_chords

    return lambda notes, beat, position: find_chords(notes)


def _checkpoints(settings: ChordSettings) -> tuple[str, ...]:
    return (CHECKPOINT,) if settings.method == "network" else ()


STAGE = Stage(
    name="chords",
    version="2.0.0",
    needs=("notes", "midi_quality", "beat"),
    makes={"chord": row.LABELS},
    settings=ChordSettings,
    run=run,
    checkpoints=_checkpoints,
    about="What chord sounds when, in Harte syntax; equal neighbours are merged.",
)
