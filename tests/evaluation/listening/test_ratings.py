"""Mean ratings: Student's t as scipy has it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from symmv_tools.evaluation.listening.ratings import mean_rating

pytestmark = pytest.mark.quick


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(1, 5), min_size=2, max_size=40).filter(lambda said: len(set(said)) > 1))
def test_it_is_scipys_interval(said: list[int]) -> None:
    found = mean_rating(np.array(said, float))
    theirs = stats.ttest_1samp(said, 0.0).confidence_interval(0.95)
    assert found.interval == pytest.approx((theirs.low, theirs.high))
    assert found.sd == pytest.approx(np.std(said, ddof=1))


def test_a_mean_is_held_by_its_interval() -> None:
    held = 0
    for seed in range(1000):
        said = np.clip(np.random.default_rng(seed).normal(3.3, 1, 18).round(), -10, 10)
        interval = mean_rating(said).interval
        assert interval is not None
        held += interval[0] <= 3.3 <= interval[1]
    assert held >= 930


def test_one_rating_has_no_interval() -> None:
    found = mean_rating(np.array([4.0]))
    assert (found.mean, found.interval, found.n) == (4.0, None, 1)
    assert np.isnan(found.sd)
