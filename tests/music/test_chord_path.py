"""From evidence to chord labels."""

from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from symmv_tools.music.chord_features import Cells
from symmv_tools.music.chord_path import (
    CHORDS,
    ChordEvidence,
    _best_path,
    chord_class,
    likeliest_chords,
    moved,
)
from symmv_tools.music.harte import QUALITIES, Chord


def evidence_of(chords: list[Chord | None], sure: float = 0.9) -> ChordEvidence:
    probability = np.full((len(chords), CHORDS), (1 - sure) / (CHORDS - 1))
    bass = np.full((len(chords), 12), 0.01)
    for i, chord in enumerate(chords):
        probability[i, chord_class(chord)] = sure
        bass[i, chord.bass if chord else 0] = 0.9
    return ChordEvidence(np.log(probability), np.log(bass))


def cells(n: int, begin: float = 0.0) -> Cells:
    return Cells(begin + np.arange(n + 1) / 2, np.ones(n, np.int64), np.zeros(n, bool))


C, G7, AM = Chord(0, "maj"), Chord(7, "7", 4), Chord(9, "min")


def test_equal_neighbours_are_one_chord() -> None:
    found = likeliest_chords(evidence_of([C, C, G7, None]), cells(4), 2.0, change_cost=1.0, keep_bass=False)
    assert found.label == ["C:maj", "G:7", "N"]
    assert found.time.tolist() == [0.0, 1.0, 1.5]
    assert found.duration.tolist() == [1.0, 0.5, 0.5]
    assert found.confidence == pytest.approx([0.9, 0.9, 0.9])


def test_the_bass_is_told_when_asked_for() -> None:
    found = likeliest_chords(evidence_of([G7, G7]), cells(2), 1.0, change_cost=1.0, keep_bass=True)
    assert found.label == ["G:7/3"]


def test_a_short_doubt_is_no_change() -> None:
    doubt = evidence_of([C, C, AM, C, C], sure=0.5)
    assert likeliest_chords(doubt, cells(5), 2.5, change_cost=5.0, keep_bass=False).label == ["C:maj"]
    assert len(likeliest_chords(doubt, cells(5), 2.5, change_cost=0.1, keep_bass=False).label) == 3


def test_chords_begin_at_time_0_and_end_with_the_song() -> None:
    found = likeliest_chords(evidence_of([None, C, C]), cells(3, -0.6), 0.7, change_cost=0.0, keep_bass=False)
    assert found.label == ["C:maj"]
    assert found.time.tolist() == [0.0]
    assert found.duration == pytest.approx([0.7])


@given(st.integers(0, 11), st.sampled_from(sorted(QUALITIES)), st.integers(-24, 24))
def test_moving_moves_the_root_and_nothing_else(root: int, quality: str, semitones: int) -> None:
    evidence = evidence_of([Chord(root, quality), None]).chord
    expected = evidence_of([Chord((root + semitones) % 12, quality), None]).chord
    np.testing.assert_array_equal(moved(evidence, semitones), expected)


@given(st.integers(0, 2**32 - 1), st.floats(0, 3))
def test_no_path_beats_the_best(seed: int, cost: float) -> None:
    score = np.random.default_rng(seed).normal(size=(4, 3))

    def worth(path: tuple[int, ...]) -> float:
        changes = sum(a != b for a, b in pairwise(path))
        return float(score[np.arange(4), path].sum() - cost * changes)

    best = max(worth(path) for path in product(range(3), repeat=4))
    assert worth(tuple(_best_path(score, cost).tolist())) == pytest.approx(best)
