"""The network: its size, and its segments as gradients see them."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn

from symmv_tools.models.diffbgm.attention import hears_frames, hears_places
from symmv_tools.models.diffbgm.network import DiffBGM
from symmv_tools.models.diffbgm.sizes import MASKS, PRESETS, SELECTIONS, Sizes, n_parameters
from symmv_tools.models.diffbgm.transformer import Transformer
from tests.models.diffbgm.toys import BEATS, TOY, WIDTHS, built, condition, rolls, rows

pytestmark = pytest.mark.quick

RELEASE_UNET, RELEASE_CAPTIONS = 41_082_370, 393_728
"""Our count, from the configuration that the release comes with."""


def test_the_paper_preset_has_the_parameters_of_the_release(capsys: pytest.CaptureFixture[str]) -> None:
    """All of them, and the learned frame of 512 for guidance, for which the release has no parameter."""
    with torch.device("meta"):
        network = DiffBGM(PRESETS["paper"], {"visual": 512, "text": 768})
    condition = n_parameters(network.condition)
    with capsys.disabled():
        print(f"\n  U-Net {n_parameters(network) - condition:,} (release {RELEASE_UNET:,}), ", end="")
        print(
            f"captions {condition - 512:,} (release {RELEASE_CAPTIONS:,}), learned frame 512 (release none)"
        )
    assert n_parameters(network) - condition == RELEASE_UNET
    assert condition == RELEASE_CAPTIONS + network.condition.nothing.numel()


def test_masks_windows_and_t0_change_no_weight() -> None:
    """So they may differ at inference: what was trained goes into a network built with others."""
    trained = built().state_dict()
    for sizes in (replace(TOY, mask=mask, window=window, t0=50) for mask in MASKS for window in (1, 8)):
        assert DiffBGM(sizes, WIDTHS).load_state_dict(trained)


@pytest.mark.parametrize("name", PRESETS)
def test_presets_can_be_built(name: str) -> None:
    with torch.device("meta"):
        DiffBGM(PRESETS[name], WIDTHS)


@pytest.mark.parametrize("beats", [1, 2, 8, 12])
@pytest.mark.parametrize("mask", MASKS)
def test_music_of_any_length_goes(beats: int, mask: str) -> None:
    network = built(replace(TOY, mask=mask))
    x = rolls(2, beats)
    assert network(x, torch.tensor([1, 900]), rows(condition(2, beats), [0, 1])).shape == x.shape


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        (replace(TOY, window=0), "window must be 1 or more; got 0"),
        (replace(TOY, channels=15), "channels must be even; got 15"),
        (replace(TOY, attention_levels=(3,)), r"levels with attention must be of 0 to 2; got 3"),
    ],
)
def test_sizes_that_make_no_sense_are_a_sentence(sizes: Sizes, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        DiffBGM(sizes, WIDTHS)


@pytest.mark.parametrize("shape", [(1, 2, 30, 16), (1, 2, 32, 15), (1, 1, 32, 16), (2, 32, 16)])
def test_rolls_of_no_such_size_are_a_sentence(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"rolls must be \(B, 2, time, pitch\), both multiples of 4; got"):
        built()(torch.zeros(shape), torch.tensor([1]))


def test_it_begins_by_predicting_nothing() -> None:
    assert not DiffBGM(TOY, WIDTHS)(rolls(1), torch.tensor([1])).any()


@pytest.mark.parametrize("selection", SELECTIONS)
def test_all_weights_have_work(selection: str) -> None:
    network = built(replace(TOY, selection=selection, chord=True, shot=True, melody=True))
    given = rows(condition(3), [0, 1, 2])._replace(is_kept=torch.tensor([True, True, False]))
    torch.autograd.backward(network(rolls(3), torch.tensor([5, 800, 100]), given).square().sum())
    assert [name for name, p in network.named_parameters() if p.grad is None or not p.grad.any()] == []


def test_in_bf16_it_says_about_the_same() -> None:
    network, x, t = built(), rolls(2), torch.tensor([30, 600])
    given = rows(condition(2), [0, 1])
    exact = network(x, t, given)
    with torch.autocast("cpu", torch.bfloat16):
        rough = network(x, t, given)
        torch.autograd.backward(rough.float().square().sum())
    assert rough.dtype == torch.bfloat16
    assert (rough.float() - exact).square().mean() < 0.01 * exact.square().mean()
    assert all(p.grad is None or p.grad.isfinite().all() for p in network.parameters())


def test_masks_are_made_once_for_all_layers_and_calls() -> None:
    """The release makes them anew in every layer of every call. Here there is one for each size of map."""
    hears_frames.cache_clear()
    hears_places.cache_clear()
    network = built(replace(TOY, mask="release"))
    layers = sum(isinstance(module, Transformer) for module in network.modules())
    for t in range(3):
        network(rolls(1), torch.tensor([t]))
    for made in (hears_frames.cache_info(), hears_places.cache_info()):
        assert (made.misses, made.hits) == (1, 3 * layers - 1)


# --- segments ----------------------------------------------------------------------------------------


def heard(network: DiffBGM) -> Tensor:
    """Which beats' features (S) reach the notes of which beat (S), as gradients say: (S, S)."""
    given = condition(1)
    assert given.visual is not None
    notes = network(rolls(1), torch.tensor([10]), given).view(2, BEATS, -1)
    reached = []
    for beat in range(BEATS):
        (gradient,) = torch.autograd.grad(notes[:, beat].square().sum(), given.visual, retain_graph=True)
        reached.append(gradient[0].abs().sum(dim=1) > 0)
    return torch.stack(reached)


def cut(
    network: DiffBGM, *, convolutions: bool = True, norms: bool = True, self_attention: bool = True
) -> DiffBGM:
    """The network without what else carries something from one beat to another.

    Of convolutions only the middle row is left; norms over all beats go; places do not hear each other.
    """
    for module in list(network.modules()):
        if isinstance(module, nn.Conv2d) and module.kernel_size[0] == 3 and convolutions:
            module.weight.data[:, :, [0, 2]] = 0
        if isinstance(module, Transformer) and self_attention:
            for layer in module.layers:
                nn.init.zeros_(layer.own.out.weight)
        for name, child in list(module.named_children()):
            if isinstance(child, nn.GroupNorm) and norms:
                setattr(module, name, nn.Identity())
    return network


def blocks(beats: int) -> Tensor:
    """Who should hear whom, (S, S), in segments of so many beats."""
    segment = torch.arange(BEATS) // beats
    return segment[:, None] == segment


def test_notes_hear_the_frames_of_their_own_segment_only() -> None:
    """Through the whole network and exactly, once all else that joins beats is cut."""
    assert torch.equal(heard(cut(built())), blocks(2))


def test_without_a_mask_they_hear_all() -> None:
    assert heard(cut(built(replace(TOY, mask="none")))).all()


def test_what_convolutions_carry_comes_from_nearby() -> None:
    """With convolutions as they are, what a segment hears reaches the notes of those next to it."""
    reached = heard(cut(built(), convolutions=False))
    assert reached[blocks(2)].all()
    assert not torch.equal(reached, blocks(2))


@pytest.mark.parametrize("kept", ["norms", "self_attention"])
def test_norms_and_self_attention_carry_everything_everywhere(kept: str) -> None:
    """The mask is a nudge, not a wall: as in the paper, where only cross-attention has it."""
    assert heard(cut(built(), **{kept: False})).all()


def test_the_release_also_masks_self_attention() -> None:
    """There, with convolutions and norms cut but self-attention left, the wall stands."""
    release = cut(built(replace(TOY, mask="release", window=4)), self_attention=False)
    assert torch.equal(heard(release), blocks(4))
