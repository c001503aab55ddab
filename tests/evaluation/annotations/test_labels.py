"""Chord and key scores: mir_eval's where nothing is missing, our rules where there are gaps, and the laws."""

import warnings
from collections.abc import Sequence

import mir_eval
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symmv_tools.evaluation.annotations.labels import chord_scores, key_scores
from symmv_tools.evaluation.annotations.scores import Score
from symmv_tools.evaluation.annotations.timeline import Labels, compare
from symmv_tools.music.harte import QUALITIES, ROOTS, transposed
from symmv_tools.music.keys import KEYS

pytestmark = pytest.mark.quick
few = settings(max_examples=30, deadline=None)

chords = st.one_of(
    st.just("N"), st.builds("{}:{}".format, st.sampled_from(ROOTS), st.sampled_from(sorted(QUALITIES)))
)
progressions = st.lists(st.tuples(st.integers(1, 8), chords), min_size=1, max_size=12)
key_plans = st.lists(st.tuples(st.integers(1, 8), st.sampled_from(KEYS)), min_size=1, max_size=6)
Plan = Sequence[tuple[int, str]]


def labels_of(plan: Plan, later: float = 0.0) -> Labels:
    """One label after the other, durations in quarters of a second."""
    duration = np.array([quarters / 4 for quarters, _ in plan])
    return Labels(np.cumsum(duration) - duration + later, duration, [label for _, label in plan])


def spans(labels: Labels) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    return np.stack([labels.time, labels.time + labels.duration], axis=1)


def moved_by(plan: Plan, semitones: int) -> Plan:
    return [(length, transposed(label, semitones)) for length, label in plan]


def plain(scores: dict[str, Score]) -> dict[str, float]:
    return {name: score.value for name, score in scores.items()}


NONE = labels_of([])


def padded(plan: Plan, length: int) -> Plan:
    missing = length - sum(quarters for quarters, _ in plan)
    return [*plan, (missing, "N")] if missing else plan


@few
@given(progressions, progressions)
def test_chord_scores_are_mir_evals(found: Plan, true: Plan) -> None:
    # mir_eval crops what is longer than the reference, and fails where that leaves a span of no length.
    length = max(sum(quarters for quarters, _ in plan) for plan in (found, true))
    ours, theirs = labels_of(padded(found, length)), labels_of(padded(true, length))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # where nothing can be compared mir_eval warns and says 0
        expected = mir_eval.chord.evaluate(spans(theirs), list(theirs.label), spans(ours), list(ours.label))
    for name, score in chord_scores(ours, theirs).items():
        assert score.value == pytest.approx(expected[name], abs=1e-9)


@few
@given(progressions)
def test_chords_match_themselves_and_count_all_seconds_of_their_vocabulary(plan: Plan) -> None:
    found = chord_scores(labels_of(plan), labels_of(plan))
    assert set(plain(found).values()) <= {1.0}
    assert found["root"].weight == pytest.approx(sum(length for length, _ in plan) / 4)


@few
@given(progressions.filter(lambda plan: all(label != "N" for _, label in plan)))
def test_finding_no_chord_scores_nothing_and_without_truth_nothing_is_scored(plan: Plan) -> None:
    assert set(plain(chord_scores(NONE, labels_of(plan))).values()) == {0.0}
    assert chord_scores(labels_of(plan), NONE) == {}
    assert chord_scores(NONE, NONE) == {}


@few
@given(progressions, progressions, st.integers(0, 11), st.integers(0, 40))
def test_moving_both_in_time_or_pitch_changes_no_chord_score(
    found: Plan, true: Plan, semitones: int, later: int
) -> None:
    before = plain(chord_scores(labels_of(found), labels_of(true)))
    shifted = chord_scores(labels_of(found, later / 4), labels_of(true, later / 4))
    higher = chord_scores(labels_of(moved_by(found, semitones)), labels_of(moved_by(true, semitones)))
    assert plain(shifted) == pytest.approx(before)
    assert plain(higher) == pytest.approx(before)


@few
@given(progressions, progressions)
def test_cutting_a_chord_in_two_changes_nothing(found: Plan, true: Plan) -> None:
    halves = labels_of([(length, label) for length, label in found for _ in range(2)])
    halves = Labels(halves.time / 2, halves.duration / 2, halves.label)
    assert plain(chord_scores(halves, labels_of(true))) == pytest.approx(
        plain(chord_scores(labels_of(found), labels_of(true)))
    )


def test_time_without_a_true_chord_does_not_count_and_a_gap_of_ours_is_no_chord() -> None:
    """SymMV's files have gaps where chorder found nothing; mir_eval alone lets a chord last till the next."""
    true = Labels(np.array([0.0, 4.0]), np.array([1.0, 1.0]), ["C:maj", "G:maj"])
    everywhere = Labels(np.array([0.0]), np.array([9.0]), ["C:maj"])
    assert chord_scores(everywhere, true)["majmin"] == Score(0.5, 2.0)
    late = Labels(np.array([0.5]), np.array([0.5]), ["C:maj"])
    assert chord_scores(late, true)["majmin"] == Score(0.25, 2.0)


def test_what_a_comparison_has_no_word_for_does_not_count() -> None:
    true = labels_of([(4, "C:maj"), (4, "C:dim")])
    found = chord_scores(true, true)
    assert found["majmin"] == found["sevenths"] == Score(1.0, 1.0)
    assert found["root"] == Score(1.0, 2.0)
    for unknown in ("X", "C:maj11", "C:aug7"):
        assert chord_scores(true, labels_of([(4, unknown)])) == {}
        assert chord_scores(labels_of([(4, unknown)]), true)["root"].value < 1


def test_of_overlapping_labels_the_last_begun_holds() -> None:
    true = Labels(np.array([0.0, 1.0, 1.0]), np.array([3.0, 1.0, 0.0]), ["C:maj", "G:maj", "A:min"])
    both = compare(labels_of([(12, "N")]), true, "N")
    assert both.true == ["C:maj", "G:maj"]
    assert both.seconds.tolist() == [1.0, 1.0]


@few
@given(key_plans)
def test_keys_match_themselves(plan: Plan) -> None:
    assert plain(key_scores(labels_of(plan), labels_of(plan))) == {"song": 1.0, "time": 1.0}


@few
@given(key_plans)
def test_finding_no_key_scores_nothing_and_without_truth_nothing_is_scored(plan: Plan) -> None:
    assert plain(key_scores(NONE, labels_of(plan))) == {"song": 0.0, "time": 0.0}
    assert key_scores(labels_of(plan), NONE) == key_scores(NONE, NONE) == {}


@few
@given(key_plans, key_plans, st.integers(0, 11), st.integers(0, 40))
def test_moving_both_in_time_or_pitch_changes_no_key_score(
    found: Plan, true: Plan, semitones: int, later: int
) -> None:
    def higher(plan: Plan) -> Plan:
        at = [KEYS.index(label) for _, label in plan]
        return [(n, KEYS[i // 12 * 12 + (i + semitones) % 12]) for (n, _), i in zip(plan, at, strict=True)]

    before = plain(key_scores(labels_of(found), labels_of(true)))
    assert plain(key_scores(labels_of(higher(found)), labels_of(higher(true)))) == pytest.approx(before)
    shifted = key_scores(labels_of(found, later / 4), labels_of(true, later / 4))
    assert plain(shifted) == pytest.approx(before)


@pytest.mark.parametrize(
    ("found", "score"),
    [
        ("C:major", 1.0),
        ("G:major", 0.5),
        ("F:major", 0.0),
        ("A:minor", 0.3),
        ("C:minor", 0.2),
        ("D:minor", 0.0),
    ],
)
def test_a_related_key_is_worth_something(found: str, score: float) -> None:
    assert plain(key_scores(labels_of([(4, found)]), labels_of([(4, "C:major")])))["song"] == score


def test_the_longest_key_is_the_song_s_however_it_is_spelt_and_cut() -> None:
    true = labels_of([(3, "Cb:major"), (4, "E:minor"), (3, "B:major")])
    assert plain(key_scores(labels_of([(10, "B:major")]), true)) == {"song": 1.0, "time": pytest.approx(0.6)}
