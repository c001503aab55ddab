"""Frechet distance and divergence: scipy as oracle, closed forms, laws, and intervals that hold."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from numpy.typing import NDArray
from scipy.linalg import sqrtm
from scipy.special import softmax
from scipy.stats import entropy

from symmv_tools.evaluation.distributions import (
    PairedDivergence,
    frechet,
    frechet_distance,
    frechet_of_halves,
    kl_of_pairs,
    kl_of_tags,
)

pytestmark = pytest.mark.quick

Floats = NDArray[np.float64]
Score = Callable[[Floats, Floats], PairedDivergence]


def clips(n: int, d: int, seed: int, shift: float = 0.0, spread: float = 1.0) -> Floats:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, d)) @ (rng.normal(size=(d, d)) * spread) + shift


def by_sqrtm(a: Floats, b: Floats) -> float:
    """The textbook: means, covariances, the root of their product, its real part."""
    c1, c2 = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    return float(((a.mean(0) - b.mean(0)) ** 2).sum() + np.trace(c1 + c2 - 2 * np.real(sqrtm(c1 @ c2))))


def posteriors(n: int, classes: int, seed: int) -> Floats:
    return np.asarray(softmax(np.random.default_rng(seed).normal(size=(n, classes)) * 2, axis=1), np.float64)


@pytest.mark.parametrize(("n", "m", "d"), [(50, 60, 5), (200, 100, 40), (300, 300, 128), (41, 41, 40)])
def test_the_distance_is_the_textbooks(n: int, m: int, d: int) -> None:
    a, b = clips(n, d, 1), clips(m, d, 2, shift=0.5)
    assert frechet_distance(a, b) == pytest.approx(by_sqrtm(a, b), rel=1e-9)


def test_fewer_clips_than_dimensions_are_as_exact() -> None:
    """The textbook's root fails on singular covariances; a little noise on the diagonal tends to ours."""
    a, b = clips(10, 30, 1), clips(15, 30, 2)
    c1, c2 = (np.cov(side, rowvar=False) + 1e-9 * np.eye(30) for side in (a, b))
    root = np.real(sqrtm(c1 @ c2))
    expected = ((a.mean(0) - b.mean(0)) ** 2).sum() + np.trace(c1 + c2 - 2 * root)
    assert frechet_distance(a, b) == pytest.approx(expected, rel=1e-4)


@given(st.integers(2, 30), st.integers(2, 30), st.integers(1, 12), st.integers(0, 99))
def test_it_is_symmetric_not_negative_and_zero_for_itself(n: int, m: int, d: int, seed: int) -> None:
    a, b = clips(n, d, seed), clips(m, d, seed + 1)
    distance = frechet_distance(a, b)
    assert distance >= 0.0
    assert frechet_distance(b, a) == pytest.approx(distance, rel=1e-9)
    assert frechet_distance(a, a) == pytest.approx(0.0, abs=1e-9 * (a**2).sum())


@given(st.integers(0, 99), st.floats(-50, 50))
def test_moving_one_set_adds_the_square_of_the_way(seed: int, way: float) -> None:
    a = clips(40, 4, seed)
    moved = a + np.array([way, 0.0, 0.0, 0.0])
    assert frechet_distance(a, moved) == pytest.approx(way**2, rel=1e-6, abs=1e-9 * (a**2).sum())


@given(st.integers(0, 99))
def test_turning_the_space_changes_nothing(seed: int) -> None:
    a, b = clips(30, 6, seed), clips(40, 6, seed + 7, shift=1.0)
    turn = np.linalg.qr(np.random.default_rng(seed).normal(size=(6, 6)))[0]
    assert frechet_distance(a @ turn, b @ turn) == pytest.approx(frechet_distance(a, b), rel=1e-8)


def test_in_one_dimension_it_is_means_and_deviations() -> None:
    a, b = clips(30, 1, 1), clips(50, 1, 2, shift=3.0)
    expected = (a.mean() - b.mean()) ** 2 + (a.std(ddof=1) - b.std(ddof=1)) ** 2
    assert frechet_distance(a, b) == pytest.approx(expected)


def test_small_samples_add_what_the_documentation_says() -> None:
    rng, d, n, m = np.random.default_rng(1), 20, 600, 900
    found = [frechet_distance(rng.normal(size=(n, d)), rng.normal(size=(m, d))) for _ in range(20)]
    assert np.mean(found) == pytest.approx(d * (d + 5) / 4 * (1 / n + 1 / m), rel=0.05)


def test_intervals_hold_the_true_distance_where_there_are_clips_enough() -> None:
    """Two sets of one distribution, 40 times: the truth is 0, what is measured is not."""
    found = [frechet(a, b) for a, b in _twins(40)]
    assert min(one.distance for one in found) > 0.0
    held = [one.interval is not None and one.interval[0] <= 1e-9 for one in found]
    assert np.mean(held) >= 0.9
    assert np.mean([one.corrected for one in found]) < 0.4 * np.mean([one.distance for one in found])


def _twins(count: int) -> list[tuple[Floats, Floats]]:
    rng = np.random.default_rng(5)
    return [(rng.normal(size=(60, 4)), rng.normal(size=(60, 4))) for _ in range(count)]


def test_intervals_hold_a_distance_that_is_not_zero() -> None:
    truth, held = 2.0**2 + 3 * 0.5**2 + 0.5**2, []
    for a, b in _twins(40):
        one = frechet(a, b * 1.5 + np.array([2.0, 0.0, 0.0, 0.0]))
        assert one.interval is not None
        held.append(one.interval[0] <= truth <= one.interval[1])
    assert np.mean(held) >= 0.85


def test_too_few_clips_have_a_distance_and_no_interval() -> None:
    found = frechet(clips(19, 4, 1), clips(90, 4, 2))
    assert found.interval is None
    assert math.isnan(found.corrected)
    assert found.distance == frechet_distance(clips(19, 4, 1), clips(90, 4, 2))


def test_clips_of_one_song_are_drawn_together() -> None:
    """Thirty songs of twelve equal clips say as much as thirty clips do: the interval must be that wide."""
    a, b = clips(30, 2, 1).repeat(12, axis=0), clips(30, 2, 2, shift=2.0).repeat(12, axis=0)
    songs = np.arange(30).repeat(12)
    of_songs, of_clips = frechet(a, b, songs=(songs, songs)).interval, frechet(a, b).interval
    assert of_songs is not None
    assert of_clips is not None
    assert of_songs[1] - of_songs[0] > 2.0 * (of_clips[1] - of_clips[0])


def test_halves_of_one_set_are_nearer_than_another_set() -> None:
    a = clips(200, 5, 1)
    random = np.random.default_rng(0)
    assert 0.0 < frechet_of_halves(a, random=random) < frechet_distance(a, clips(200, 5, 2))


@pytest.mark.parametrize(
    ("a", "b", "words"),
    [
        (np.zeros((5, 3)), np.zeros((5, 4)), r"\(n, d\) and \(m, d\).*\(5, 3\) and \(5, 4\)"),
        (np.zeros((1, 3)), np.zeros((5, 3)), "at least two clips"),
        (np.zeros(3), np.zeros(3), r"\(n, d\)"),
        (np.full((5, 3), np.nan), np.zeros((5, 3)), "not finite"),
    ],
)
def test_what_is_no_set_of_clips_is_refused(a: Floats, b: Floats, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        frechet_distance(a, b)


def test_divergence_is_scipys() -> None:
    p, q = posteriors(20, 7, 1), posteriors(20, 7, 2)
    # 1e-6 per class moves the mean by no more than this
    assert kl_of_pairs(p, q).found.mean == pytest.approx(entropy(p, q, axis=1).mean(), rel=1e-3)


def test_tags_are_coins() -> None:
    p, q = posteriors(20, 7, 1), posteriors(20, 7, 2)
    coins = p * np.log(p / q) + (1 - p) * np.log((1 - p) / (1 - q))
    assert kl_of_tags(p, q).found.mean == pytest.approx(coins.mean(), rel=1e-6)


@pytest.mark.parametrize("score", [kl_of_pairs, kl_of_tags])
def test_the_same_posteriors_diverge_by_nothing_and_wrong_pairs_by_something(score: Score) -> None:
    p = posteriors(20, 7, 1)
    found = score(p, p)
    assert found.found.mean == pytest.approx(0.0, abs=1e-12)
    assert found.chance > 0.1


def test_pairs_that_have_nothing_to_do_with_each_other_score_at_chance() -> None:
    found = kl_of_pairs(posteriors(200, 7, 1), posteriors(200, 7, 2))
    assert found.found.interval is not None
    assert found.found.interval[0] < found.chance < found.found.interval[1]


def test_chance_is_the_mean_of_all_wrong_pairs() -> None:
    p, q = posteriors(5, 4, 1), posteriors(5, 4, 2)
    wrong = [kl_of_pairs(p[[i]], q[[j]]).found.mean for i in range(5) for j in range(5) if i != j]
    assert kl_of_pairs(p, q).chance == pytest.approx(np.mean(wrong))
    assert math.isnan(kl_of_pairs(p[:1], q[:1]).chance)


@given(st.integers(0, 99), st.permutations(range(6)))
def test_the_order_of_classes_and_of_pairs_does_not_matter(seed: int, order: list[int]) -> None:
    p, q = posteriors(6, 6, seed), posteriors(6, 6, seed + 1)
    expected = kl_of_pairs(p, q)
    for p2, q2 in ((p[order], q[order]), (p[:, order], q[:, order])):
        found = kl_of_pairs(p2, q2)
        assert_allclose([found.found.mean, found.chance], [expected.found.mean, expected.chance], rtol=1e-9)


def test_a_class_that_is_never_heard_costs_much_but_not_everything() -> None:
    assert 10.0 < kl_of_pairs(np.array([[1.0, 0.0]]), np.array([[0.0, 1.0]])).found.mean < 14.0


@pytest.mark.parametrize(
    ("true", "found", "words"),
    [
        (np.ones((2, 3)) / 3, np.ones((3, 3)) / 3, r"one shape.*\(2, 3\) and \(3, 3\)"),
        (np.ones((2, 3)) / 3, np.ones((2, 3)) / 2, "sum to 1.*1.5"),
        (np.array([[3.0, -2.0]]), np.array([[0.5, 0.5]]), "logits"),
        (np.zeros((0, 3)), np.zeros((0, 3)), "n > 0"),
    ],
)
def test_what_is_no_posterior_is_refused(true: Floats, found: Floats, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        kl_of_pairs(true, found)
