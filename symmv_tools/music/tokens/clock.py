"""Bars: where each begins on the 16th grid, and where in them the events of a sequence stand."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from symmv_tools.music.quantise import Grid
from symmv_tools.music.tokens.vocabulary import (
    BAR_BEAT,
    MOST_BEATS,
    RHYTHM,
    STEPS_PER_BEAT,
    TYPE,
    USUAL_BEATS,
    Tokens,
)


@dataclass(frozen=True)
class Bars:
    """Bars without gaps: bar i goes from step `start[i]` to `start[i + 1]`; `start` is (bars + 1,) int64.

    Raises ValueError unless every bar has 1 to `MOST_BEATS` whole beats.
    """

    start: NDArray[np.int64]

    def __post_init__(self) -> None:
        beats, odd = np.divmod(np.diff(self.start), STEPS_PER_BEAT)
        if len(self.start) == 0 or odd.any() or not ((beats >= 1) & (beats <= MOST_BEATS)).all():
            raise ValueError(f"bars have 1 to {MOST_BEATS} whole beats; got bars from steps {self.start}")

    def __len__(self) -> int:
        return len(self.start) - 1

    @property
    def steps(self) -> int:
        """How many steps all bars have together."""
        return int(self.start[-1] - self.start[0])

    @property
    def beats(self) -> NDArray[np.int64]:
        """Beats of each bar, (bars,)."""
        beats: NDArray[np.int64] = np.diff(self.start) // STEPS_PER_BEAT
        return beats

    def hold(self, step: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return which steps are in one of these bars."""
        inside: NDArray[np.bool_] = (step >= self.start[0]) & (step < self.start[-1])
        return inside

    def part(self, first: int, count: int) -> Bars:
        """Return at most `count` bars from bar `first` on."""
        return Bars(self.start[first : first + count + 1])

    def as_grid(self, bpm: float) -> Grid:
        """Return the grid of these bars at a steady tempo; their first step is step 0, at 0.0 s.

        Raises ValueError without bars.
        """
        begins = (self.start - self.start[0]) // STEPS_PER_BEAT
        beat = np.arange(begins[-1] + 1)
        bar = np.searchsorted(begins, beat, side="right") - 1
        position = (beat - begins[bar] + 1).astype(np.uint8)
        return Grid(beat.astype(np.float64) * 60.0 / bpm, position, STEPS_PER_BEAT)


def steady_bars(count: int, beats: int = USUAL_BEATS) -> Bars:
    """Return `count` bars of `beats` beats, the first of which begins at step 0."""
    return Bars(np.arange(count + 1, dtype=np.int64) * beats * STEPS_PER_BEAT)


def bars_of(grid: Grid, first_step: int, end_step: int) -> Bars:
    """Return the bars of `grid` from the one that holds `first_step` to the one that holds `end_step` - 1.

    The first downbeat may come after the first beat: an upbeat belongs to a bar that begins as early as its
    position says. Before it and after the last downbeat bars have the usual length, the commonest; bars of
    more than `MOST_BEATS` are divided into usual ones. `grid` must be of 16ths.
    """
    assert grid.steps_per_beat == STEPS_PER_BEAT
    downbeat = np.flatnonzero(grid.position == 1)
    usual = _usual_beats(grid, downbeat)
    if len(downbeat) == 0 or downbeat[0] > 0:
        downbeat = np.append(min(1 - int(grid.position[0]), 0), downbeat)
    early = int(downbeat[0]) - first_step // STEPS_PER_BEAT
    late = _divided_up(end_step, STEPS_PER_BEAT) - int(downbeat[-1])
    head = downbeat[0] - usual * np.arange(max(0, _divided_up(early, usual)), 0, -1)
    tail = downbeat[-1] + usual * np.arange(1, max(1, _divided_up(late, usual)) + 1)
    start = _short_enough(np.concatenate([head, downbeat, tail]), usual) * STEPS_PER_BEAT
    first = int(np.searchsorted(start, first_step, side="right")) - 1
    last = int(np.searchsorted(start, max(end_step, first_step + 1)))
    return Bars(start[first : last + 1])


def _divided_up(number: int, by: int) -> int:
    return -(-number // by)


def _usual_beats(grid: Grid, downbeat: NDArray[np.int64]) -> int:
    lengths = np.diff(downbeat)
    usual = int(np.bincount(lengths).argmax()) if len(lengths) else int(grid.position.max())
    return usual if 1 <= usual <= MOST_BEATS else USUAL_BEATS


def _short_enough(border: NDArray[np.int64], usual: int) -> NDArray[np.int64]:
    """The borders of bars, with more of them in bars that are too long; in beats."""
    length = np.diff(border)
    parts = np.where(length > MOST_BEATS, (length + usual - 1) // usual, 1)
    which = np.repeat(np.arange(len(length)), parts)
    within = np.arange(len(which)) - np.repeat(np.cumsum(parts) - parts, parts)
    return np.append(border[which] + within * usual, border[-1])


# --- where events stand ---------------------------------------------------------------------------


def begins_bar(event: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which events begin a bar, (n,)."""
    word = event[:, BAR_BEAT]
    begins: NDArray[np.bool_] = (event[:, TYPE] == RHYTHM) & (word >= 1) & (word <= MOST_BEATS)
    return begins


def located(event: NDArray[np.int64], first_bar: int = 0) -> Tokens:
    """Return the events (n, 6) with the bar and the position of each, which the Rhythm events tell.

    An event stands where the last Rhythm event, itself included, has led. What comes before the first
    bar begins counts as in the first bar, which is `first_bar`.
    """
    bar = np.maximum(np.cumsum(begins_bar(event)) - 1, 0) + first_bar
    word = event[:, BAR_BEAT]
    leads = (event[:, TYPE] == RHYTHM) & (word >= 1)
    leader = np.maximum.accumulate(np.where(leads, np.arange(len(event)), -1))
    position = np.append(np.maximum(word - MOST_BEATS, 0), 0)  # where nothing leads, -1 is the 0 at the end
    return Tokens(event, bar, position[leader])


def timing(bar: ArrayLike, beat: ArrayLike, bars: Bars) -> NDArray[np.int64]:
    """Return the classes of the Timing Encoding of events at position `beat` (16ths) of `bar`, 1 to 101.

    CMT's (Di et al., ACM MM 2021) round(100 i / n) + 1, here of steps: how far the music has come in
    the whole song, whose bars `bars` are, whatever part of it is a sequence. What is beyond gets 101.
    """
    at = bars.start[np.minimum(bar, len(bars))] - bars.start[0] + np.asarray(beat)
    percent = np.rint(100.0 * at / max(bars.steps, 1)).astype(np.int64)
    return np.asarray(np.minimum(percent, 100) + 1)
