"""Linear attention: in parallel, step by step and by its definition it is one thing; softmax keeps step."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from symmv_tools.models.attention import KINDS, SelfAttention, attend
from symmv_tools.models.linear_attention import (
    CHUNK,
    causal_linear_attention,
    linear_attention,
    linear_step,
    start_linear,
)

pytestmark = pytest.mark.quick
torch.set_num_threads(1)  # products this small wait longer for a second thread than it saves

BORDERS = [1, 2, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 3 * CHUNK + 7, 2048]
NAMES = sorted(KINDS)


def drawn(T: int, batch: int = 2, heads: int = 2, d: int = 8, seed: int = 0) -> tuple[Tensor, Tensor, Tensor]:
    """Queries, keys and values by chance."""
    generator = torch.Generator().manual_seed(seed)
    q, k, v = torch.randn(3, batch, heads, T, d, generator=generator)
    return q, k, v


def naive(q: Tensor, k: Tensor, v: Tensor, sees: Tensor) -> Tensor:
    """The definition: every pair of positions weighs what the products of their features are."""
    weight = ((F.elu(q) + 1) @ (F.elu(k) + 1).transpose(-1, -2)).masked_fill(~sees, 0)
    return weight @ v / (weight.sum(dim=-1, keepdim=True) + 1e-6)


def triangle(T: int) -> Tensor:
    return torch.ones(T, T, dtype=torch.bool).tril()


def stepped(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    state = start_linear(q.shape[0], q.shape[1], q.shape[3], q)
    heard = []
    for t in range(q.shape[2]):
        one, state = linear_step(q[:, :, t], k[:, :, t], v[:, :, t], state)
        heard.append(one)
    return torch.stack(heard, dim=2)


@pytest.mark.parametrize("T", BORDERS)
def test_parallel_recurrent_and_naive_are_one(T: int) -> None:
    q, k, v = drawn(T)
    expected = naive(q, k, v, triangle(T))
    torch.testing.assert_close(causal_linear_attention(q, k, v), expected, atol=1e-4, rtol=0)
    torch.testing.assert_close(stepped(q, k, v), expected, atol=1e-4, rtol=0)


@pytest.mark.parametrize("T", [1, CHUNK + 1, 3 * CHUNK + 7, 2048])
def test_so_are_their_gradients(T: int) -> None:
    found = []
    for form in (causal_linear_attention, stepped, lambda q, k, v: naive(q, k, v, triangle(T))):
        given = [x.requires_grad_() for x in drawn(T, batch=1)]
        torch.autograd.backward(form(*given).square().sum())
        found.append([x.grad for x in given])
    for gradients in found[:2]:
        torch.testing.assert_close(gradients, found[2], atol=1e-4, rtol=1e-4)


def test_long_music_and_large_features_are_no_trouble() -> None:
    q, k, v = drawn(5000, batch=1)
    expected = naive(10 * q.double(), 10 * k.double(), v.double(), triangle(5000)).float()
    torch.testing.assert_close(causal_linear_attention(10 * q, 10 * k, v), expected, atol=1e-4, rtol=0)


@pytest.mark.parametrize("T", [5, CHUNK + 3])
def test_padding_is_not_heard(T: int) -> None:
    q, k, v = drawn(T)
    is_real = torch.rand(2, T, generator=torch.Generator().manual_seed(1)) < 0.7
    is_real[0, :2] = False  # the first position hears nobody, not even itself
    sees = is_real[:, None, None, :]
    whole, causal = linear_attention(q, k, v, is_real), causal_linear_attention(q, k, v, is_real)
    torch.testing.assert_close(whole, naive(q, k, v, sees), atol=1e-4, rtol=0)
    torch.testing.assert_close(causal, naive(q, k, v, sees & triangle(T)), atol=1e-4, rtol=0)
    assert causal[0, :, :2].count_nonzero() == 0


@pytest.mark.parametrize("kind", NAMES)
@pytest.mark.parametrize("masked", [False, True])
def test_no_position_hears_a_later_one(kind: str, masked: bool) -> None:
    """Gradients say so exactly: what does not count has none, not a small one."""
    T, asked = CHUNK + 6, [0, 1, 30, CHUNK - 1, CHUNK, CHUNK + 1, CHUNK + 5]
    is_real = torch.ones(1, T, dtype=torch.bool) if masked else None
    reached = torch.zeros(T, T)
    for t in asked:
        q, k, v = (x.requires_grad_() for x in drawn(T, batch=1))
        torch.autograd.backward(KINDS[kind].causal(q, k, v, is_real)[:, :, t].square().sum())
        for x in (q, k, v):
            assert x.grad is not None
            assert x.grad[:, :, t + 1 :].count_nonzero() == 0
            reached[t] += x.grad.abs().sum(dim=(0, 1, 3))
    assert torch.equal((reached > 0)[asked], triangle(T)[asked])


@pytest.mark.parametrize("kind", NAMES)
@pytest.mark.parametrize("T", [1, CHUNK, CHUNK + 1, 140])
def test_a_module_steps_as_it_reads(kind: str, T: int) -> None:
    torch.manual_seed(0)
    attention = SelfAttention(16, 4, kind).eval()
    x = torch.randn(3, T, 16)
    expected, state = attention.causal(x), attention.start(3)
    with torch.no_grad():
        for t in range(T):
            heard, state = attention.step(x[:, t], state)
            torch.testing.assert_close(heard, expected[:, t], atol=1e-5, rtol=0)


def test_the_linear_state_never_grows_and_can_be_stepped_back_to() -> None:
    torch.manual_seed(0)
    attention = SelfAttention(16, 4, "linear").eval()
    first, second = torch.randn(2, 1, 16)
    with torch.no_grad():
        begin = attention.start(1)
        heard, after = attention.step(first, begin)
        attention.step(second, after)
        again, _ = attention.step(first, begin)
    assert torch.equal(heard, again)
    assert [part.shape for part in after] == [part.shape for part in begin]


@pytest.mark.parametrize("kind", NAMES)
def test_who_hears_nobody_hears_zeros(kind: str) -> None:
    q, k, v = (x.requires_grad_() for x in drawn(3))
    heard = KINDS[kind].whole(q, k, v, torch.tensor([[False] * 3, [True] * 3]))
    torch.autograd.backward(heard.sum())
    assert heard[0].count_nonzero() == 0
    assert heard[1].isfinite().all()
    assert all(x.grad is not None and x.grad.isfinite().all() for x in (q, k, v))


def test_softmax_attends_where_it_may() -> None:
    q, k, v = drawn(4)
    sees = triangle(4).roll(1, dims=1)
    sees[2] = False
    weight = (q @ k.transpose(-1, -2) / 8**0.5).masked_fill(~sees, -torch.inf).softmax(dim=-1).nan_to_num()
    torch.testing.assert_close(attend(q, k, v, sees), weight @ v, atol=1e-5, rtol=0)


@pytest.mark.parametrize("kind", NAMES)
def test_half_precision_is_near(kind: str) -> None:
    """bfloat16 has three digits; the sums are float32, so that length does not add to the error."""
    torch.manual_seed(0)
    attention = SelfAttention(32, 4, kind).eval()
    x = torch.randn(1, 1500, 32)
    exact = attention.causal(x)
    with torch.autocast("cpu", torch.bfloat16):
        near = attention.causal(x)
        state, heard = attention.start(1), near
        with torch.no_grad():
            for t in range(150):
                heard, state = attention.step(x[:, t], state)
    assert near.dtype == torch.bfloat16
    assert (near - exact).abs().max() < 0.02 * exact.abs().max()
    assert (heard - exact[:, 149]).abs().max() < 0.02 * exact.abs().max()


def test_heads_divide_the_width() -> None:
    with pytest.raises(ValueError, match="multiple of heads; got 16 and 3"):
        SelfAttention(16, 3, "linear")
