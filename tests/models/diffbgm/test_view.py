"""What is shown of the attention is what the network heard by."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from symmv_tools.models.diffbgm.transformer import Transformer
from symmv_tools.models.diffbgm.view import attention_over_time
from tests.models.diffbgm.toys import BEATS, TOY, built, condition, rolls, rows

pytestmark = pytest.mark.quick


@pytest.mark.parametrize("levels", [(2,), (1, 2), (1,)])
def test_a_beat_of_notes_hears_its_own_segment_and_all_weights_are_one(levels: tuple[int, ...]) -> None:
    """On maps with a row to a beat and on finer ones."""
    network = built(replace(TOY, attention_levels=levels))
    found = attention_over_time(network, rolls(2), torch.tensor([5, 900]), rows(condition(2), [0, 1]))
    assert found.shape == (2, BEATS, BEATS)
    torch.testing.assert_close(found.sum(dim=-1), torch.ones(2, BEATS))
    segment = torch.arange(BEATS) // 2
    assert torch.equal(found[0] > 0, segment[:, None] == segment)


def test_a_row_of_a_coarser_map_stands_for_all_of_its_beats() -> None:
    network = built(replace(TOY, multipliers=(1, 1, 1, 1), attention_levels=(3,), mask="none"))
    found = attention_over_time(network, rolls(1), torch.tensor([5]), rows(condition(1), [0]))
    torch.testing.assert_close(found[:, ::2], found[:, 1::2])
    torch.testing.assert_close(found.sum(dim=-1), torch.ones(1, BEATS))


def test_frames_that_are_all_alike_are_heard_alike_and_looking_leaves_nothing_behind() -> None:
    network = built(replace(TOY, mask="none", time_encoding=False))
    found = attention_over_time(network, rolls(1), torch.tensor([5]))
    torch.testing.assert_close(found, torch.full((1, BEATS, BEATS), 1 / BEATS))
    transformers = [module for module in network.modules() if isinstance(module, Transformer)]
    assert not any(layer.cross._forward_pre_hooks for each in transformers for layer in each.layers)
