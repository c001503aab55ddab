"""What is predicted, and what a wrong prediction costs."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from symmv_tools.models.diffusion.losses import drawn_steps, losses, min_snr_weight
from symmv_tools.models.diffusion.objectives import OBJECTIVES, noise_of, noised
from symmv_tools.models.diffusion.schedule import SCHEDULES, cosine, scaled_linear

pytestmark = pytest.mark.quick

objectives = pytest.mark.parametrize("objective", OBJECTIVES)
STEPS = torch.tensor([0, 3, 40, 98])


def rolls(seed: int) -> Tensor:
    return torch.randn(4, 2, 5, 3, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@objectives
@settings(max_examples=15, deadline=None)
@given(t=st.integers(0, 98), kind=st.sampled_from(sorted(SCHEDULES)))
def test_the_right_prediction_stands_for_the_data(objective: str, t: int, kind: str) -> None:
    level = SCHEDULES[kind](100).level(t)
    x0, noise = rolls(0), rolls(1)
    x = noised(x0, noise, level)
    target = OBJECTIVES[objective].target(x0, noise, level)
    torch.testing.assert_close(OBJECTIVES[objective].x0(target, x, level), x0, atol=1e-9, rtol=0)
    torch.testing.assert_close(noise_of(x0, x, level), noise, atol=1e-9, rtol=0)


@objectives
def test_the_right_prediction_costs_nothing(objective: str) -> None:
    schedule, x0, noise = cosine(100), rolls(0), rolls(1)
    target = OBJECTIVES[objective].target(x0, noise, schedule.levels(STEPS, x0))
    cost = losses(lambda x, t: target, schedule, x0, STEPS, noise, objective=objective)
    assert torch.equal(cost, torch.zeros(4))


def test_epsilon_costs_what_equation_10_says() -> None:
    """A second implementation, piece by piece."""
    schedule, x0, noise = scaled_linear(100), rolls(0), rolls(1)
    asked = []

    def predict(x: Tensor, t: Tensor) -> Tensor:
        asked.append(x)
        return x * 0.3 + t[:, None, None, None] / 100

    cost = losses(predict, schedule, x0, STEPS, noise)
    for i, t in enumerate(STEPS.tolist()):
        alpha_bar = schedule.alpha_bar[t]
        x = alpha_bar**0.5 * x0[i] + (1 - alpha_bar) ** 0.5 * noise[i]
        torch.testing.assert_close(asked[0][i], x, atol=1e-12, rtol=0)
        expected = (noise[i] - (x * 0.3 + t / 100)).square().mean().item()
        assert cost[i].item() == pytest.approx(expected, rel=1e-5)


def test_velocity_costs_what_its_paper_says() -> None:
    schedule, x0, noise = scaled_linear(100), rolls(0), rolls(1)
    cost = losses(lambda x, t: x * 0.3, schedule, x0, STEPS, noise, objective="v")
    for i, t in enumerate(STEPS.tolist()):
        a, s = schedule.alpha_bar[t] ** 0.5, (1 - schedule.alpha_bar[t]) ** 0.5
        v, x = a * noise[i] - s * x0[i], a * x0[i] + s * noise[i]
        assert cost[i].item() == pytest.approx((v - 0.3 * x).square().mean().item(), rel=1e-5)


@objectives
@settings(max_examples=15, deadline=None)
@given(gamma=st.floats(0.5, 20), seed=st.integers(0, 9))
def test_under_min_snr_a_wrong_guess_costs_the_same_however_it_is_said(
    objective: str, gamma: float, seed: int
) -> None:
    """Namely min(snr, gamma) times the squared error of the data."""
    schedule, x0, noise, guess = scaled_linear(100), rolls(seed), rolls(10), rolls(11)

    def predict(x: Tensor, t: Tensor) -> Tensor:
        level = schedule.levels(t, x)
        return OBJECTIVES[objective].target(guess, noise_of(guess, x, level), level)

    cost = losses(predict, schedule, x0, STEPS, noise, objective=objective, min_snr=gamma)
    error = (guess - x0).square().flatten(1).mean(dim=1).float()
    expected = schedule.snr(STEPS).clamp(max=gamma) * error
    torch.testing.assert_close(cost, expected, rtol=1e-4, atol=0)


@objectives
def test_without_gamma_all_steps_weigh_the_same(objective: str) -> None:
    snr = scaled_linear(100).snr(STEPS)
    assert torch.equal(min_snr_weight(snr, objective, 0.0), torch.ones(4))


def test_a_piece_costs_the_same_in_any_batch() -> None:
    schedule, x0, noise = scaled_linear(100), rolls(0), rolls(1)
    every = losses(lambda x, t: x.sin(), schedule, x0, STEPS, noise)
    for i in range(4):
        one = slice(i, i + 1)
        alone = losses(lambda x, t: x.sin(), schedule, x0[one], STEPS[one], noise[one])
        torch.testing.assert_close(every[one], alone)


def test_steps_are_drawn_evenly_and_the_same_by_the_same_chance() -> None:
    like = torch.zeros(40_000, 1)
    drawn = drawn_steps(scaled_linear(4), like, torch.Generator().manual_seed(0))
    assert torch.equal(drawn, drawn_steps(scaled_linear(4), like, torch.Generator().manual_seed(0)))
    counts = drawn.bincount(minlength=4)
    assert len(counts) == 4
    assert (counts - 10_000).abs().max() < 5 * (40_000 * 0.25 * 0.75) ** 0.5
