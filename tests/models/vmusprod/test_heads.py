"""The heads and their loss: the type comes first, and only what an event has is counted."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F

from symmv_tools.models.vmusprod.heads import Heads, losses
from symmv_tools.models.vmusprod.network import WORDS
from symmv_tools.models.vmusprod.sizes import PRESETS
from symmv_tools.music.tokens.vocabulary import ATTRIBUTES, CHORD, CLASSES, NOTE, RHYTHM

pytestmark = pytest.mark.quick

HIDDEN = torch.randn(2, 5, PRESETS["toy"].width, generator=torch.Generator().manual_seed(0))


def heads() -> Heads:
    torch.manual_seed(0)
    return Heads(PRESETS["toy"], WORDS)


def test_the_type_is_said_before_it_is_known_and_the_others_after() -> None:
    notes, chords = (heads()(HIDDEN, torch.full((2, 5), kind)) for kind in (NOTE, CHORD))
    assert torch.equal(notes["type"], chords["type"])
    assert all(not torch.allclose(notes[name], chords[name]) for name in ATTRIBUTES if name != "type")


def test_only_attributes_that_an_event_has_are_counted() -> None:
    """By hand: a beat, a note, padding; of a song that has no chords."""
    target = torch.tensor([[[RHYTHM, 3, 0, 0, 0, 0], [NOTE, 0, 61, 4, 0, 0], [0, 0, 0, 0, 0, 0]]])
    generator = torch.Generator().manual_seed(1)
    logits = {name: torch.randn(1, 3, CLASSES[name], generator=generator) for name in ATTRIBUTES}
    found = losses(logits, target)
    assert found["type"].item() == pytest.approx(
        F.cross_entropy(logits["type"][0, :2], torch.tensor([RHYTHM, NOTE])).item()
    )
    assert found["bar_beat"].item() == pytest.approx(-logits["bar_beat"][0, 0].log_softmax(0)[3].item())
    assert found["pitch"].item() == pytest.approx(-logits["pitch"][0, 1].log_softmax(0)[61].item())
    assert (found["root"].item(), found["quality"].item()) == (0, 0)


def test_no_gradient_comes_from_what_an_event_has_not() -> None:
    target = torch.tensor([[[RHYTHM, 3, 0, 0, 0, 0], [NOTE, 0, 61, 4, 0, 0], [0, 0, 0, 0, 0, 0]]])
    logits = {name: torch.zeros(1, 3, CLASSES[name], requires_grad=True) for name in ATTRIBUTES}
    sum(losses(logits, target).values()).backward()  # type: ignore[union-attr]
    counted = {}
    for name, value in logits.items():
        assert value.grad is not None
        counted[name] = (value.grad[0].abs().sum(dim=1) > 0).tolist()
    assert counted == {
        "type": [True, True, False],
        "bar_beat": [True, False, False],
        "pitch": [False, True, False],
        "duration": [False, True, False],
        "root": [False] * 3,
        "quality": [False] * 3,
    }


def test_half_precision_does_not_spoil_the_loss() -> None:
    target = torch.ones(4, 50, 6, dtype=torch.int64)
    generator = torch.Generator().manual_seed(2)
    logits = {name: torch.randn(4, 50, CLASSES[name], generator=generator) for name in ATTRIBUTES}
    exact = losses(logits, target)
    near = losses({name: value.bfloat16() for name, value in logits.items()}, target)
    for name in ATTRIBUTES:
        assert near[name].dtype == torch.float32
        assert near[name].item() == pytest.approx(exact[name].item(), rel=0.01)
