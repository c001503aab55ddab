"""The forward process and its posterior, against the same taken step by step."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from symmv_tools.models.diffusion.schedule import SCHEDULES, Schedule, cosine, scaled_linear

pytestmark = pytest.mark.quick

kinds = pytest.mark.parametrize("kind", SCHEDULES)


def betas(schedule: Schedule) -> list[float]:
    """Each step's own, from the shares."""
    shares = [1.0, *schedule.alpha_bar.tolist()]
    return [1 - now / before for before, now in pairwise(shares)]


def test_the_scaled_linear_schedule_is_that_of_the_release() -> None:
    """Roots of beta go evenly from that of .00085 to that of .012."""
    roots = [math.sqrt(0.00085) + i / 999 * (math.sqrt(0.012) - math.sqrt(0.00085)) for i in range(1000)]
    np.testing.assert_allclose(betas(scaled_linear(1000)), np.square(roots), rtol=1e-9)


def test_the_cosine_schedule_is_that_of_its_paper() -> None:
    """f(t) / f(0) with f(t) = cos²((t / N + .008) / 1.008 * pi / 2), but for the last step's clipped beta."""
    f = [math.cos((t / 50 + 0.008) / 1.008 * math.pi / 2) ** 2 for t in range(51)]
    np.testing.assert_allclose(cosine(50).alpha_bar[:-1], np.array(f[1:-1]) / f[0], rtol=1e-9)
    assert betas(cosine(50))[-1] == pytest.approx(0.999)


@kinds
def test_all_steps_at_once_are_one_step_after_another(kind: str) -> None:
    """Of x_t = sqrt(1 - beta) x_(t-1) + sqrt(beta) noise, the mean and the variance by recursion."""
    schedule = SCHEDULES[kind](200)
    mean, variance = 1.0, 0.0
    for t, beta in enumerate(betas(schedule)):
        mean, variance = mean * math.sqrt(1 - beta), variance * (1 - beta) + beta
        level = schedule.level(t)
        assert level.data == pytest.approx(mean, rel=1e-8)
        assert level.noise**2 == pytest.approx(variance, rel=1e-8)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 98), st.integers(1, 99), st.sampled_from(sorted(SCHEDULES)))
def test_the_posterior_is_what_bayes_says(s: int, away: int, kind: str) -> None:
    """Given x_0, x_s and x_t are jointly Gaussian: condition the one on the other."""
    t = min(s + away, 99)
    schedule = SCHEDULES[kind](100)
    now, then, onward = schedule.level(t), schedule.level(s), schedule.onward(s, t)
    covariance, variance = onward.data * then.noise**2, now.noise**2
    slope = covariance / variance
    found = schedule.posterior(t, s)
    assert found.of_x == pytest.approx(slope, rel=1e-6)
    assert found.of_x0 == pytest.approx(then.data - slope * now.data, rel=1e-6, abs=1e-9)
    assert found.deviation**2 == pytest.approx(then.noise**2 - slope * covariance, rel=1e-6, abs=1e-9)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 98), st.integers(1, 99))
def test_going_on_from_an_earlier_step_is_going_from_the_data(s: int, away: int) -> None:
    schedule, t = scaled_linear(100), min(s + away, 99)
    then, onward, now = schedule.level(s), schedule.onward(s, t), schedule.level(t)
    assert onward.data * then.data == pytest.approx(now.data)
    assert math.hypot(onward.data * then.noise, onward.noise) == pytest.approx(now.noise)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
def test_each_piece_has_its_own_step(dtype: torch.dtype) -> None:
    schedule, t = cosine(30), torch.tensor([0, 29, 7])
    found = schedule.levels(t, torch.zeros(3, 2, 4, 4, dtype=dtype))
    assert found.data.shape == found.noise.shape == (3, 1, 1, 1)
    assert found.data.dtype == dtype
    for i, step in enumerate(t.tolist()):
        level = schedule.level(step)
        torch.testing.assert_close(found.data[i].item(), torch.tensor(level.data, dtype=dtype).item())
        torch.testing.assert_close(found.noise[i].item(), torch.tensor(level.noise, dtype=dtype).item())
        assert schedule.snr(t)[i].item() == pytest.approx((level.data / level.noise) ** 2)


@pytest.mark.parametrize("shares", [[], [0.5, 0.6], [1.0, 0.5], [0.5, 0.0], [[0.5, 0.4]]])
def test_what_is_no_schedule_is_refused(shares: list[float]) -> None:
    with pytest.raises(ValueError, match="one row that falls"):
        Schedule(np.array(shares))
