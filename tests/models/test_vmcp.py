"""The video-music CLIP: its loss against two loops, its temperature, and what its towers do not see."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.nn import functional as F

from symmv_tools.models.vmcp import SHARPEST, VideoMusicClip, VmcpSizes, info_nce, pooled

pytestmark = pytest.mark.quick

few = settings(max_examples=20, deadline=None)
TOY = VmcpSizes(width=16, layers=1, heads=2, feedforward=32, dropout=0.0, embedding=8)


def directions(seed: int, *shape: int) -> Tensor:
    return F.normalize(torch.randn(*shape, generator=torch.manual_seed(seed)), dim=-1)


def by_two_loops(v: Tensor, m: Tensor, temperature: float) -> float:
    """The paper's L(v -> m) as it is printed, over v and m (N, L, d), divided by its N * L terms."""
    N, L, _ = v.shape
    s = torch.einsum("ild,jkd->iljk", v, m).tolist()
    total = 0.0
    for i in range(N):
        for j in range(L):
            below = sum(math.exp(s[i][j][n][k] / temperature) for n in range(N) for k in range(L))
            total -= math.log(math.exp(s[i][j][i][j] / temperature) / below)
    return total / (N * L)


@few
@given(st.integers(1, 4), st.integers(1, 4), st.floats(0.05, 2.0), st.integers(0, 99))
def test_the_loss_is_the_paper_s_sum_over_pieces_and_segments(
    N: int, L: int, temperature: float, seed: int
) -> None:
    video, music = directions(seed, N, L, 6), directions(seed + 100, N, L, 6)
    found = info_nce(video.flatten(0, 1), music.flatten(0, 1), torch.tensor(1 / temperature))
    assert found.item() == pytest.approx(by_two_loops(video, music, temperature), abs=1e-4)


@few
@given(st.integers(2, 8), st.integers(0, 99))
def test_some_anchors_among_all_candidates_are_their_part_of_the_whole(n: int, seed: int) -> None:
    video, music, scale = directions(seed, n, 5), directions(seed + 100, n, 5), torch.tensor(9.0)
    cut = n // 2
    parts = [info_nce(video[:cut], music, scale), info_nce(video[cut:], music, scale, first=cut)]
    whole = info_nce(video, music, scale)
    assert (cut * parts[0] + (n - cut) * parts[1]).item() / n == pytest.approx(whole.item(), abs=1e-5)


def test_guessing_costs_the_logarithm_of_the_candidates() -> None:
    same = directions(0, 1, 6).expand(12, 6)
    assert info_nce(same, same, torch.tensor(14.0)).item() == pytest.approx(math.log(12), abs=1e-5)


@few
@given(st.integers(2, 8), st.floats(0.1, 2.0), st.integers(0, 99))
def test_hard_negatives_weigh_by_their_likeness_at_mean_one(n: int, hardness: float, seed: int) -> None:
    video, music = directions(seed, n, 4), directions(seed + 100, n, 4)
    logits = (5.0 * video @ music.T).double()
    expected = []
    for i in range(n):
        others = [j for j in range(n) if j != i]
        weight = torch.exp(hardness * logits[i, others])
        below = (weight / weight.mean() * torch.exp(logits[i, others])).sum()
        expected.append(-torch.log(torch.exp(logits[i, i]) / (torch.exp(logits[i, i]) + below)))
    found = info_nce(video, music, torch.tensor(5.0), hardness=hardness)
    assert found.item() == pytest.approx(torch.stack(expected).mean().item(), abs=1e-4)
    assert found >= info_nce(video, music, torch.tensor(5.0)) - 1e-5


def test_temperature_is_learned_and_kept_in_bounds() -> None:
    network = VideoMusicClip(TOY, 3, 4)
    assert network.scale.item() == pytest.approx(1 / 0.07)
    far_apart, close = torch.eye(8), directions(0, 8, 8)
    for music, wanted in (
        (far_apart, 1.0),
        (close, -1.0),
    ):  # sharper where pairs are told apart, else blunter
        network.zero_grad()
        info_nce(far_apart, music, network.scale).backward()  # type: ignore[no-untyped-call]
        assert network.log_scale.grad is not None
        assert -network.log_scale.grad.sign() == wanted
    network.log_scale.data.fill_(99.0)
    assert network.scale.item() == SHARPEST


def test_pieces_and_padding_do_not_touch_each_other() -> None:
    """A piece's directions are the same beside a longer one, and the same for any padding."""
    torch.manual_seed(0)
    network = VideoMusicClip(TOY, 3, 4).eval()
    video, music = torch.randn(2, 5, 3), torch.randn(2, 5, 4)
    is_real = torch.tensor([[True] * 3 + [False] * 2, [True] * 5])
    together = network(video, music, is_real)
    alone = network(video[:1, :3], music[:1, :3], is_real[:1, :3])
    torch.testing.assert_close(together.video[:3], alone.video)
    torch.testing.assert_close(together.music[:3], alone.music)
    assert len(together.video) == 8
    torch.testing.assert_close(together.video.norm(dim=1), torch.ones(8))


def test_a_segment_s_place_is_not_told() -> None:
    """Who knew it would find the partner by counting: pieces' own segments are among the negatives."""
    torch.manual_seed(0)
    network = VideoMusicClip(TOY, 3, 4).eval()
    video, music, is_real = torch.randn(1, 6, 3), torch.randn(1, 6, 4), torch.ones(1, 6, dtype=torch.bool)
    order = torch.tensor([3, 0, 5, 1, 4, 2])
    as_is, turned = network(video, music, is_real), network(video[:, order], music[:, order], is_real)
    torch.testing.assert_close(turned.video, as_is.video[order])
    torch.testing.assert_close(turned.music, as_is.music[order])


def test_features_are_seen_at_zero_and_one() -> None:
    torch.manual_seed(0)
    plain, told = VideoMusicClip(TOY, 3, 4).eval(), VideoMusicClip(TOY, 3, 4).eval()
    told.load_state_dict(plain.state_dict())
    mean, deviation = torch.tensor([1.0, -2.0, 5.0]), torch.tensor([2.0, 0.5, 0.0])
    told.video.normalise_by(mean, deviation)
    video, is_real = torch.randn(2, 4, 3), torch.ones(2, 4, dtype=torch.bool)
    same = video * deviation.clamp_min(1e-4) + mean
    torch.testing.assert_close(told.video(same, is_real), plain.video(video, is_real), atol=1e-3, rtol=0)


@few
@given(st.integers(1, 6), st.integers(0, 99))
def test_a_piece_is_the_mean_of_its_segments_at_length_one(L: int, seed: int) -> None:
    segments = directions(seed, L, 7)
    found = pooled(segments)
    assert found.norm().item() == pytest.approx(1.0, abs=1e-5)
    torch.testing.assert_close(found, pooled(segments.flip(0)))
    torch.testing.assert_close(pooled(segments[:1].expand(4, 7)), segments[0])
