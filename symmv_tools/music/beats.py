"""Beats and downbeats: the likeliest path through what a network hears, set on the notes."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from symmv_tools.music.bars import bar_positions
from symmv_tools.music.beat_path import BeatModel, best_beats
from symmv_tools.music.notes import Notes

__all__ = ["BarModel", "BeatModel", "Beats", "beats_from_activations", "has_beats", "no_beats"]

_SNAP_SECONDS = 0.03
_BEATS_PER_BAR = (3, 4)
_NEAR_CELLS = 2  # a downbeat's activation is looked for this near the beat


class Beats(NamedTuple):
    """Beats of a song: `time` in seconds, `position` in the bar (1 = downbeat), `confidence` 0 to 1."""

    time: NDArray[np.float64]
    position: NDArray[np.uint8]
    confidence: NDArray[np.float32]


class BarModel(NamedTuple):
    """What bars may do, in nats: change to another length, or end early; see `bars.bar_positions`."""

    change_cost: float = 10.0
    slip_cost: float = 6.0


def no_beats() -> Beats:
    """Return the beats of silence."""
    return Beats(np.zeros(0), np.zeros(0, np.uint8), np.zeros(0, np.float32))


def has_beats(notes: Notes) -> bool:
    """Whether there is anything to follow: notes that begin at least 0.3 s apart."""
    return len(notes) > 1 and float(notes.onset.max() - notes.onset.min()) >= 0.3


def beats_from_activations(
    notes: Notes,
    logits: NDArray[np.float64],
    cells_per_second: float,
    of_beats: BeatModel,
    of_bars: BarModel,
) -> Beats:
    """Return the beats of `notes` under `logits`, (cells, 2): log odds of beat and of downbeat per cell.

    Cell 0 is the first onset. The beats go on as far as the notes do.
    """
    begin = float(notes.onset.min())
    n_cells = int((float(notes.onset.max()) - begin) * cells_per_second) + 2
    logits = logits[:n_cells]
    cells = best_beats(logits[:, 0], cells_per_second, of_beats)
    time = _snapped(cells / cells_per_second + begin, np.sort(notes.onset))
    near = np.clip(cells[:, None] + np.arange(-_NEAR_CELLS, _NEAR_CELLS + 1), 0, len(logits) - 1)
    beat, downbeat = logits[near, 0].max(axis=1), logits[near, 1].max(axis=1)
    position = bar_positions(_of_beats(downbeat, beat), _BEATS_PER_BAR, *of_bars)
    return Beats(time, position, (1.0 / (1.0 + np.exp(-beat))).astype(np.float32))


def _of_beats(downbeat: NDArray[np.float64], beat: NDArray[np.float64]) -> NDArray[np.float64]:
    """Log odds of a downbeat where there is known to be a beat: p(downbeat) out of p(beat)."""
    log_downbeat, log_beat = (-np.logaddexp(0.0, -x) for x in (downbeat, beat))
    share = np.clip(np.exp(log_downbeat - log_beat), 1e-3, 1 - 1e-3)
    odds: NDArray[np.float64] = np.log(share / (1.0 - share))
    return odds


def _snapped(time: NDArray[np.float64], onset: NDArray[np.float64]) -> NDArray[np.float64]:
    """Move each beat to the mean of the onsets within 30 ms of it, where there are any."""
    low, high = (np.searchsorted(onset, time + side) for side in (-_SNAP_SECONDS, _SNAP_SECONDS))
    moment = np.concatenate([[0.0], np.cumsum(onset)])
    count = high - low
    return np.where(count > 0, (moment[high] - moment[low]) / np.maximum(count, 1), time)
