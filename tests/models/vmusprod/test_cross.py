"""Which bars a token hears: exactly those before, at and after its own, as gradients say."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from symmv_tools.models.vmusprod.cross import CrossAttention, Memory, sight, stretches

pytestmark = pytest.mark.quick

Bars = list[int]
bars = st.lists(st.integers(0, 12), min_size=1, max_size=150).map(sorted)


def memory_in(bar: Bars, real: int | None = None) -> Memory:
    """A memory by chance whose places are in `bar`; only the first `real` of them are no padding."""
    value = torch.randn(1, len(bar), 16, generator=torch.Generator().manual_seed(0))
    is_real = torch.arange(len(bar))[None] < (len(bar) if real is None else real)
    beyond = torch.iinfo(torch.int64).max
    return Memory(value, is_real, torch.tensor([bar]).masked_fill(~is_real, beyond))


def attention() -> CrossAttention:
    torch.manual_seed(0)
    return CrossAttention(16, 4).eval()


def queries(n: int) -> Tensor:
    return torch.randn(1, n, 16, generator=torch.Generator().manual_seed(1))


@settings(max_examples=40, deadline=None)
@given(bars, bars)
def test_the_window_is_what_a_mask_over_everything_makes(read: Bars, source: Bars) -> None:
    """Brute force: the same attention to the whole memory, masked by comparing all bars with all."""
    memory, bar, x, cross = memory_in(source), torch.tensor([read]), queries(len(read)), attention()
    near = (bar[:, :, None] - torch.tensor([source])[:, None]).abs() <= 1  # (1, T, S)
    every = sight(bar, memory._replace(bar=None))._replace(sees=near[:, None])
    sources = cross.sources(memory)
    expected = cross(x, sources, every)
    torch.testing.assert_close(cross(x, sources, sight(bar, memory)), expected, atol=1e-5, rtol=0)


def test_gradients_reach_the_previous_the_current_and_the_next_bar_and_no_other() -> None:
    source = [0, 0, 1, 2, 2, 2, 4, 5, 5, 6, 9]
    read = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]
    cross, bar = attention(), torch.tensor([read])
    for t, here in enumerate(read):
        memory = memory_in(source)
        memory.value.requires_grad_()
        cross(queries(len(read)), cross.sources(memory), sight(bar, memory))[0, t].square().sum().backward()
        assert memory.value.grad is not None
        reached = memory.value.grad[0].abs().sum(dim=1) > 0
        assert reached.tolist() == [abs(there - here) <= 1 for there in source], here


def test_bars_without_source_are_zeros_and_not_nan() -> None:
    cross, memory = attention(), memory_in([0, 1, 1])
    memory.value.requires_grad_()
    x = queries(3).requires_grad_()
    heard = cross(x, cross.sources(memory), sight(torch.tensor([[0, 3, 8]]), memory))
    heard.square().sum().backward()
    nothing = cross.out.bias  # what the projection makes of zeros
    assert torch.equal(heard[0, 1:], nothing.expand(2, -1))
    assert not torch.equal(heard[0, 0], nothing)
    assert all(part.grad is not None and part.grad.isfinite().all() for part in (x, memory.value))


def test_padding_of_the_source_is_not_heard() -> None:
    cross, bar = attention(), torch.tensor([[0, 1, 2]])
    short, padded = memory_in([0, 1]), memory_in([0, 1, 0, 0], real=2)
    padded.value[:, :2] = short.value
    expected = cross(queries(3), cross.sources(short), sight(bar, short))
    torch.testing.assert_close(cross(queries(3), cross.sources(padded), sight(bar, padded)), expected)


def test_one_token_touches_only_its_window() -> None:
    """Of a source of 2,000 bars, generation gathers the few events of three."""
    memory = memory_in([bar for bar in range(2000) for _ in range(5)])
    bar = torch.tensor([[1000]])
    first, last = stretches(bar, memory)
    seen = sight(bar, memory)
    assert (first.item(), last.item()) == (999 * 5, 1002 * 5)
    assert seen.rows is not None
    assert seen.rows.tolist() == [list(range(999 * 5, 1002 * 5))]


def test_the_cost_of_a_window_grows_with_the_music_and_not_its_square() -> None:
    """Pairs of query and key that are looked at, for songs of 100 and of 400 bars."""
    looked = [
        sight(
            torch.arange(n).repeat_interleave(10)[None], memory_in([b for b in range(n) for _ in range(10)])
        )
        for n in (100, 400)
    ]
    few, many = (seen.sees.numel() for seen in looked)
    assert many <= 4.2 * few
