"""What the network goes by: each ablation reads what its name says and nothing else, as gradients say."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch

from symmv_tools.models.diffbgm.condition import Condition, kept_and_dropped
from symmv_tools.models.diffbgm.guidance import guided
from symmv_tools.models.diffbgm.network import DiffBGM
from symmv_tools.models.diffbgm.sizes import SELECTIONS, Sizes, unconditional
from tests.models.diffbgm.toys import TOY, built, condition, rolls, rows, without

pytestmark = pytest.mark.quick

# What is read above t0, and what at t0 and below: the rows of the paper's tables 2 and 6, and "both".
READ = {
    "text_then_visual": ({"text"}, {"visual"}),
    "visual_then_text": ({"visual"}, {"text"}),
    "visual": ({"visual"}, {"visual"}),
    "text": ({"text"}, {"text"}),
    "both": ({"visual", "text"}, {"visual", "text"}),
    "none": (set(), set()),
}


def read_by(network: DiffBGM, t: int, *, is_kept: bool = True) -> set[str]:
    """The parts of a condition that reach the prediction at `t`."""
    given = condition(1)
    given = given._replace(is_kept=torch.tensor([is_kept]))
    torch.autograd.backward(network(rolls(1), torch.tensor([t]), given).square().sum())
    parts = given._asdict()
    return {
        name
        for name, part in parts.items()
        if name != "is_kept" and part.grad is not None and part.grad.any()
    }


def test_every_selection_is_in_the_table() -> None:
    assert READ.keys() == SELECTIONS.keys()


@pytest.mark.parametrize("selection", SELECTIONS)
def test_each_ablation_reads_what_its_name_says_and_nothing_else(selection: str) -> None:
    network = built(replace(TOY, selection=selection))
    above, below = READ[selection]
    assert read_by(network, 201) == read_by(network, 999) == above
    assert read_by(network, 200) == read_by(network, 0) == below


def test_t0_moves_the_change() -> None:
    network = built(replace(TOY, t0=500))
    assert read_by(network, 500) == {"visual"}
    assert read_by(network, 501) == {"text"}


@pytest.mark.parametrize("name", ["chord", "shot", "melody"])
def test_what_is_switched_on_is_read_at_any_time(name: str) -> None:
    switch: dict[str, Any] = {name: True}
    only, beside = built(replace(unconditional(TOY), **switch)), built(replace(TOY, **switch))
    assert read_by(only, 900) == read_by(only, 0) == {name}
    assert read_by(beside, 900) == {name, "text"}
    assert read_by(beside, 0) == {name, "visual"}


ALL = replace(TOY, selection="both", chord=True, shot=True, melody=True)


def test_what_is_dropped_is_not_read() -> None:
    network = built(ALL)
    assert read_by(network, 100) == {"visual", "text", "chord", "shot", "melody"}
    assert read_by(network, 100, is_kept=False) == set()


def test_dropped_is_the_same_as_no_condition() -> None:
    network, x, t = built(ALL), rolls(2), torch.tensor([4, 700])
    dropped = rows(condition(2), [0, 1])._replace(is_kept=torch.zeros(2, dtype=torch.bool))
    assert torch.equal(network(x, t, dropped), network(x, t))


def test_every_piece_has_its_own_time_and_its_own_choice() -> None:
    """Four pieces in a batch, above and below t0, kept and dropped, are those four alone."""
    network, x, t = built(ALL), rolls(4), torch.tensor([3, 200, 201, 999])
    given = rows(condition(4), [0, 1, 2, 3])._replace(is_kept=torch.tensor([True, False, True, True]))
    together = network(x, t, given)
    alone = [network(x[[i]], t[[i]], rows(given, [i])) for i in range(4)]
    torch.testing.assert_close(together, torch.cat(alone), atol=1e-5, rtol=0)


def test_what_the_data_have_not_is_not_asked_for() -> None:
    """Of videos without captions, the learned frame stands while the text would count."""
    network = built(TOY, {"visual": 12})
    assert read_by(network, 900) == set()
    assert read_by(network, 0) == {"visual"}
    built(TOY, {})(rolls(1), torch.tensor([5]), Condition(torch.tensor([True])))


def test_visual_features_as_wide_as_a_frame_go_in_as_they_are() -> None:
    network = built(TOY, {"visual": TOY.width, "text": TOY.width})
    assert not any("project.visual" in name for name, _ in network.named_parameters())
    assert any("project.text" in name for name, _ in network.named_parameters())


def test_time_encoding_tells_the_frames_of_a_segment_apart() -> None:
    """Without it, and within a segment, frames are a set; with it they are a sequence."""
    x, t = rolls(1), torch.tensor([10])
    given = rows(condition(1), [0])
    assert given.visual is not None
    swapped = given._replace(visual=given.visual[:, [1, 0, 2, 3, 4, 5, 6, 7]])
    for sizes, same in ((replace(TOY, time_encoding=False), True), (TOY, False)):
        network = built(sizes)
        found, other = network(x, t, given), network(x, t, swapped)
        assert torch.allclose(found, other, atol=1e-5) == same


def test_guidance_goes_away_from_what_is_made_for_nothing() -> None:
    network, x, t = built(), rolls(2), torch.tensor([30, 30])
    given = rows(condition(2), [0, 1])
    kept, nothing = network(x, t, given), network(x, t)
    assert torch.equal(guided(network, given, 1.0)(x, t), kept)
    assert torch.equal(guided(network, None, 5.0)(x, t), nothing)
    for scale in (0.0, 5.0):
        found = guided(network, given, scale)(x, t)
        torch.testing.assert_close(found, nothing + scale * (kept - nothing), atol=1e-4, rtol=0)


def test_guidance_asks_the_network_once() -> None:
    network, sizes = built(), list[int]()
    network.register_forward_pre_hook(lambda module, given: sizes.append(len(given[0])))
    guided(network, rows(condition(3), [0, 1, 2]), 5.0)(rolls(3), torch.tensor([1, 1, 1]))
    assert sizes == [6]


def test_kept_and_dropped_are_all_and_then_all() -> None:
    both = kept_and_dropped(
        rows(condition(2), [0, 1])._replace(is_kept=torch.tensor([True, False]), chord=None)
    )
    assert both.is_kept.tolist() == [True, False, False, False]
    assert both.chord is None
    assert both.visual is not None
    assert torch.equal(both.visual[:2], both.visual[2:])


@pytest.mark.parametrize(
    ("sizes", "lacks", "message"),
    [
        (TOY, "text", "goes by `text`, and the condition has none; .* set is_kept to False"),
        (replace(TOY, melody=True), "melody", "goes by `melody`, and the condition has none"),
    ],
)
def test_what_did_not_come_is_a_sentence(sizes: Sizes, lacks: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        built(sizes)(rolls(1), torch.tensor([1]), without(rows(condition(1), [0]), lacks))


def test_features_of_another_length_are_a_sentence() -> None:
    with pytest.raises(ValueError, match="has 7 beats, and the music 8"):
        built()(rolls(1), torch.tensor([1]), rows(condition(1, beats=7), [0]))
