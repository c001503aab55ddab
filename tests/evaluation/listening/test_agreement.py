"""Agreement: whole, none, and what the two measures have in common."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from symmv_tools.evaluation.listening.agreement import Level, fleiss_kappa, krippendorff_alpha

pytestmark = pytest.mark.quick
few = settings(max_examples=20, deadline=None)
Floats = NDArray[np.float64]
LEVELS: tuple[Level, ...] = ("nominal", "ordinal", "interval")
ratings = arrays(float, (4, 6), elements=st.sampled_from([1.0, 2.0, 3.0, 5.0, np.nan]))


@pytest.mark.parametrize("level", LEVELS)
def test_raters_of_one_mind_agree_wholly(level: Level) -> None:
    found = krippendorff_alpha(np.tile(np.array([1.0, 2.0, 5.0, 2.0]), (3, 1)), level)
    assert found.value == 1.0
    assert found.interval == (1.0, 1.0)


@pytest.mark.parametrize("level", LEVELS)
def test_random_raters_agree_by_chance(level: Level) -> None:
    said = np.random.default_rng(0).integers(1, 6, (10, 400)).astype(float)
    found = krippendorff_alpha(said, level)
    assert found.value == pytest.approx(0, abs=0.02)
    assert found.interval is not None
    assert found.interval[0] <= found.value <= found.interval[1]
    assert found.interval[1] - found.interval[0] < 0.05


def test_the_example_of_krippendorff() -> None:
    """His section C: four observers, twelve units, gaps; .743 nominal, .815 ordinal, .849 interval."""
    gap = np.nan
    said = np.array(
        [
            [1, 2, 3, 3, 2, 1, 4, 1, 2, gap, gap, gap],
            [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, gap, 3],
            [gap, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, gap],
            [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, gap],
        ]
    )
    for level, alpha in zip(LEVELS, (0.743, 0.815, 0.849), strict=True):
        assert krippendorff_alpha(said, level).value == pytest.approx(alpha, abs=6e-4)


@few
@given(ratings, st.permutations(range(4)), st.permutations(range(6)))
def test_raters_and_items_have_no_order(said: Floats, raters: list[int], items: list[int]) -> None:
    for level in LEVELS:
        one = krippendorff_alpha(said, level).value
        other = krippendorff_alpha(said[np.ix_(raters, items)], level).value
        assert other == pytest.approx(one, nan_ok=True)
        assert np.isnan(one) or one <= 1 + 1e-12


@few
@given(ratings)
def test_an_item_with_one_rating_says_nothing(said: Floats) -> None:
    lone = np.full((4, 1), np.nan)
    lone[0] = 4.0
    for level in LEVELS:
        more = krippendorff_alpha(np.concatenate([said, lone], axis=1), level)
        assert more.value == pytest.approx(krippendorff_alpha(said, level).value, nan_ok=True)


@few
@given(arrays(float, (3, 8), elements=st.sampled_from([0.0, 1.0])))
def test_of_two_answers_the_levels_are_one_and_alpha_is_kappa_for_few_raters(said: Floats) -> None:
    found = [krippendorff_alpha(said, level).value for level in LEVELS]
    assert found == pytest.approx([found[0]] * 3, nan_ok=True)
    kappa = fleiss_kappa(np.stack([(said == one).sum(axis=0) for one in (0, 1)], axis=1).astype(float)).value
    # Alpha expects chance without replacement: the same but for one part in all n = 24 answers.
    assert 1 - found[0] == pytest.approx((1 - kappa) * 23 / 24, nan_ok=True)


def test_where_nothing_else_was_said_there_is_nothing_to_agree_on() -> None:
    for level in LEVELS:
        found = krippendorff_alpha(np.full((3, 5), 2.0), level)
        assert np.isnan(found.value)
        assert found.interval is None
    assert np.isnan(krippendorff_alpha(np.full((3, 5), np.nan), "nominal").value)
    assert np.isnan(fleiss_kappa(np.array([[3.0, 0.0], [3.0, 0.0]])).value)


def test_an_item_has_no_interval() -> None:
    assert fleiss_kappa(np.array([[2.0, 1.0]])).interval is None


def test_kappa_wants_as_many_raters_everywhere() -> None:
    with pytest.raises(ValueError, match=r"same number of raters, 2 or more; got \[2.0, 3.0\]"):
        fleiss_kappa(np.array([[2.0, 1.0], [1.0, 1.0]]))
    with pytest.raises(ValueError, match=r"got \[1.0\]"):
        fleiss_kappa(np.array([[1.0, 0.0]]))
