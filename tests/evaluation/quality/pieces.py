"""Pieces by hand and by chance, on the grid of a file."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from hypothesis import strategies as st

from symmv_tools.evaluation.quality.piece import Piece, piece_of_midi
from tests.evaluation.quality.files import midi_file, note

TICKS = 48
Note = tuple[float, float, int]
"""Start and duration in quarters (of 48 ticks), pitch."""


def on_file_grid(notes: Sequence[Note]) -> Piece:
    """The piece of a MIDI file with these notes."""
    events = [
        event
        for start, duration, pitch in notes
        for event in note(round(start * TICKS), round(duration * TICKS), pitch)
    ]
    return piece_of_midi(midi_file(events, per_quarter=TICKS))


@st.composite
def note_lists(draw: st.DrawFn, most: int = 40) -> list[Note]:
    """One to `most` notes within 40 bars, of which no two of a pitch overlap, on 48ths of a quarter."""
    n = draw(st.integers(1, most))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    quarters = draw(st.sampled_from([4, 16, 160]))
    start = rng.integers(0, quarters * TICKS, n) / TICKS
    pitch = rng.integers(40, 85, n)
    duration = rng.integers(1, 4 * TICKS, n) / TICKS
    kept: list[Note] = []
    for a, d, p in sorted(zip(start.tolist(), duration.tolist(), pitch.tolist(), strict=True)):
        if all(p != q or a >= b + e for b, e, q in kept):
            kept.append((a, d, p))
    return kept


def pieces(most: int = 40) -> st.SearchStrategy[Piece]:
    return note_lists(most).map(on_file_grid)
