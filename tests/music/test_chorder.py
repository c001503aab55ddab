"""Our chorder is chorder: the library itself is the oracle."""

from collections.abc import Sequence
from random import Random

import numpy as np
import pytest
from chorder import Dechorder
from hypothesis import given, settings
from hypothesis import strategies as st

from symmv_tools.music import harte
from symmv_tools.music.chorder import QUALITIES, CellChords, TickNotes, dechord
from tests.chorder_library import as_cells, asked, midi_file

Row = tuple[int, int, int]  # start, length, pitch
Answer = list[tuple[int, int, int]]


def tick_notes(rows: Sequence[Row]) -> TickNotes:
    start, length, pitch = np.array(rows, np.int64).reshape(-1, 3).T
    return TickNotes(start, start + length, pitch)


def ours(rows: Sequence[Row], ticks_per_beat: int, end: int) -> Answer:
    return listed(dechord(tick_notes(rows), ticks_per_beat=ticks_per_beat, end=end))


def theirs(rows: Sequence[Row], ticks_per_beat: int, end: int) -> Answer:
    return listed(as_cells(asked(midi_file(tick_notes(rows), ticks_per_beat=ticks_per_beat, end=end))))


def listed(cells: CellChords) -> Answer:
    return list(zip(*(field.tolist() for field in cells), strict=True))


pitches = st.one_of(st.integers(0, 127), st.integers(48, 60), st.sampled_from([48, 60, 64, 67, 70, 71, 72]))
anything = st.lists(st.tuples(st.integers(-8, 70), st.integers(0, 40), pitches), max_size=60)


@given(anything, st.integers(1, 12), st.integers(0, 90))
@settings(max_examples=100, deadline=None)
def test_any_notes_get_the_chords_of_the_library(rows: list[Row], ticks_per_beat: int, end: int) -> None:
    assert ours(rows, ticks_per_beat, end) == theirs(rows, ticks_per_beat, end)


shapes = st.sampled_from(
    [*harte.QUALITIES.values(), (0, 7), (0, 2, 5, 7), (0, 3, 6, 10, 22), (0, 3, 6, 9, 21)]
)
voiced = st.lists(
    st.tuples(st.integers(0, 11), shapes, st.integers(0, 127), st.sampled_from([12, 24, 48])), max_size=8
)


@given(voiced, st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_voiced_chords_get_the_chords_of_the_library(
    progression: list[tuple[int, tuple[int, ...], int, int]], random: Random
) -> None:
    """Real chords in any inversion reach the branches that random notes seldom do."""
    rows: list[Row] = []
    tick = 0
    for root, shape, bass, length in progression:
        rows += [(tick, length, 48 + root + step + 12 * random.randint(-1, 1)) for step in shape]
        rows += [(tick, random.randint(1, length), bass)]
        tick += length
    assert ours(rows, 24, tick) == theirs(rows, 24, tick)


@given(anything, st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None)
def test_the_order_of_notes_does_not_matter(rows: list[Row], random: Random) -> None:
    assert ours(random.sample(rows, len(rows)), 8, 80) == ours(rows, 8, 80)


@given(anything, st.integers(1, 20))
@settings(max_examples=40, deadline=None)
def test_shifting_by_pairs_of_beats_shifts_the_chords(rows: list[Row], pairs: int) -> None:
    after_zero = [(start + 8, length, pitch) for start, length, pitch in rows]
    shifted = [(start + 16 * pairs, length, pitch) for start, length, pitch in after_zero]
    assert ours(shifted, 8, 80 + 16 * pairs) == [(-1, -1, -1)] * 2 * pairs + ours(after_zero, 8, 80)


def test_silence_has_no_chord_and_no_time_has_no_cell() -> None:
    assert ours([], 8, 20) == [(-1, -1, -1)] * 3
    assert ours([(0, 8, 60)], 8, 0) == []


@pytest.mark.parametrize(("followers", "chord"), [(9, (0, 0, 0)), (10, (-1, -1, -1))])
def test_a_held_chord_falls_silent_when_ten_onsets_have_followed(followers: int, chord: Row) -> None:
    """The library looks that far back and no further."""
    rows = [(0, 80, 48), (0, 80, 52), (0, 80, 55), *((1 + i, 0, 90) for i in range(followers))]
    assert ours(rows, 16, 64)[2] == chord
    assert ours(rows, 16, 64) == theirs(rows, 16, 64)


def test_a_beat_beside_silence_loses_its_chord() -> None:
    rows = [(0, 8, pitch) for pitch in (48, 52)]  # 20 a tick: enough for its beat, and half for two
    assert ours(rows, 8, 16)[0][0] == 0
    thin = [(0, 8, 48)]  # 10 a tick: enough for its beat, too little for two
    assert ours(thin, 8, 16) == theirs(thin, 8, 16) == [(-1, -1, -1)] * 2


@pytest.mark.parametrize("quality", QUALITIES)
def test_the_qualities_are_those_that_harte_and_chorder_spell(quality: str) -> None:
    theirs = {tuple(steps) for steps in Dechorder.chord_maps.values()}
    assert harte.QUALITIES[quality] in theirs
