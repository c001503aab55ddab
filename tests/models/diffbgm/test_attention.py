"""Who hears whom: masks against brute force, and attention's gradients against the masks."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from symmv_tools.models.diffbgm.attention import Attention, hears_frames, hears_places

pytestmark = pytest.mark.quick

CPU = torch.device("cpu")


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 12), st.integers(1, 3), st.integers(1, 12), st.integers(1, 12))
def test_a_place_hears_what_shares_a_segment_with_its_row(
    rows: int, columns: int, beats: int, window: int
) -> None:
    """Brute force: a row touches a beat if their stretches of time overlap, and so the beat's segment."""
    touched = [
        {
            beat // window
            for beat in range(beats)
            if beat * rows < (row + 1) * beats and row * beats < (beat + 1) * rows
        }
        for row in range(rows)
    ]
    frames = hears_frames(rows, columns, beats, window, CPU)
    places = hears_places(rows, columns, beats, window, CPU)
    for place in range(rows * columns):
        mine = touched[place // columns]
        assert frames[place].tolist() == [beat // window in mine for beat in range(beats)]
        assert places[place].tolist() == [
            bool(mine & touched[other // columns]) for other in range(rows * columns)
        ]


@pytest.mark.parametrize(("rows", "segments"), [(32, 4), (16, 4)])
def test_in_the_paper_there_are_four_segments_at_both_levels(rows: int, segments: int) -> None:
    mask = hears_frames(rows, 1, 32, 8, CPU)
    each = rows // segments
    assert torch.equal(mask, torch.eye(segments).bool().repeat_interleave(each, 0).repeat_interleave(8, 1))


@pytest.mark.parametrize("rows", [8, 4, 2])
def test_gradients_reach_the_frames_of_the_own_segment_and_no_other(rows: int) -> None:
    """The layer's own proof, exact: 8 frames in segments of 2; with two rows, each lies in two segments."""
    torch.manual_seed(0)
    layer, columns = Attention(16, 12, 4), 3
    x, frames = torch.randn(1, rows * columns, 16), torch.randn(1, 8, 12, requires_grad=True)
    heard = layer(x, frames, hears_frames(rows, columns, 8, 2, CPU))
    each = 8 // rows
    for place in range(rows * columns):
        (gradient,) = torch.autograd.grad(heard[0, place].square().sum(), frames, retain_graph=True)
        row = place // columns
        segments = {beat // 2 for beat in range(row * each, (row + 1) * each)}
        assert (gradient[0].abs().sum(dim=1) > 0).tolist() == [beat // 2 in segments for beat in range(8)]


def test_equation_9_as_printed_excludes_nothing() -> None:
    """Scores times a mask of 0 and 1, then the softmax: masked frames keep a weight, and their gradients."""
    torch.manual_seed(0)
    layer, x = Attention(16, 12, 4), torch.randn(1, 8, 16)
    frames = torch.randn(1, 8, 12, requires_grad=True)
    q, k, v = layer.query(x), layer.key(frames), layer.value(frames)
    mask = hears_frames(8, 1, 8, 2, CPU).float()
    heard = (mask * (q @ k.transpose(1, 2) / math.sqrt(12))).softmax(dim=-1) @ v
    (gradient,) = torch.autograd.grad(heard[0, 0].square().sum(), frames)
    assert (gradient[0].abs().sum(dim=1) > 0).all()


def test_without_a_mask_everything_is_heard() -> None:
    layer, frames = Attention(16, 12, 4), torch.randn(1, 8, 12, requires_grad=True)
    torch.autograd.backward(layer(torch.randn(1, 1, 16), frames, None).sum())
    assert frames.grad is not None
    assert (frames.grad[0].abs().sum(dim=1) > 0).all()


@pytest.mark.parametrize("window", [2, None])
def test_weights_are_those_with_which_it_hears(window: int | None) -> None:
    torch.manual_seed(0)
    layer, x, frames = Attention(16, 12, 4), torch.randn(2, 8, 16), torch.randn(2, 8, 12)
    mask = None if window is None else hears_frames(8, 1, 8, window, CPU)
    weight = layer.weights(x, frames, mask)
    value = layer.value(frames).view(2, 8, 4, 4).transpose(1, 2)
    expected = layer.out((weight @ value).transpose(1, 2).flatten(2))
    torch.testing.assert_close(layer(x, frames, mask), expected, atol=1e-5, rtol=0)
    torch.testing.assert_close(weight.sum(dim=-1), torch.ones(2, 4, 8))


def test_a_mask_is_made_once() -> None:
    hears_frames.cache_clear()
    first, again = (hears_frames(8, 3, 8, 2, CPU) for _ in range(2))
    assert first is again
    hears_frames(4, 3, 8, 2, CPU)
    assert hears_frames.cache_info().misses == 2


def test_a_mask_made_while_generating_serves_in_training_too() -> None:
    """Tensors made in inference mode cannot: a run that generates before it trains would break down."""
    hears_frames.cache_clear()
    with torch.inference_mode():
        hears_frames(8, 1, 8, 2, CPU)
    layer = Attention(16, 12, 4)
    heard = layer(torch.randn(1, 8, 16), torch.randn(1, 8, 12), hears_frames(8, 1, 8, 2, CPU))
    torch.autograd.backward(heard.sum())


def test_heads_that_do_not_divide_the_width_are_a_sentence() -> None:
    with pytest.raises(ValueError, match=r"heads must divide the channels.*got 3, 16"):
        Attention(16, 12, 3)
