"""Beat and tempo scores: mir_eval's, in silence where it warns, and the laws."""

import warnings

import mir_eval
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symmv_tools.evaluation.annotations.beats import beat_scores, downbeat_scores, tempo_scores
from symmv_tools.evaluation.annotations.scores import Score

pytestmark = pytest.mark.quick
few = settings(max_examples=30, deadline=None)

NONE = np.zeros(0)
ZERO = {"f": 0.0, "cmlt": 0.0, "amlt": 0.0}
# In 1/64 s, which is exact in binary, and all behind the 5 s that are left out.
beats = st.lists(st.integers(320, 900), max_size=30, unique=True).map(lambda at: np.sort(at) / 64)
steady = st.builds(lambda begin, length, n: begin + length / 16 * np.arange(n),
                   st.integers(5, 9), st.integers(4, 16), st.integers(4, 40))  # fmt: skip
Times = np.ndarray[tuple[int], np.dtype[np.float64]]


def plain(scores: dict[str, Score]) -> dict[str, float]:
    return {name: score.value for name, score in scores.items()}


@few
@given(beats, beats)
def test_beat_scores_are_mir_evals(found: Times, true: Times) -> None:
    scores = plain(beat_scores(found, true))
    if not len(found) + len(true):
        assert scores == {}
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        f = mir_eval.beat.f_measure(true, found)
        _, cmlt, _, amlt = mir_eval.beat.continuity(true, found)
    assert scores == pytest.approx({"f": f, "cmlt": cmlt, "amlt": amlt})


@few
@given(steady)
def test_beats_match_themselves(times: Times) -> None:
    assert set(plain(beat_scores(times, times)).values()) == {1.0}
    assert plain(downbeat_scores(times, times)) == {"f": 1.0}


@few
@given(steady)
def test_one_empty_side_scores_nothing_and_two_cannot_be_scored(times: Times) -> None:
    assert plain(beat_scores(times, NONE)) == plain(beat_scores(NONE, times)) == ZERO
    assert beat_scores(NONE, NONE) == downbeat_scores(NONE, NONE) == {}


@few
@given(beats, beats, st.integers(0, 200))
def test_moving_both_behind_the_first_five_seconds_changes_nothing(
    found: Times, true: Times, later: int
) -> None:
    moved = beat_scores(found + later / 16, true + later / 16)
    assert plain(moved) == pytest.approx(plain(beat_scores(found, true)))


@few
@given(
    st.lists(st.floats(5, 20), max_size=8).map(np.sort), st.lists(st.floats(5, 20), max_size=8).map(np.sort)
)
def test_odd_beats_are_scored_without_a_warning(found: Times, true: Times) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        twice = np.sort(np.concatenate([true, true]))
        for scores in (beat_scores(found, true), beat_scores(found, twice), downbeat_scores(found, true)):
            assert all(0 <= score.value <= 1 for score in scores.values())


def test_the_first_five_seconds_do_not_count() -> None:
    true = np.arange(0, 20, 0.5)
    assert plain(beat_scores(true[true >= 5], true)) == {"f": 1.0, "cmlt": 1.0, "amlt": 1.0}
    assert beat_scores(true[true < 5], true[true < 5]) == {}


def test_double_tempo_is_right_at_another_level_only() -> None:
    true = np.arange(5, 30, 1.0)
    scores = plain(beat_scores(np.arange(5, 29.5, 0.5), true))
    assert scores["cmlt"] < 0.1
    assert scores["amlt"] > 0.9


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (100, (1, 1, 1)),
        (103.9, (1, 1, 1)),
        (107, (0, 0, 1)),
        (50, (0, 1, 0)),
        (301, (0, 1, 0)),
        (75, (0, 0, 0)),
    ],
)
def test_a_tempo_is_right_within_its_tolerance_or_at_an_octave(
    found: float, expected: tuple[int, int, int]
) -> None:
    assert tuple(plain(tempo_scores(found, 100.0)).values()) == expected
