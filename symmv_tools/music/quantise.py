"""Performed notes on the grid of their beats, and back: every beat in equal steps, usually 16ths."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from symmv_tools.music.notes import Notes, make_notes

_TOGETHER_SECONDS = 0.035  # a chord of a pianist is struck within this


@dataclass(frozen=True)
class Grid:
    """Steps on beats: step 0 is the first beat, each beat has `steps_per_beat` equal ones.

    `beat` (n,) are seconds, rising, two at least; `position` (n,) those in the bar, 1 = downbeat. Before
    the first beat and after the last the grid goes on with the median length of the four beats there.
    """

    beat: NDArray[np.float64]
    position: NDArray[np.uint8]
    steps_per_beat: int = 4

    def __post_init__(self) -> None:
        if len(self.beat) < 2 or len(self.position) != len(self.beat):
            raise ValueError(
                "a grid needs two beats or more, and a position for each; "
                f"got {len(self.beat)} beats, {len(self.position)} positions"
            )
        if not (np.diff(self.beat) > 0).all():
            raise ValueError("the beats of a grid must rise; did you sort them, in seconds?")
        if self.steps_per_beat < 1:
            raise ValueError(f"steps_per_beat must be 1 or more; got {self.steps_per_beat}")

    def step_at(self, seconds: ArrayLike) -> NDArray[np.float64]:
        """Return where on the grid moments are, in steps and parts of one; below 0 before the first beat."""
        time = np.asarray(seconds, np.float64)
        index = np.clip(np.searchsorted(self.beat, time, side="right") - 1, 0, len(self.beat) - 2)
        inside = index + (time - self.beat[index]) / np.diff(self.beat)[index]
        before = (time - self.beat[0]) / self._first_length
        after = len(self.beat) - 1 + (time - self.beat[-1]) / self._last_length
        beats = np.where(time < self.beat[0], before, np.where(time > self.beat[-1], after, inside))
        return beats * self.steps_per_beat

    def seconds_at(self, step: ArrayLike) -> NDArray[np.float64]:
        """Return when steps (or parts of steps) are, in seconds: the inverse of `step_at`."""
        beats = np.asarray(step, np.float64) / self.steps_per_beat
        last = len(self.beat) - 1
        inside = np.interp(beats, np.arange(last + 1), self.beat)
        before = self.beat[0] + beats * self._first_length
        after = self.beat[-1] + (beats - last) * self._last_length
        return np.where(beats < 0, before, np.where(beats > last, after, inside))

    def bar_at(self, step: ArrayLike) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return bar (0 = that of the first beat) and position in it (steps, 0 = downbeat) of whole steps.

        Outside the beats, bars have their usual length.
        """
        beat, within = np.divmod(np.asarray(step, np.int64), self.steps_per_beat)
        last = len(self.beat) - 1
        known = np.clip(beat, 0, last)
        bar = np.cumsum(self.position == 1)
        bars = (bar - bar[0])[known]
        place = self.position[known].astype(np.int64) - 1 + beat - known
        outside = beat != known
        bars = bars + np.where(outside, np.floor_divide(place, self._bar_length), 0)
        place = np.where(outside, np.mod(place, self._bar_length), place)
        return bars, place * self.steps_per_beat + within

    @property
    def _first_length(self) -> float:
        return float(np.median(np.diff(self.beat[:5])))

    @property
    def _last_length(self) -> float:
        return float(np.median(np.diff(self.beat[-5:])))

    @property
    def _bar_length(self) -> int:
        """Beats in the commonest bar; where no bar is whole, as many as positions are seen."""
        bars = np.diff(np.flatnonzero(self.position == 1))
        return int(np.bincount(bars).argmax()) if len(bars) else int(self.position.max())


class Quantised(NamedTuple):
    """Notes in steps of a grid, sorted by (step, pitch, track); `duration` is 1 step or more. All (n,)."""

    step: NDArray[np.int64]
    duration: NDArray[np.int64]
    pitch: NDArray[np.uint8]
    velocity: NDArray[np.uint8]
    track: list[str]


def quantise(notes: Notes, grid: Grid) -> Quantised:
    """Return `notes` on the nearest steps of `grid`.

    Notes struck within 35 ms (and half a step) of the first of them are a chord and get one step, that
    nearest to their mean. Of a triplet of quavers on 16ths the three notes get steps 0, 1 and 3, of
    swung quavers 0 and 3. Ends go to their nearest steps, so that what was legato stays so. Of notes
    of one track with the same pitch and step one remains, with the latest end and the greatest velocity.
    """
    step = _onset_steps(notes, grid)
    end = np.rint(grid.step_at(notes.offset)).astype(np.int64)
    return _merged(step, np.maximum(end - step, 1), notes)


def performed(quantised: Quantised, grid: Grid) -> Notes:
    """Return the notes in seconds, exactly on `grid`; quantising them again changes nothing."""
    onset = grid.seconds_at(quantised.step)
    offset = grid.seconds_at(quantised.step + quantised.duration)
    return make_notes(onset, offset - onset, quantised.pitch, quantised.velocity, quantised.track)


def _onset_steps(notes: Notes, grid: Grid) -> NDArray[np.int64]:
    order = np.argsort(notes.onset, kind="stable")
    exact = grid.step_at(notes.onset[order])
    chord = _chords(notes.onset[order], exact)
    mean = np.bincount(chord, exact) / np.maximum(np.bincount(chord), 1)
    step = np.empty(len(notes), np.int64)
    step[order] = np.rint(mean).astype(np.int64)[chord]
    return step


def _chords(onset: NDArray[np.float64], exact: NDArray[np.float64]) -> NDArray[np.int64]:
    """Number of the chord that each note belongs to; a chord reaches as far as its first note lets it."""
    chord = np.zeros(len(onset), np.int64)
    number, first = -1, 0
    for i, (seconds, steps) in enumerate(zip(onset.tolist(), exact.tolist(), strict=True)):
        if i == 0 or seconds - onset[first] > _TOGETHER_SECONDS or steps - exact[first] >= 0.5:
            number, first = number + 1, i
        chord[i] = number
    return chord


def _merged(step: NDArray[np.int64], duration: NDArray[np.int64], notes: Notes) -> Quantised:
    """One note per step, pitch and track."""
    names, track = np.unique(np.array(notes.track, dtype=np.str_), return_inverse=True)
    order = np.lexsort((track, notes.pitch, step))
    keys = np.stack([step, notes.pitch, track], axis=1)[order]
    first = np.flatnonzero(np.append(True, (np.diff(keys, axis=0) != 0).any(axis=1))[: len(order)])
    if len(first) == 0:
        return Quantised(step, duration, notes.pitch, notes.velocity, [])
    return Quantised(
        keys[first, 0],
        np.maximum.reduceat(duration[order], first),
        keys[first, 1].astype(np.uint8),
        np.maximum.reduceat(notes.velocity[order], first),
        [str(names[i]) for i in keys[first, 2]],
    )
