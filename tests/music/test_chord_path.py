"""From evidence to chord labels."""

from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from symmv_tools.music.chord_features import Cells
from symmv_tools.music.chord_path import (
    CHORDS,
    _best_path,
    chord_class,
    likeliest_chords,
    moved,
)
from symmv_tools.music.harte import QUALITIES, Chord


def evidence_of(chords: list[Chord | None], sure: float = 0.9) -> NDArray[np.float64]:
    probability = np.full((len(chords), CHORDS), (1 - sure) / (CHORDS - 1))
    for i, chord in enumerate(chords):
        probability[i, chord_class(chord)] = sure
    evidence: NDArray[np.float64] = np.log(probability)
    return evidence


def cells(n: int, begin: float = 0.0) -> Cells:
    return Cells(begin + np.arange(n + 1) / 2, np.ones(n, np.int64), np.zeros(n, bool))


C, G7, AM = Chord(0, "maj"), Chord(7, "7"), Chord(9, "min")


def test_equal_neighbours_are_one_chord() -> None:
    found = likeliest_chords(evidence_of([C, C, G7, None]), cells(4), 2.0, change_cost=1.0)
    assert found.label == ["C:maj", "G:7", "N"]
    assert found.time.tolist() == [0.0, 1.0, 1.5]
    assert found.duration.tolist() == [1.0, 0.5, 0.5]
    assert found.confidence == pytest.approx([0.9, 0.9, 0.9])


@pytest.mark.parametrize(
    ("bass", "label"),
    [([43, 43, 47], "G:7"), ([47, 35, 43], "G:7/3"), ([-1, -1, 41], "G:7/b7"), ([-1, -1, -1], "G:7")],
)
def test_the_bass_is_what_lies_lowest_longest(bass: list[int], label: str) -> None:
    evidence, three = evidence_of([G7, G7, G7]), cells(3)
    assert likeliest_chords(evidence, three, 1.5, change_cost=1.0, bass=np.array(bass)).label == [label]
    assert likeliest_chords(evidence, three, 1.5, change_cost=1.0).label == ["G:7"]


def test_a_short_doubt_is_no_change() -> None:
    doubt = evidence_of([C, C, AM, C, C], sure=0.5)
    assert likeliest_chords(doubt, cells(5), 2.5, change_cost=5.0).label == ["C:maj"]
    assert len(likeliest_chords(doubt, cells(5), 2.5, change_cost=0.1).label) == 3


def test_chords_begin_at_time_0_and_end_with_the_song() -> None:
    found = likeliest_chords(evidence_of([None, C, C]), cells(3, -0.6), 0.7, change_cost=0.0)
    assert found.label == ["C:maj"]
    assert found.time.tolist() == [0.0]
    assert found.duration == pytest.approx([0.7])


@given(st.integers(0, 11), st.sampled_from(sorted(QUALITIES)), st.integers(-24, 24))
def test_moving_moves_the_root_and_nothing_else(root: int, quality: str, semitones: int) -> None:
    evidence = evidence_of([Chord(root, quality), None])
    expected = evidence_of([Chord((root + semitones) % 12, quality), None])
    np.testing.assert_array_equal(moved(evidence, semitones), expected)


@given(st.integers(0, 2**32 - 1), st.floats(0, 3))
def test_no_path_beats_the_best(seed: int, cost: float) -> None:
    score = np.random.default_rng(seed).normal(size=(4, 3))

    def worth(path: tuple[int, ...]) -> float:
        changes = sum(a != b for a, b in pairwise(path))
        return float(score[np.arange(4), path].sum() - cost * changes)

    best = max(worth(path) for path in product(range(3), repeat=4))
    assert worth(tuple(_best_path(score, cost).tolist())) == pytest.approx(best)
