"""Preference rates: their rules for ties, and a simulated study that is recovered."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, binomtest

from symmv_tools.evaluation.listening.preferences import Ties, preference

pytestmark = pytest.mark.quick
few = settings(max_examples=50, deadline=None)
outcomes = st.lists(st.sampled_from([0.0, 0.5, 1.0]), min_size=1, max_size=40).map(np.array)


@few
@given(outcomes)
def test_two_systems_rates_sum_to_one_where_ties_are_halved(said: np.ndarray) -> None:
    ours, theirs = preference(said), preference(1 - said)
    assert ours.rate + theirs.rate == pytest.approx(1)
    assert ours.interval == pytest.approx((1 - theirs.interval[1], 1 - theirs.interval[0]))
    assert (ours.wins, ours.ties, ours.losses) == (theirs.losses, theirs.ties, theirs.wins)
    assert preference(said, ties="lost").rate <= ours.rate


@few
@given(st.integers(0, 30), st.integers(0, 30))
def test_without_ties_every_rule_is_wilsons_interval(wins: int, losses: int) -> None:
    said = np.array([1.0] * wins + [0.0] * losses + [1.0])
    theirs = binomtest(wins + 1, len(said)).proportion_ci(method="wilson")
    rules: tuple[Ties, ...] = ("half", "dropped", "lost")
    for rule in rules:
        found = preference(said, ties=rule)
        assert found.rate == (wins + 1) / len(said)
        assert found.interval == pytest.approx((theirs.low, theirs.high), abs=1e-12)


def test_ties_count_as_the_rule_says() -> None:
    said = np.array([1.0, 1.0, 0.5, 0.5, 0.0])
    assert preference(said).rate == 0.6
    assert preference(said, ties="dropped").rate == pytest.approx(2 / 3)
    assert preference(said, ties="lost").rate == 0.4


def test_nothing_but_dropped_ties_says_nothing() -> None:
    found = preference(np.array([0.5, 0.5]), ties="dropped")
    assert np.isnan(found.rate)
    assert (found.interval, found.interval_by_rater, found.ties) == ((0.0, 1.0), None, 2)


def test_published_rates_have_the_intervals_they_lack() -> None:
    """V-MusProd's 73 % of 10 experts, three videos each: clear of 50 % as 30 answers, not as 10 experts."""
    said = np.array([1.0] * 22 + [0.0] * 8)
    low, high = preference(said).interval
    assert (round(low, 2), round(high, 2)) == (0.56, 0.86)
    few_raters = preference(said, np.arange(30) // 3).interval_by_rater  # nearly each of one mind
    assert few_raters is not None
    assert few_raters[0] < 0.5


def test_a_simulated_study_is_recovered() -> None:
    """46 people, 6 videos, true preference .65: within the interval in 93 of 100 studies or more.

    A thousand studies, for of a hundred 92 would be no rare accident.
    """
    raters = np.repeat(np.arange(46), 6)
    held = {"answers": 0, "raters": 0}
    for seed in range(1000):
        said = (np.random.default_rng(seed).uniform(size=len(raters)) < 0.65).astype(float)
        found = preference(said, raters)
        held["answers"] += found.interval[0] <= 0.65 <= found.interval[1]
        assert found.interval_by_rater is not None
        held["raters"] += found.interval_by_rater[0] <= 0.65 <= found.interval_by_rater[1]
    assert min(held.values()) >= 930, held


@pytest.mark.parametrize("n", [18, 46, 108, 276])
def test_of_all_studies_there_can_be_enough_are_recovered(n: int) -> None:
    """The same without chance: every number of wins, each as likely as it is."""
    held = 0.0
    for wins in range(n + 1):
        low, high = preference(np.array([1.0] * wins + [0.0] * (n - wins))).interval
        held += binom.pmf(wins, n, 0.65) * (low <= 0.65 <= high)
    assert held >= 0.93


def test_other_outcomes_are_refused() -> None:
    with pytest.raises(ValueError, match=r"1 \(preferred\), 0.5"):
        preference(np.array([1.0, 2.0]))
    with pytest.raises(ValueError, match="outcomes"):
        preference(np.array([np.nan]))
