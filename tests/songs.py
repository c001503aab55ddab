"""Random songs for the laws of the annotators."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import strategies as st

from symmv_tools.music.notes import Notes, make_notes


@st.composite
def songs(draw: st.DrawFn, *, most: int = 60) -> Notes:
    """One to `most` notes on a raster of eighths of a second, which times like 2 and 1/2 keep exact."""
    n = draw(st.integers(1, most))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    onset = np.sort(rng.integers(0, n + 1, n)) / 4
    return make_notes(onset, rng.integers(1, 9, n) / 8, rng.integers(40, 85, n), rng.integers(1, 128, n))


def tune(rng: np.random.Generator, *, bars: int = 8) -> Notes:
    """A tune over chords, four beats of half a second to the bar; tracks are melody and piano."""
    rows: list[tuple[float, int, str]] = []
    for bar in range(bars):
        root = 48 + int(rng.choice([0, 5, 7, 9]))
        for beat in range(4):
            at = 2.0 * bar + 0.5 * beat
            rows += [(at, root + tone, "piano") for tone in (0, 4, 7)]
            if bar % 4 < 3:
                rows.append((at, 72 + int(rng.choice([0, 2, 4, 5, 7])), "melody"))
    onset, pitch, track = zip(*rows, strict=True)
    return make_notes(onset, np.full(len(rows), 0.45), pitch, np.full(len(rows), 80), track)


def transposed(notes: Notes, semitones: int) -> Notes:
    return replace(notes, pitch=(notes.pitch.astype(int) + semitones).astype(np.uint8))


def shuffled(notes: Notes, seed: int) -> Notes:
    """The same notes, given in another order."""
    order = np.random.default_rng(seed).permutation(len(notes))
    track = [notes.track[i] for i in order]
    return make_notes(
        notes.onset[order], notes.duration[order], notes.pitch[order], notes.velocity[order], track
    )


def at_speed(notes: Notes, factor: float) -> Notes:
    return replace(notes, onset=notes.onset * factor, duration=notes.duration * factor)


def later(notes: Notes, seconds: float) -> Notes:
    return replace(notes, onset=notes.onset + seconds)
