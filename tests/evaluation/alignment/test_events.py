"""Events against events: brute force as oracle, mir_eval as witness, and what chance must look like."""

from __future__ import annotations

import math
from itertools import permutations

import mir_eval
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from symmv_tools.evaluation.alignment.chance import against
from symmv_tools.evaluation.alignment.events import (
    Span,
    ceiling,
    iou,
    iou_by_chance,
    n_matched,
    share_hit,
    share_hit_by_chance,
    turned,
)

pytestmark = pytest.mark.quick

Times = NDArray[np.float64]
NOTHING = np.zeros(0)


def times(most: int) -> st.SearchStrategy[Times]:
    """Times on a raster of a sixteenth of a second, where distances of 0.5 s are common and exact."""
    return st.lists(st.integers(0, 80), max_size=most).map(lambda ticks: np.array(ticks, float) / 16)


def brute(first: Times, second: Times, tolerance: float) -> int:
    """The most pairs over all ways to deal the longer side out to the shorter."""
    short: list[float]
    long: list[float]
    short, long = sorted((first.tolist(), second.tolist()), key=len)
    return max(
        sum(abs(a - b) <= tolerance for a, b in zip(short, dealt, strict=True))
        for dealt in permutations(long, len(short))
    )


@given(times(4), times(6), st.sampled_from([0.0, 0.25, 0.5, 1.0]))
def test_the_matching_is_the_largest_there_is(first: Times, second: Times, tolerance: float) -> None:
    assert n_matched(first, second, tolerance) == brute(first, second, tolerance)


@given(times(30), times(30), st.sampled_from([0.0625, 0.5, 1.0]))
def test_mir_eval_finds_a_matching_of_that_size(first: Times, second: Times, tolerance: float) -> None:
    found = mir_eval.util.match_events(first, second, tolerance)
    assert n_matched(first, second, tolerance) == len(found)


@given(times(20), times(20))
def test_both_sides_count_alike(first: Times, second: Times) -> None:
    assert iou(first, second) == pytest.approx(iou(second, first), nan_ok=True)


@given(times(20), times(20), st.integers(-600, 600))
def test_a_later_clock_changes_nothing(first: Times, second: Times, ticks: int) -> None:
    shift = ticks / 10  # no sum of sixteenths: rounding must not decide whether 0.5 s is within 0.5 s
    assert n_matched(first + shift, second + shift) == n_matched(first, second)


@given(times(20), times(20), st.floats(0, 2), st.floats(0, 2))
def test_more_tolerance_never_scores_less(first: Times, second: Times, a: float, b: float) -> None:
    assert n_matched(first, second, min(a, b)) <= n_matched(first, second, max(a, b))


@given(times(20).filter(len))
def test_the_same_events_score_one(events: Times) -> None:
    assert iou(events, events) == 1.0
    assert share_hit(events, events) == 1.0


@given(times(20), times(20))
def test_no_score_is_above_its_ceiling(first: Times, second: Times) -> None:
    if len(first) + len(second):
        assert iou(first, second) <= ceiling(len(first), len(second))


def test_what_never_meets_scores_nothing() -> None:
    assert iou(np.array([1.0, 2.0]), np.array([10.0, 20.0])) == 0.0


def test_a_literal_example() -> None:
    cuts, beats = np.array([0.9, 1.1, 5.0]), np.array([1.0, 2.0, 5.6])
    assert n_matched(cuts, beats) == 1, "one beat serves one cut; 1.1 and 2.0 are 0.9 s apart"
    assert iou(cuts, beats) == 1 / 5
    assert n_matched(cuts, beats, 0.9) == 3
    assert share_hit(cuts, beats) == 0.0
    assert share_hit(cuts, beats, 0.1) == 1 / 3


def test_nothing_on_both_sides_is_undefined_and_on_one_is_nothing() -> None:
    assert math.isnan(iou(NOTHING, NOTHING))
    assert math.isnan(ceiling(0, 0))
    assert iou(NOTHING, np.array([1.0])) == iou(np.array([1.0]), NOTHING) == 0.0
    assert math.isnan(share_hit(NOTHING, np.array([1.0])))
    assert share_hit(np.array([1.0]), NOTHING) == 0.0


def test_at_120_beats_per_minute_every_cut_is_hit_wherever_it_lies() -> None:
    """Why the chance row is there: half a second of tolerance, and the score says how many there are."""
    rng, span = np.random.default_rng(1), Span(0.0, 200.0)
    cuts, beats = np.arange(2.0, 200.0, 5.0) + rng.uniform(-1.5, 1.5, 40), np.arange(0.0, 200.0, 0.5)
    found = iou_by_chance(cuts, beats, span, random=rng)
    assert found[:3] == pytest.approx([ceiling(40, 400)] * 3)
    assert math.isnan(found.z), "all turns score alike"
    assert found.percentile == 50.0


def test_cuts_on_the_beat_are_far_above_chance() -> None:
    rng, span = np.random.default_rng(2), Span(10.0, 210.0)
    beats = np.arange(10.2, 210.0, 0.6)
    cuts = np.sort(rng.choice(beats, 50, replace=False)) + rng.uniform(-0.03, 0.03, 50)
    found = share_hit_by_chance(cuts, beats, span, random=rng)
    assert found.score == 1.0
    assert found.chance == pytest.approx(0.14 / 0.6, abs=0.02)
    assert found.percentile > 95.0


def test_a_film_cut_to_a_click_meets_the_beat_often_when_turned_and_one_cut_freely_never() -> None:
    """Turning asks about the phase: of a beat that never varies, every fourth phase is nearly as good."""
    rng, span, drift = np.random.default_rng(2), Span(0.0, 300.0), np.random.default_rng(5)
    steady = np.arange(0.3, 300.0, 0.6)
    played = np.cumsum(drift.uniform(0.5, 0.7, 490))
    for beats, most in ((steady, 1.0), (played, 0.5)):
        cuts = np.sort(rng.choice(beats, 50, replace=False))
        found = share_hit_by_chance(cuts, beats, span, random=rng)
        assert found.score == 1.0
        assert found.chance == pytest.approx(0.14 / 0.6, abs=0.03)
        assert 0.6 * most < found.chance_95 < most + 1e-9


def test_cuts_anywhere_score_at_chance() -> None:
    rng, span = np.random.default_rng(3), Span(0.0, 200.0)
    beats = np.arange(0.1, 200.0, 0.6)
    drawn = [np.sort(rng.uniform(0.0, 200.0, 50)) for _ in range(100)]
    found = [share_hit_by_chance(cuts, beats, span, random=rng, turns=100) for cuts in drawn]
    assert np.mean([one.score for one in found]) == pytest.approx(0.14 / 0.6, abs=0.02)
    assert abs(np.mean([one.z for one in found])) < 0.3
    assert np.mean([one.percentile for one in found]) == pytest.approx(50.0, abs=9.0)


def test_turned_events_near_an_end_find_the_beats_of_the_other() -> None:
    """Three beats in three seconds, 0.25 s about each: half of the time, also about the first."""
    random = np.random.default_rng(6)
    found = share_hit_by_chance(np.array([1.5]), np.arange(3.0), Span(0.0, 3.0), 0.25, random=random)
    assert found.score == 0.0
    assert found.chance == pytest.approx(0.5, abs=0.05)


def test_on_a_raster_chance_is_that_of_the_raster() -> None:
    """120 beats per minute at 24 frames per second: cuts lie 0, 1, 2 … 12 frames from a beat.

    Within 70 ms are -1, 0 and 1 of 12 frames: a quarter, and not the 28 % of the time that 70 ms are.
    """
    rng, span = np.random.default_rng(4), Span(0.0, 200.0)
    frames = np.sort(rng.choice(4800, 400, replace=False)) / 24
    on_raster = share_hit_by_chance(frames, np.arange(0.0, 200.0, 0.5), span, random=rng, raster=1 / 24)
    anyhow = share_hit_by_chance(frames, np.arange(0.0, 200.0, 0.5), span, random=rng)
    # one to one, and 400 cuts on 400 beats: not every cut has a beat of its own
    assert anyhow.chance - on_raster.chance > 0.01
    assert abs(on_raster.z) < 3.0


@given(times(20), st.sampled_from([0.0, 0.0625, 0.3]), st.integers(0, 9))
def test_turning_keeps_how_many_there_are_and_the_span(events: Times, raster: float, seed: int) -> None:
    span = Span(0.0, 5.5)
    found = turned(events, span, 7, raster, np.random.default_rng(seed))
    assert found.shape == (7, len(events))
    assert (np.diff(found, axis=1) >= 0.0).all()
    assert ((found >= 0.0) & (found <= 5.5 + raster)).all()
    if raster == 0.0625:
        assert np.abs(found * 16 - np.round(found * 16)).max(initial=0.0) < 1e-9


def test_what_lies_outside_the_span_is_refused() -> None:
    with pytest.raises(ValueError, match=r"within the span 0 to 5 s; they reach from 1 to 7 s"):
        iou_by_chance(np.array([1.0, 7.0]), NOTHING, Span(0.0, 5.0), random=np.random.default_rng(0))


def test_a_span_cuts_what_it_does_not_hold() -> None:
    assert Span(1.0, 3.0).cut(np.array([0.9, 1.0, 2.0, 3.0])).tolist() == [1.0, 2.0]
    assert Span(3.0, 1.0).seconds == 0.0


def test_a_score_beside_chance_says_how_far_and_how_rare() -> None:
    found = against(3.0, np.array([1.0, 2.0, 3.0, 4.0]))
    assert (found.score, found.chance, found.percentile) == (3.0, 2.5, 62.5)
    assert found.z == pytest.approx(0.5 / np.std([1, 2, 3, 4]))
    assert found.chance_95 == pytest.approx(3.85)
    assert math.isnan(against(3.0, NOTHING).chance)
    assert math.isnan(against(math.nan, np.ones(3)).chance)
