"""Samplers against the papers' own formulas, and against Gaussian data, of which everything is known."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from symmv_tools.models.diffusion.denoiser import Denoiser, Known
from symmv_tools.models.diffusion.objectives import OBJECTIVES, Predict
from symmv_tools.models.diffusion.samplers import SAMPLERS, SPACINGS, sample, times
from symmv_tools.models.diffusion.schedule import SCHEDULES, Schedule, cosine, scaled_linear

pytestmark = pytest.mark.quick

samplers = pytest.mark.parametrize("sampler", SAMPLERS)


def chance(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def noise(*shape: int) -> Tensor:
    return torch.randn(*shape, generator=chance(9), dtype=torch.float64)


def some_network(x: Tensor, t: Tensor) -> Tensor:
    """Nothing in particular, but not linear, and different at every step."""
    return (1.3 * x + t.view(-1, *[1] * (x.ndim - 1)) / 70).sin()


# --- against the formulas -------------------------------------------------------------------------


def test_ddpm_is_algorithm_2_of_ho_et_al() -> None:
    """In their terms: alpha, beta and the predicted noise, one step after another."""
    schedule, x, draw = scaled_linear(60), noise(3, 2, 4), chance()
    found = sample(Denoiser(some_network, schedule), x, sampler="ddpm", steps=60, chance=chance())
    shares = [1.0, *schedule.alpha_bar.tolist()]
    for t in reversed(range(60)):
        before, now = shares[t], shares[t + 1]
        alpha = now / before
        beta = 1 - alpha
        epsilon = some_network(x, torch.full((3,), t))
        x = (x - beta / math.sqrt(1 - now) * epsilon) / math.sqrt(alpha)
        if t:
            sigma = math.sqrt((1 - before) / (1 - now) * beta)
            x = x + sigma * torch.randn(x.shape, generator=draw, dtype=x.dtype)
    torch.testing.assert_close(found, x, atol=1e-5, rtol=0)


@pytest.mark.parametrize("spacing", SPACINGS)
def test_ddim_is_equation_12_of_song_et_al(spacing: str) -> None:
    schedule, x = scaled_linear(1000), noise(3, 2, 4)
    denoiser = Denoiser(some_network, schedule)
    found = sample(denoiser, x, sampler="ddim", steps=50, spacing=spacing)
    for t, s in pairwise([*times(schedule, 50, spacing), -1]):
        now, then = schedule.alpha_bar[t], 1.0 if s < 0 else schedule.alpha_bar[s]
        epsilon = some_network(x, torch.full((3,), t))
        predicted = (x - math.sqrt(1 - now) * epsilon) / math.sqrt(now)
        x = math.sqrt(then) * predicted + math.sqrt(1 - then) * epsilon
    torch.testing.assert_close(found, x, atol=1e-5, rtol=0)


@pytest.mark.parametrize("spacing", SPACINGS)
@pytest.mark.parametrize("steps", [1, 2, 20])
def test_dpm_solver_is_algorithm_2_of_lu_et_al(spacing: str, steps: int) -> None:
    """With their alpha, sigma, lambda, h and r; then the data as predicted at the last step."""
    schedule, start = scaled_linear(1000), noise(3, 2, 4)
    found = sample(Denoiser(some_network, schedule), start, steps=steps, spacing=spacing)
    at = times(schedule, steps, spacing)
    alpha = [math.sqrt(schedule.alpha_bar[t]) for t in at]
    sigma = [math.sqrt(1 - schedule.alpha_bar[t]) for t in at]
    lambdas = [math.log(a / s) for a, s in zip(alpha, sigma, strict=True)]

    def model(x: Tensor, i: int) -> Tensor:
        return (x - sigma[i] * some_network(x, torch.full((3,), at[i]))) / alpha[i]

    x, said = [start], [model(start, 0)]
    for i in range(1, len(at)):
        h = lambdas[i] - lambdas[i - 1]
        guess = said[i - 1]
        if i > 1:
            r = (lambdas[i - 1] - lambdas[i - 2]) / h
            guess = (1 + 1 / (2 * r)) * said[i - 1] - 1 / (2 * r) * said[i - 2]
        x.append(sigma[i] / sigma[i - 1] * x[-1] - alpha[i] * (math.exp(-h) - 1) * guess)
        said.append(model(x[-1], i))
    torch.testing.assert_close(found, said[-1], atol=1e-5, rtol=0)


# --- against Gaussian data ------------------------------------------------------------------------


def gaussian(schedule: Schedule, mean: float, deviation: float, objective: str = "epsilon") -> Predict:
    """The best there is to say of independent Gaussian data: nothing in closed form is any better."""

    def predict(x: Tensor, t: Tensor) -> Tensor:
        level = schedule.level(int(t[0]))
        slope = level.data * deviation**2 / ((level.data * deviation) ** 2 + level.noise**2)
        x0 = mean + slope * (x - level.data * mean)
        return OBJECTIVES[objective].target(x0, (x - level.data * x0) / level.noise, level)

    return predict


def path(
    sampler: str, steps: int, objective: str = "epsilon", spacing: str = "log_snr"
) -> tuple[float, float]:
    """Mean and deviation that a sampler without noise makes of data N(0.3, 0.5).

    It takes normal numbers to normal numbers, and so where 0 and 1 of them go says it all.
    """
    schedule = scaled_linear(1000)
    last = schedule.level(999)
    begin = last.data * 0.3 + math.hypot(last.data * 0.5, last.noise) * torch.tensor([[0.0], [1.0]]).double()
    denoiser = Denoiser(gaussian(schedule, 0.3, 0.5, objective), schedule, objective)
    zero, one = sample(denoiser, begin, sampler=sampler, steps=steps, spacing=spacing)[:, 0].tolist()
    return zero, one - zero


@pytest.mark.parametrize("objective", OBJECTIVES)
@pytest.mark.parametrize(("sampler", "steps", "off"), [("ddim", 50, 0.02), ("dpm-solver", 20, 0.004)])
def test_few_steps_reach_the_mean_and_the_deviation(
    objective: str, sampler: str, steps: int, off: float
) -> None:
    mean, deviation = path(sampler, steps, objective)
    assert mean == pytest.approx(0.3, abs=1e-5)
    assert deviation == pytest.approx(0.5, abs=off)


def test_twice_the_steps_are_half_the_error_of_ddim_and_a_quarter_of_dpm_solver() -> None:
    """Between the first step and the last; what is left at the last one is no solver's."""
    for sampler, order in (("ddim", 1), ("dpm-solver", 2)):
        few, many, all_ = (path(sampler, steps, spacing="time")[1] for steps in (112, 223, 1000))
        true = all_ if order == 2 else path("dpm-solver", 1000, spacing="time")[1]
        assert (few - true) / (many - true) == pytest.approx(2**order, rel=0.25), sampler


def deviation_of_ddpm(schedule: Schedule, deviation: float) -> float:
    """What its smaller variance makes of Gaussian data: by recursion, since every step is linear."""
    variance = 1.0
    for t in reversed(range(schedule.steps)):
        level = schedule.level(t)
        slope = level.data * deviation**2 / ((level.data * deviation) ** 2 + level.noise**2)
        if not t:
            return slope * math.sqrt(variance)
        posterior = schedule.posterior(t, t - 1)
        variance = (posterior.of_x0 * slope + posterior.of_x) ** 2 * variance + posterior.deviation**2
    raise AssertionError


def test_ddpm_comes_to_the_right_deviation_as_steps_get_more() -> None:
    few, many = (0.5 - deviation_of_ddpm(cosine(steps), 0.5) for steps in (100, 1000))
    assert 0 < many < few / 5
    assert many < 0.005


@samplers
def test_every_sampler_draws_the_right_distribution(sampler: str) -> None:
    """Of 20,000 numbers, within five standard errors."""
    schedule, n = cosine(100), 20_000
    start = torch.randn(n, 1, generator=chance(3), dtype=torch.float64)
    denoiser = Denoiser(gaussian(schedule, 0.3, 0.5, "v"), schedule, "v")
    found = sample(denoiser, start, sampler=sampler, steps=100, chance=chance(4))
    deviation = deviation_of_ddpm(schedule, 0.5) if sampler == "ddpm" else 0.5
    assert found.mean().item() == pytest.approx(0.3, abs=5 * 0.5 / n**0.5)
    assert found.std().item() == pytest.approx(deviation, abs=5 * 0.5 / (2 * n) ** 0.5)
    third = ((found - 0.3) / deviation).pow(3).mean().item()
    assert third == pytest.approx(0.0, abs=5 * (15 / n) ** 0.5)


# --- what is known --------------------------------------------------------------------------------


@samplers
def test_what_is_known_stands_as_it_was_given_and_the_rest_does_not(sampler: str) -> None:
    value, is_known = noise(3, 2, 8, 4).round(), torch.zeros(8, 1, dtype=torch.bool)
    is_known[:5] = True
    schedule = scaled_linear(100)
    seen: list[Tensor] = []
    denoiser = Denoiser(
        some_network, schedule, known=Known(value, is_known), watch=lambda t, x0: seen.append(x0)
    )
    found = sample(denoiser, noise(3, 2, 8, 4), sampler=sampler, steps=10, chance=chance())
    assert all(torch.equal(x0[:, :, :5], value[:, :, :5]) for x0 in [found, *seen])
    free = sample(
        Denoiser(some_network, schedule), noise(3, 2, 8, 4), sampler=sampler, steps=10, chance=chance()
    )
    torch.testing.assert_close(found[:, :, 5:], free[:, :, 5:])  # this network sees every place alone


@samplers
def test_what_is_known_is_as_noisy_as_the_forward_process_has_it(sampler: str) -> None:
    """At every step, of 20,000 numbers within five standard errors."""
    schedule, n = scaled_linear(1000), 20_000
    seen: list[tuple[int, Tensor]] = []

    def predict(x: Tensor, t: Tensor) -> Tensor:
        seen.append((int(t[0]), x))
        return x

    known = Known(torch.tensor(0.7, dtype=torch.float64), torch.tensor(True))
    start = torch.randn(n, 1, generator=chance(3), dtype=torch.float64)
    sample(Denoiser(predict, schedule, known=known), start, sampler=sampler, steps=15, chance=chance(5))
    for t, x in seen:
        level = schedule.level(t)
        assert x.mean().item() == pytest.approx(0.7 * level.data, abs=5 * level.noise / n**0.5)
        assert x.std().item() == pytest.approx(level.noise, rel=5 / (2 * n) ** 0.5)


def pulled(sampler: str, steps: int, rounds: int) -> float:
    """Where the mean of the second of two numbers goes, which correlate by .9, if the first is known to be 1.

    Both have the mean 0 and the deviation 1: it should be .9.
    """
    schedule = scaled_linear(1000)
    covariance = torch.tensor([[1.0, 0.9], [0.9, 1.0]], dtype=torch.float64)

    def predict(x: Tensor, t: Tensor) -> Tensor:
        level = schedule.level(int(t[0]))
        blurred = level.data**2 * covariance + level.noise**2 * torch.eye(2, dtype=torch.float64)
        x0: Tensor = level.data * x @ torch.linalg.solve(blurred, covariance)
        return x0

    known = Known(torch.tensor([1.0, 0.0], dtype=torch.float64), torch.tensor([True, False]))
    start = torch.randn(4000, 2, generator=chance(3), dtype=torch.float64)
    denoiser = Denoiser(predict, schedule, "x0", known)
    found = sample(denoiser, start, sampler=sampler, steps=steps, rounds=rounds, chance=chance(4))
    return found[:, 1].mean().item()


@pytest.mark.parametrize("sampler", ["ddim", "ddpm"])
def test_rounds_bring_what_is_painted_nearer_to_what_is_known(sampler: str) -> None:
    """One round leaves a third or more of the way; eight leave a tenth."""
    once, twice, often = (pulled(sampler, 40, rounds) for rounds in (1, 2, 8))
    assert once < twice < often
    assert once < 0.65
    assert often == pytest.approx(0.9, abs=0.1)


def test_dpm_solver_has_no_rounds() -> None:
    with pytest.raises(ValueError, match="for 4 rounds take ddim or ddpm"):
        sample(Denoiser(some_network, scaled_linear(10)), noise(1, 2), steps=5, rounds=4)


# --- how often, in what order ---------------------------------------------------------------------


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 300), st.sampled_from(SPACINGS), st.sampled_from(sorted(SCHEDULES)))
def test_times_fall_from_the_noisiest_step_to_the_least_noisy(steps: int, spacing: str, kind: str) -> None:
    schedule = SCHEDULES[kind](300)
    found = times(schedule, steps, spacing)
    assert found[0] == 299
    assert found == sorted(set(found), reverse=True)
    assert len(found) == steps if spacing == "time" else len(found) <= steps
    if steps > 1:
        assert found[-1] == 0
    if spacing == "time" and steps > 1:
        assert max(abs((a - b) - 299 / (steps - 1)) for a, b in pairwise(found)) <= 1


@samplers
def test_the_network_is_asked_once_per_step_for_the_whole_batch(sampler: str) -> None:
    schedule = scaled_linear(1000)
    asked: list[list[int]] = []

    def predict(x: Tensor, t: Tensor) -> Tensor:
        asked.append(t.tolist())
        return some_network(x, t)

    watched: list[int] = []
    denoiser = Denoiser(predict, schedule, watch=lambda t, x0: watched.append(t))
    sample(denoiser, noise(3, 2), sampler=sampler, steps=20, chance=chance())
    assert asked == [[t] * 3 for t in times(schedule, 20)]
    assert watched == times(schedule, 20)


@samplers
def test_a_batch_is_its_pieces(sampler: str) -> None:
    """Of the same noise; what is added meanwhile is drawn for the whole batch, and so is left out."""
    denoiser, start = Denoiser(some_network, scaled_linear(100)), noise(4, 2, 3)
    together = sample(denoiser, start, sampler=sampler, steps=10, chance=chance())
    if sampler != "ddpm":
        alone = torch.cat([sample(denoiser, start[[i]], sampler=sampler, steps=10) for i in range(4)])
        torch.testing.assert_close(together, alone)
    assert torch.equal(together, sample(denoiser, start, sampler=sampler, steps=10, chance=chance()))


def test_bounds_hold_what_is_predicted() -> None:
    seen: list[Tensor] = []
    denoiser = Denoiser(
        lambda x, t: -9 * x, scaled_linear(100), bounds=(0.0, 1.0), watch=lambda t, x0: seen.append(x0)
    )
    found = sample(denoiser, noise(2, 3), steps=10)
    assert all(x0.min() >= 0 and x0.max() <= 1 for x0 in [found, *seen])


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"sampler": "euler"}, "sampler must be one of ddpm, ddim, dpm-solver; got 'euler'"),
        ({"spacing": "even"}, "spacing must be one of time, log_snr; got 'even'"),
        ({"steps": 0}, "steps must be 1 to 10; got 0"),
        ({"steps": 11}, "steps must be 1 to 10; got 11"),
    ],
)
def test_what_there_is_not_is_a_sentence(asked: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        sample(Denoiser(some_network, scaled_linear(10)), noise(1, 2), **{"steps": 5} | asked)  # type: ignore[arg-type]
