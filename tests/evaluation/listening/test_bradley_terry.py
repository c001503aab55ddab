"""Strengths: what two systems' rate says, the laws of the model, and who cannot have any."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from scipy.special import expit

from symmv_tools.errors import BadCall
from symmv_tools.evaluation.listening.bradley_terry import bradley_terry

pytestmark = pytest.mark.quick
few = settings(max_examples=40, deadline=None)
Floats = NDArray[np.float64]
tables = arrays(float, (4, 4), elements=st.integers(0, 9).map(float)).map(lambda wins: wins * (1 - np.eye(4)))
NAMES = ("ours", "theirs", "human", "random")


@few
@given(st.integers(1, 200), st.integers(1, 200))
def test_of_two_systems_it_is_the_rate(wins: int, losses: int) -> None:
    found = bradley_terry(("ours", "theirs"), np.array([[0, wins], [losses, 0]], float))
    value, (low, high) = found.preferred("ours", "theirs")
    assert value == pytest.approx(wins / (wins + losses), abs=1e-6)
    assert low < value < high
    reach = 1.959963984540054 * np.sqrt(1 / wins + 1 / losses)  # of the log-odds, as in any textbook
    assert (low, high) == pytest.approx(
        [expit(np.log(wins / losses) + sign * reach) for sign in (-1, 1)], abs=1e-6
    )


@few
@given(tables)
def test_expected_wins_are_those_seen(wins: Floats) -> None:
    assume((np.linalg.matrix_power(wins + np.eye(4), 3) > 0).all())  # everybody was preferred to everybody
    found = bradley_terry(NAMES, wins)
    expected = (wins + wins.T) * expit(found.strength[:, None] - found.strength)
    np.testing.assert_allclose(expected.sum(axis=1), wins.sum(axis=1), atol=1e-5)
    assert found.strength.mean() == pytest.approx(0, abs=1e-9)
    assert found.covariance.sum(axis=1) == pytest.approx(np.zeros(4), abs=1e-6)


@few
@given(tables, st.permutations(range(4)))
def test_the_order_of_systems_does_not_matter(wins: Floats, order: list[int]) -> None:
    wins = wins + 1 - np.eye(4)
    found = bradley_terry(NAMES, wins)
    shuffled = bradley_terry([NAMES[i] for i in order], wins[np.ix_(order, order)])
    for name in NAMES:
        assert shuffled.of(name).value == pytest.approx(found.of(name).value, abs=1e-6)
        assert shuffled.of(name).interval == pytest.approx(found.of(name).interval, abs=1e-6)


def test_true_strengths_are_held_by_their_intervals() -> None:
    true = np.array([0.8, 0.2, -0.3, -0.7])
    held = 0
    for seed in range(100):
        random = np.random.default_rng(seed)
        wins = np.zeros((4, 4))
        for i in range(4):
            for j in range(i + 1, 4):
                wins[i, j] = random.binomial(40, expit(true[i] - true[j]))
                wins[j, i] = 40 - wins[i, j]
        low, high = bradley_terry(NAMES, wins).of("ours").interval
        held += low <= true[0] <= high
    assert held >= 92


def test_even_a_thousand_to_one_is_found() -> None:
    wins = np.array([[0, 1000, 0], [1, 0, 1000], [1, 1, 0]], float)
    found = bradley_terry(NAMES[:3], wins)
    expected = (wins + wins.T) * expit(found.strength[:, None] - found.strength)
    np.testing.assert_allclose(expected.sum(axis=1), wins.sum(axis=1), atol=1e-4)


def test_whoever_never_lost_has_no_strength() -> None:
    with pytest.raises(BadCall, match=r"nobody preferred another system to human$") as caught:
        bradley_terry(NAMES[:3], np.array([[0, 3, 0], [2, 0, 0], [4, 4, 0]], float))
    assert "preference rates" in caught.value.hint


def test_two_studies_that_never_met_have_no_common_scale() -> None:
    wins = np.zeros((4, 4))
    wins[0, 1] = wins[1, 0] = wins[2, 3] = wins[3, 2] = 5
    with pytest.raises(BadCall, match=r"to ours, theirs$"):
        bradley_terry(NAMES, wins)


def test_one_system_and_wrong_tables_are_refused() -> None:
    with pytest.raises(BadCall, match="two systems; got 1"):
        bradley_terry(["ours"], np.zeros((1, 1)))
    with pytest.raises(ValueError, match=r"\(2, 2\).*got \(3, 3\)"):
        bradley_terry(NAMES[:2], np.zeros((3, 3)))
    with pytest.raises(ValueError, match="0 on the diagonal"):
        bradley_terry(NAMES[:2], np.eye(2))
