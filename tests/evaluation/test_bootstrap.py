"""Intervals over songs: they hold their mean, shrink with more songs, and are the same tomorrow."""

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symmv_tools.evaluation.bootstrap import (
    RESAMPLES,
    SEED,
    Estimate,
    estimate,
    estimate_of_skewed,
    times_drawn,
)

pytestmark = pytest.mark.quick
few = settings(max_examples=30, deadline=None)

scored = st.lists(st.tuples(st.floats(0, 1), st.floats(0.01, 1000)), min_size=2, max_size=40)


@few
@given(scored)
def test_an_interval_holds_its_mean_and_stays_in_range(songs: list[tuple[float, float]]) -> None:
    values, weights = np.array(songs).T
    mean, interval = estimate(values, weights)
    assert mean == pytest.approx(np.average(values, weights=weights))
    assert interval is not None
    assert values.min() - 1e-9 <= interval[0] <= mean <= interval[1] <= values.max() + 1e-9
    assert estimate(values, weights) == (mean, interval)


@few
@given(scored, st.floats(0.1, 10))
def test_the_unit_of_the_weights_does_not_matter(songs: list[tuple[float, float]], factor: float) -> None:
    values, weights = np.array(songs).T
    one, other = estimate(values, weights), estimate(values, weights * factor)
    assert one.mean == pytest.approx(other.mean)
    assert one.interval == pytest.approx(other.interval)


def test_more_songs_make_a_narrower_interval() -> None:
    values = np.random.default_rng(1).uniform(size=4000)
    widths = []
    for n in (10, 100, 1000, 4000):
        _, interval = estimate(values[:n], np.ones(n))
        assert interval is not None
        widths.append(interval[1] - interval[0])
    assert widths == sorted(widths, reverse=True)
    # 2 x 1.96 standard errors of a uniform variable
    assert widths[2] == pytest.approx(3.92 * np.sqrt(1 / 12 / 1000), rel=0.1)


def test_a_single_song_has_no_interval() -> None:
    assert estimate(np.array([0.75]), np.array([4.0])) == Estimate(0.75, None)


def test_it_is_the_plain_bootstrap() -> None:
    values, weights = np.random.default_rng(2).uniform(size=(2, 30))
    random = np.random.default_rng(SEED)
    means = []
    for _ in range(RESAMPLES):
        drawn = random.integers(30, size=30)
        means.append(np.average(values[drawn], weights=weights[drawn]))
    assert estimate(values, weights).interval == pytest.approx(tuple(np.quantile(means, [0.025, 0.975])))


def test_twenty_thousand_songs_take_seconds() -> None:
    begin = time.monotonic()
    assert estimate(np.random.default_rng(3).uniform(size=20_000), np.ones(20_000)).interval is not None
    assert time.monotonic() - begin < 10


def test_songs_are_drawn_as_often_as_there_are() -> None:
    times = times_drawn(7)
    assert times.shape == (RESAMPLES, 7)
    assert (times.sum(axis=1) == 7).all()
    assert times.mean() == 1


@few
@given(scored)
def test_a_long_tail_never_narrows_an_interval(songs: list[tuple[float, float]]) -> None:
    values, weights = np.array(songs).T
    plain, wide = estimate(values, weights), estimate_of_skewed(values, weights)
    assert plain.interval is not None
    assert wide.interval is not None
    assert wide.mean == plain.mean
    assert wide.interval[0] <= plain.interval[0]
    assert plain.interval[1] <= wide.interval[1]


def test_the_bootstrap_t_is_that_of_plain_resampling() -> None:
    """Weights are songs' numbers of queries; the resamples are drawn here, one by one."""
    values, weights = (
        np.random.default_rng(3).pareto(2, 40),
        np.random.default_rng(4).integers(1, 5, 40).astype(float),
    )

    def mean_and_error(of: np.ndarray) -> tuple[float, float]:
        mean = np.average(values[of], weights=weights[of])
        return mean, np.sqrt(((weights[of] * (values[of] - mean)) ** 2).sum()) / weights[of].sum()

    mean, own = mean_and_error(np.arange(40))
    resampled = [mean_and_error(np.repeat(np.arange(40), times)) for times in times_drawn(40)]
    low, high = np.quantile([(each - mean) / error for each, error in resampled], [0.025, 0.975])
    found, plain = estimate_of_skewed(values, weights), estimate(values, weights)
    assert found.interval is not None
    assert plain.interval is not None
    assert found.interval[1] == pytest.approx(max(mean - low * own, plain.interval[1]))
    assert found.interval[0] == pytest.approx(min(mean - high * own, plain.interval[0]))


def test_a_single_skewed_song_has_no_interval() -> None:
    assert estimate_of_skewed(np.array([0.75]), np.array([4.0])) == Estimate(0.75, None)
