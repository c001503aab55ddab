"""Curves and motion: what a correlation, a peak and a tempo must do, and small ones counted by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose
from numpy.typing import NDArray
from scipy.stats import pearsonr, spearmanr

from symmv_tools.evaluation.alignment.curves import (
    Curve,
    Together,
    averaged,
    best_lag,
    correlation,
    even_edges,
    pearson,
    together,
)
from symmv_tools.evaluation.alignment.events import Span
from symmv_tools.evaluation.alignment.motion import (
    feature_events,
    onset_strength,
    onsets_and_motion,
    peaks,
    tempo_error,
    without_cuts,
)

pytestmark = pytest.mark.quick

Floats = NDArray[np.float64]
VALUES = arrays(float, st.integers(12, 40), elements=st.integers(-9, 9).map(float))


def curve(value: Floats, step: float = 0.2, begin: float = 0.0) -> Curve:
    return Curve(even_edges(begin, begin + step * len(value), step), np.asarray(value, np.float64))


def noise(n: int, seed: int = 0) -> Floats:
    return np.random.default_rng(seed).normal(size=n)


@given(VALUES, VALUES)
def test_correlations_are_scipys(x: Floats, y: Floats) -> None:
    n = min(len(x), len(y))
    x, y = x[:n], y[:n]
    if np.ptp(x) and np.ptp(y):
        pair = Together(0.2, x, y)
        assert correlation(pair).score == pytest.approx(pearsonr(x, y).statistic, abs=1e-12)
        assert correlation(pair, by_rank=True).score == pytest.approx(spearmanr(x, y).statistic, abs=1e-12)
    else:
        assert math.isnan(pearson(x, y))


@given(VALUES, st.floats(0.1, 10), st.floats(-5, 5))
def test_scale_and_height_of_a_curve_do_not_matter(x: Floats, scale: float, height: float) -> None:
    y = noise(len(x))
    assert pearson(x * scale + height, y) == pytest.approx(pearson(x, y), nan_ok=True, abs=1e-9)


def test_nine_values_are_too_few() -> None:
    assert math.isnan(pearson(np.arange(9.0), np.arange(9.0)))
    assert pearson(np.arange(10.0), np.arange(10.0)) == pytest.approx(1.0)


def test_chance_is_every_other_turn_of_the_circle() -> None:
    x, y = noise(60, 1), noise(60, 2)
    turns = [pearsonr(x, np.roll(y, -k)).statistic for k in range(11, 50)]  # 2 s are 10 steps
    found = correlation(Together(0.2, x, y))
    assert found.chance == pytest.approx(np.mean(turns))
    assert found.chance_95 == pytest.approx(np.quantile(turns, 0.95))
    assert found.z == pytest.approx((found.score - np.mean(turns)) / np.std(turns))


def test_a_short_pair_has_a_score_and_no_chance() -> None:
    found = correlation(Together(0.2, noise(20, 1), noise(20, 2)))
    assert not math.isnan(found.score)
    assert math.isnan(found.chance)


def test_slow_curves_that_have_nothing_to_do_with_each_other_score_at_chance() -> None:
    """As draws they would be 400 each and every second pair "significant"; as curves they are a handful."""
    kernel = np.hanning(80)
    found = [
        correlation(
            Together(0.2, np.convolve(noise(400, i), kernel), np.convolve(noise(400, 999 - i), kernel))
        )
        for i in range(60)
    ]
    assert np.mean([abs(one.score) > 0.098 for one in found]) > 0.4, "0.098: p = 0.05 of 400 draws"
    assert np.mean([one.percentile > 95.0 for one in found]) < 0.15


@pytest.mark.parametrize("steps", [-5, -2, 0, 3])
def test_the_lag_is_how_much_later_the_picture_is(steps: int) -> None:
    x = noise(300)
    found = best_lag(Together(0.2, x, np.roll(x, steps)))
    assert found.lag == pytest.approx(0.2 * steps)
    assert found.scored.score == pytest.approx(1.0)
    assert found.scored.percentile == 100.0


def test_the_best_of_eleven_lags_is_above_zero_by_chance() -> None:
    found = [best_lag(Together(0.2, noise(300, i), noise(300, 999 - i))).scored for i in range(60)]
    assert np.mean([one.score for one in found]) > 0.05
    assert np.mean([one.score - one.chance for one in found]) == pytest.approx(0.0, abs=0.02)


def test_a_flat_curve_has_no_lag() -> None:
    found = best_lag(Together(0.2, np.ones(50), noise(50)))
    assert math.isnan(found.lag)
    assert math.isnan(found.scored.score)


@given(VALUES, st.floats(0.05, 3), st.floats(-1, 1))
def test_averaging_keeps_the_area(value: Floats, step: float, begin: float) -> None:
    whole = curve(value, 0.2)
    edge = np.append(even_edges(begin, whole.edge[-1], step), whole.edge[-1] + 1.0)
    mean = averaged(whole, edge)
    fine = np.linspace(edge[0], edge[-1], 20001)
    middle = (fine[1:] + fine[:-1]) / 2
    held = value[np.clip(np.searchsorted(whole.edge, middle) - 1, 0, len(value) - 1)]
    assert (mean * np.diff(edge)).sum() == pytest.approx(held.mean() * (edge[-1] - edge[0]), abs=0.05)


def test_averaging_over_its_own_edges_changes_nothing() -> None:
    value = noise(30)
    assert_allclose(averaged(curve(value), curve(value).edge), value)


def test_curves_are_laid_over_each_other_in_the_coarser_steps() -> None:
    pair = together(curve(np.arange(20.0), 0.5, 1.0), curve(np.arange(100.0), 0.1, 0.0), Span(0.0, 8.0))
    assert pair.step == 0.5
    assert_allclose(pair.music, np.arange(14))  # from 1 to 8 s
    assert_allclose(pair.picture, 12.0 + 5 * np.arange(14))


def test_curves_that_never_meet_have_nothing_in_common() -> None:
    pair = together(curve(noise(20)), curve(noise(20), begin=9.0), Span(0.0, 20.0))
    assert len(pair.music) == len(pair.picture) == 0
    assert math.isnan(correlation(pair).score)


def test_a_peak_is_where_the_curve_is_highest() -> None:
    value = np.zeros(50)
    value[[10, 30]] = 5.0
    assert_allclose(peaks(curve(value)), [2.1, 6.1])


@given(VALUES, st.floats(0.1, 10))
def test_the_scale_of_motion_does_not_matter(value: Floats, scale: float) -> None:
    assert_allclose(peaks(curve(value * scale)), peaks(curve(value)))


@given(VALUES)
def test_peaks_are_apart_and_inside(value: Floats) -> None:
    found = peaks(curve(value))
    assert (np.diff(found) >= 0.4 - 1e-9).all()
    assert ((found > 0.2) & (found < 0.2 * (len(value) - 1))).all()


@pytest.mark.parametrize("value", [np.zeros(0), np.zeros(20), np.ones(20), np.arange(20.0)])
def test_what_does_not_rise_and_fall_has_no_peak(value: Floats) -> None:
    assert not len(peaks(curve(value)))


def test_a_cut_is_no_motion() -> None:
    value = 1.0 + 0.1 * noise(50)
    value[[10, 20]] = 60.0  # the steps from 2.0 to 2.2 and from 4.0 to 4.2 s
    mended = without_cuts(curve(value), np.array([2.1, 4.2, -3.0, 99.0]))
    assert mended.value.max() < 2.0
    assert mended.value[10] == pytest.approx((value[9] + value[11]) / 2)
    kept = np.delete(np.arange(50), [10, 20, 21])  # 4.2 lies on an edge: either step may hold it
    assert_allclose(mended.value[kept], value[kept])


def test_where_all_is_cut_nothing_moves() -> None:
    mended = without_cuts(curve(noise(3)), np.array([0.1, 0.3, 0.5]))
    assert not mended.value.any()
    assert len(without_cuts(curve(noise(3)), np.zeros(0)).value) == 3


def test_onsets_are_summed_by_step() -> None:
    strength = onset_strength(
        np.array([0.0, 0.1, 0.2, 9.0]), np.array([10.0, 20, 40, 80]), even_edges(0, 0.6, 0.2)
    )
    assert_allclose(strength, [30, 40, 0])


def test_onsets_are_taken_within_the_span_in_the_curves_own_steps() -> None:
    pair = onsets_and_motion(np.array([1.05]), np.array([64.0]), curve(np.arange(20.0)), Span(0.9, 3.1))
    assert_allclose(pair.picture, np.arange(5, 15))
    assert_allclose(pair.music, [64] + [0] * 9)


def test_a_span_without_motion_has_no_steps() -> None:
    pair = onsets_and_motion(np.array([1.0]), np.array([64.0]), curve(noise(5)), Span(50.0, 60.0))
    assert len(pair.music) == len(pair.picture) == 0


def test_an_event_lies_between_the_vectors_that_differ() -> None:
    found = feature_events(np.array([0.0, 1.0, 3.0]), np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]]))
    assert found.edge.tolist() == [0.0, 1.0, 3.0]
    assert_allclose(found.value, [0.0, 1.0], atol=1e-12)


@pytest.mark.parametrize(("bpm", "octaves", "free"), [(110, 0, 0), (220, 1, 0), (55, 1, 0), (440, 2, 0)])
def test_tempo_is_counted_in_octaves(bpm: float, octaves: float, free: float) -> None:
    found = tempo_error(np.arange(50) * 60 / bpm, 5.0, (0.0, 10.0))
    assert_allclose(found, [octaves, free], atol=1e-9)


def test_no_tempo_is_further_than_half_an_octave_when_octaves_are_forgiven() -> None:
    found = tempo_error(np.arange(50) * 60 / (110 * 2**0.5), 5.0, (0.0, 10.0))
    assert_allclose(found, [0.5, 0.5])


@pytest.mark.parametrize("beats", [np.zeros(0), np.zeros(1), np.zeros(5)])
def test_without_a_tempo_there_is_no_error(beats: Floats) -> None:
    with np.errstate(divide="ignore"):
        assert all(map(math.isnan, tempo_error(beats, 5.0, (0.0, 10.0))))
