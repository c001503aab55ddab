"""Music for the tests of tokens, and the same encoding said event by event."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

from symmv_tools.music.quantise import Grid, Quantised
from symmv_tools.music.tokens.clock import Bars
from symmv_tools.music.tokens.encode import merged
from symmv_tools.music.tokens.harmony import Harmony, make_harmony
from symmv_tools.music.tokens.vocabulary import (
    CHORD,
    LONGEST,
    MOST_BEATS,
    NO_QUALITY,
    NO_ROOT,
    NOTE,
    QUALITIES,
    RHYTHM,
)


def bars(beats: list[int], first_step: int = 0) -> Bars:
    return Bars(first_step + 4 * np.cumsum([0, *beats]))


def quantised(rows: list[tuple[int, int, int]], track: str = "") -> Quantised:
    """Notes of (step, duration, pitch), one per step and pitch, all of velocity 80."""
    step, duration, pitch = np.array(rows, np.int64).reshape(-1, 3).T
    n = len(rows)
    return merged(Quantised(step, duration, pitch.astype(np.uint8), np.full(n, 80, np.uint8), [track] * n))


def harmony(rows: list[tuple[int, tuple[int, int]]]) -> Harmony:
    """Chords of (step, (root, quality))."""
    step = np.array([step for step, _ in rows], np.int64)
    pair = np.array([pair for _, pair in rows], np.int64).reshape(-1, 2)
    return make_harmony(step, pair[:, 0], pair[:, 1])


BARS = st.builds(
    bars,
    st.lists(st.integers(1, MOST_BEATS), min_size=1, max_size=8),
    st.integers(-5, 5).map(lambda n: 4 * n),
)
PAIRS = st.tuples(st.integers(1, 12), st.integers(1, len(QUALITIES))) | st.just((NO_ROOT, NO_QUALITY))
STEPS = st.integers(-30, 150)
NOTES = st.builds(
    quantised, st.lists(st.tuples(STEPS, st.integers(1, LONGEST), st.integers(0, 127)), max_size=30)
)
CHORDS = st.builds(harmony, st.lists(st.tuples(STEPS, PAIRS), max_size=12))
GRIDS = st.builds(
    lambda lengths, begin, position: Grid(
        begin + np.cumsum(np.array([0.0, *lengths])), np.array((position * 40)[: len(lengths) + 1], np.uint8)
    ),
    st.lists(st.floats(0.25, 1.5), min_size=1, max_size=39),
    st.floats(0, 5),
    st.lists(st.integers(0, 9), min_size=1, max_size=9),
)


def literally(bars: Bars, chords: Harmony | None, notes: Quantised | None) -> list[tuple[int, ...]]:
    """The events of `encode`, written down one after the other."""
    said: list[tuple[int, ...]] = []
    for i, beats in enumerate(bars.beats.tolist()):
        for step in range(int(bars.start[i]), int(bars.start[i + 1])):
            position = step - int(bars.start[i])
            here = [*_chord_at(step, position == 0, chords), *_notes_at(step, notes)]
            if position == 0:
                said.append((RHYTHM, beats, 0, 0, 0, 0))
            elif here:
                said.append((RHYTHM, MOST_BEATS + position, 0, 0, 0, 0))
            said += here
    return said


def _chord_at(step: int, is_downbeat: bool, chords: Harmony | None) -> list[tuple[int, ...]]:
    if chords is None:
        return []
    begun = [i for i, begin in enumerate(chords.step.tolist()) if begin <= step]
    if is_downbeat and not begun:
        return [(CHORD, 0, 0, 0, NO_ROOT, NO_QUALITY)]
    if begun and (is_downbeat or chords.step[begun[-1]] == step):
        return [(CHORD, 0, 0, 0, int(chords.root[begun[-1]]), int(chords.quality[begun[-1]]))]
    return []


def _notes_at(step: int, notes: Quantised | None) -> list[tuple[int, ...]]:
    if notes is None:
        return []
    rows = zip(notes.step.tolist(), notes.duration.tolist(), notes.pitch.tolist(), strict=True)
    mine = sorted((pitch, min(duration, LONGEST)) for begin, duration, pitch in rows if begin == step)
    return [(NOTE, 0, pitch + 1, duration, 0, 0) for pitch, duration in mine]


def same(one: Any, other: Any) -> bool:
    """Whether two tuples of arrays are equal."""
    return all(np.array_equal(np.asarray(a), np.asarray(b)) for a, b in zip(one, other, strict=True))
