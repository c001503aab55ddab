"""Intervals of shares: Wilson's as scipy has it, and wider where answers go together."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest

from symmv_tools.evaluation.shares import effective_n, share_of, wilson

pytestmark = pytest.mark.quick
few = settings(max_examples=60, deadline=None)


@few
@given(st.integers(0, 400), st.integers(0, 400))
def test_it_is_scipys_wilson(wins: int, losses: int) -> None:
    n = max(wins + losses, 1)
    theirs = binomtest(min(wins, n), n).proportion_ci(method="wilson")
    assert wilson(min(wins, n) / n, n) == pytest.approx((theirs.low, theirs.high), abs=1e-12)


@few
@given(st.lists(st.booleans(), min_size=2, max_size=40))
def test_answers_of_their_own_are_independent(answers: list[bool]) -> None:
    values = np.array(answers, float)
    share, interval = share_of(values, np.arange(len(values)))
    assert share == values.mean()
    assert interval == pytest.approx(wilson(share, len(values)))


@few
@given(st.lists(st.booleans(), min_size=3, max_size=20), st.integers(2, 5))
def test_copies_of_an_answer_say_no_more_than_one(answers: list[bool], copies: int) -> None:
    values, cluster = np.repeat(np.array(answers, float), copies), np.repeat(np.arange(len(answers)), copies)
    n = effective_n(values, cluster)
    assert n is not None
    assert n <= len(answers) + 1e-9
    _, wider = share_of(values, cluster)
    assert wider is not None
    once = wilson(values.mean(), len(answers))
    assert wider[0] <= once[0] + 1e-9
    assert wider[1] >= once[1] - 1e-9


@few
@given(st.lists(st.tuples(st.sampled_from([0.0, 0.5, 1.0]), st.integers(0, 4)), min_size=2, max_size=40))
def test_clusters_never_make_an_interval_narrower(answers: list[tuple[float, int]]) -> None:
    values, cluster = np.array(answers).T
    share, interval = share_of(values, cluster)
    if len(set(cluster)) == 1:
        assert interval is None
        return
    plain = wilson(share, len(values))
    assert interval is not None
    assert 0 <= interval[0] <= plain[0] + 1e-9
    assert plain[1] - 1e-9 <= interval[1] <= 1


def test_listeners_who_differ_are_held_by_clusters_and_missed_without() -> None:
    """True rate .65, but every listener has a leaning of their own: answers alone claim too much."""
    held = {"clusters": 0, "answers": 0}
    for seed in range(100):
        random = np.random.default_rng(seed)
        listener = np.repeat(np.arange(30), 20)
        values = (random.uniform(size=600) < random.beta(2.6, 1.4, 30)[listener]).astype(float)
        for name, by in (("clusters", listener), ("answers", np.arange(600))):
            _, interval = share_of(values, by)
            assert interval is not None
            held[name] += interval[0] <= 0.65 <= interval[1]
    assert held["clusters"] >= 92
    assert held["answers"] < 75
