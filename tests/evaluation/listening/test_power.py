"""Power: what counting says, and sample sizes that are enough."""

import numpy as np
import pytest
from scipy.stats import binom, binomtest

from symmv_tools.errors import BadCall
from symmv_tools.evaluation.listening.power import answers_needed, detectable_preference, power

pytestmark = pytest.mark.quick


@pytest.mark.parametrize("preference", [0.5, 0.65, 0.2, 1.0])
def test_it_is_the_chance_that_scipys_exact_test_refuses_a_half(preference: float) -> None:
    for n in (*range(1, 30), 97):
        refuses = [wins for wins in range(n + 1) if binomtest(wins, n).pvalue <= 0.05]
        assert power(preference, n) == pytest.approx(np.sum(binom.pmf(refuses, n, preference)), abs=1e-12)


def test_the_test_errs_in_one_study_of_twenty_at_most() -> None:
    assert (power(0.5, np.arange(1, 500)) <= 0.05).all()


@pytest.mark.parametrize(("preference", "needed"), [(0.55, 820), (0.65, 97), (0.75, 35), (0.25, 35)])
def test_what_is_needed_is_enough_for_ever_and_one_less_is_not(preference: float, needed: int) -> None:
    assert answers_needed(preference) == needed
    assert (power(preference, np.arange(needed, 20 * needed)) >= 0.8).all()
    assert power(preference, needed - 1) < 0.8


def test_more_is_needed_for_less_and_for_surer() -> None:
    assert answers_needed(0.6) > answers_needed(0.7) > answers_needed(0.9)
    assert answers_needed(0.65, 0.9) > answers_needed(0.65, 0.8)


def test_what_can_be_detected_has_the_power_wanted() -> None:
    for n in (6, 18, 97, 276):
        found = detectable_preference(n)
        assert found is not None
        assert power(found, n) == pytest.approx(0.8)
    assert detectable_preference(5) is None
    assert detectable_preference(0) is None


def test_no_study_tells_a_half_from_a_half() -> None:
    with pytest.raises(BadCall, match=r"0\.501 cannot be told from 1/2"):
        answers_needed(0.501)
    with pytest.raises(BadCall, match=r"1\.2 cannot"):
        answers_needed(1.2)
    with pytest.raises(BadCall, match=r"between 0\.05 and 1; got 80"):
        answers_needed(0.65, 80)
    with pytest.raises(BadCall, match=r"between 0\.05 and 1"):
        detectable_preference(20, 1.0)
