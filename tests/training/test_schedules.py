"""Learning rates by step."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from symmv_tools.training.schedules import SCHEDULES, pace_of

pytestmark = pytest.mark.quick


@pytest.mark.parametrize("steps", [2, 9, 10, 100, 1237])
def test_one_cycle_is_torch_s_to_the_last_bit(steps: int) -> None:
    optimiser = torch.optim.AdamW([torch.zeros(1, requires_grad=True)], 2e-3, betas=(0.9, 0.98))
    theirs = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, 2e-3, steps, pct_start=0.08, div_factor=10.0, final_div_factor=100.0
    )
    ours = pace_of("one-cycle", 2e-3, 0.08, 0.9, steps)
    for step in range(steps):
        group = optimiser.param_groups[0]
        assert ours(step) == (group["lr"], group["betas"][0])
        optimiser.step()
        if step < steps - 1:
            theirs.step()


@given(st.sampled_from(SCHEDULES), st.integers(2, 5000), st.floats(0.0, 0.5), st.floats(1e-6, 1.0))
def test_no_rate_leaves_its_bounds_and_none_follows_the_end(
    schedule: str, steps: int, warmup: float, highest: float
) -> None:
    pace = pace_of(schedule, highest, warmup, 0.9, steps)
    rates = [pace(step).learning_rate for step in range(0, steps, max(1, steps // 50))]
    assert all(0 < rate <= highest * (1 + 1e-12) for rate in rates)
    assert pace(10 * steps) == pace(11 * steps)


def test_cosine_rises_to_the_highest_in_the_warm_up_and_ends_at_a_tenth() -> None:
    pace = pace_of("cosine", 1.0, 0.1, 0.9, 1000)
    assert pace(0).learning_rate == pytest.approx(0.01)
    assert pace(99).learning_rate == pytest.approx(1.0)
    assert pace(550).learning_rate == pytest.approx(0.55)
    assert pace(999).learning_rate == pytest.approx(0.1, abs=1e-5)
    assert pace(999).beta1 == 0.9
