"""Training Diff-BGM."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from symmv_tools.errors import BadCall
from symmv_tools.models.diffbgm.network import DiffBGM
from symmv_tools.training.diffbgm import prepare, train
from symmv_tools.training.diffbgm_batches import Batch
from symmv_tools.training.diffbgm_loss import Denoising
from symmv_tools.training.diffbgm_runs import read_network, read_widths
from symmv_tools.training.diffbgm_settings import DiffBgmSettings, presets, read_preset
from symmv_tools.training.journal import Step, read
from symmv_tools.training.parallel import ALONE
from tests.painters import TINY
from tests.training.diffbgm_data import export


def toy(**changes: Any) -> DiffBgmSettings:
    return replace(read_preset("toy"), **changes)


def quiet(line: str) -> None:
    """Nobody listens."""


@pytest.fixture(scope="module")
def four(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return export(tmp_path_factory.mktemp("four"), 4)


def test_a_run_is_trained_and_read_again(tmp_path: Path) -> None:
    said, heard = list[str](), list[Step]()
    data = export(tmp_path / "data", 5, 3)
    settings = toy(**TINY, epochs=2, batch_segments=2)
    fitted = train(data, tmp_path / "run", settings, say=said.append, watch=heard.append)
    assert said[0] == "5 segments to learn from, 3 to validate with; the network goes by visual, text"
    assert [(step.step, step.tokens) for step in heard] == [(1, 2), (2, 2), (3, 1)] * 1 + [
        (4, heard[3].tokens),
        (5, heard[4].tokens),
        (6, heard[5].tokens),
    ]
    network, read_back = read_network(tmp_path / "run")
    assert read_back == settings
    assert not network.training
    assert read_widths(tmp_path / "run") == {"visual": 8, "text": 6}
    assert all(torch.equal(value, fitted.weights[name]) for name, value in network.state_dict().items())
    again = Denoising(settings).validated(
        network, prepare(data, settings, ALONE, quiet).validation, ALONE.device
    )
    assert again == fitted.scores


def test_it_goes_on_where_it_was_interrupted(four: Path, tmp_path: Path) -> None:
    """With noise, steps, dropped conditions, transpositions and dropout, to the last bit."""
    settings = toy(**TINY, epochs=3, batch_segments=2, dropout=0.2, drop_condition=0.5, save_steps=1)
    expected = train(four, tmp_path / "whole", settings, say=quiet)

    def unplug(step: Step) -> None:
        if step.step == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(four, tmp_path / "cut", settings, say=quiet, watch=unplug)
    resumed = train(four, tmp_path / "cut", settings, say=quiet)
    losses = [[entry["loss"] for entry in read(tmp_path / name)] for name in ("whole", "cut")]
    assert losses[0] == losses[1]
    assert all(torch.equal(resumed.weights[name], value) for name, value in expected.weights.items())


def test_a_run_of_other_settings_is_refused(four: Path, tmp_path: Path) -> None:
    train(four, tmp_path / "run", toy(**TINY, steps=1), say=quiet)
    with pytest.raises(BadCall, match=r"was trained with other settings: .*t0 200 -> 100"):
        train(four, tmp_path / "run", toy(**TINY, steps=1, t0=100), say=quiet)


# --- the loss -------------------------------------------------------------------------------------


def test_validation_is_the_same_every_time_and_hears_no_chance(four: Path) -> None:
    settings = toy(**TINY, drop_condition=0.9)
    lesson = prepare(four, settings, ALONE, quiet)
    loss = Denoising(settings)
    scores = []
    for seed in (0, 1):
        torch.manual_seed(seed)
        with torch.no_grad():
            scores.append(loss.validated(lesson.network, lesson.batches, ALONE.device))
    assert scores[0] == scores[1]
    assert loss.validated(lesson.network, None, ALONE.device) == {}


class Listener(torch.nn.Module):
    """Stands in for the network, and remembers what it was asked."""

    def __init__(self) -> None:
        super().__init__()
        self.steps, self.kept = list[int](), list[bool]()

    def forward(self, x: Tensor, t: Tensor, condition: Any) -> Tensor:
        self.steps += t.tolist()
        self.kept += condition.is_kept.tolist()
        return x


def test_all_steps_are_learned_and_the_share_of_dropped_conditions_is_the_one_asked_for(four: Path) -> None:
    settings = toy(**TINY, drop_condition=0.25, noise_steps=10, batch_segments=4)
    (batch,) = prepare(four, settings, ALONE, quiet).batches(0)
    heard, loss = Listener(), Denoising(settings)
    torch.manual_seed(0)
    for _ in range(100):
        loss(heard, batch)
    assert set(heard.steps) == set(range(10))
    assert sum(heard.kept) / len(heard.kept) == pytest.approx(0.75, abs=0.06)
    never = Listener()
    Denoising(replace(settings, drop_condition=0.0))(never, batch)
    assert all(never.kept)


def test_validation_asks_at_steps_from_everywhere(four: Path) -> None:
    heard = Listener()
    settings = toy(**TINY, batch_segments=2)
    Denoising(settings).validated(heard, prepare(four, settings, ALONE, quiet).batches, ALONE.device)
    assert sorted(heard.steps) == [125, 375, 625, 875]


# --- what the video does not give -----------------------------------------------------------------


def test_what_is_missing_is_done_without_and_it_is_said(tmp_path: Path) -> None:
    said = list[str]()
    data = export(tmp_path / "data", 2, seen=("semantic",))
    lesson = prepare(data, toy(**TINY, shot=True), ALONE, said.append)
    assert said[0] == f"the segments of {data} have no text and no shot: trained without"
    assert lesson.widths == {"visual": 8}
    assert said[2] == "2 segments to learn from; the network goes by visual"
    blind = prepare(export(tmp_path / "blind", 2, seen=()), toy(**TINY), ALONE, said.append)
    assert blind.widths == {}
    assert torch.isfinite(Denoising(toy(**TINY))(blind.network, blind.batches(0)[0]))


def test_what_is_missing_is_refused_where_the_preset_wants_it(tmp_path: Path) -> None:
    data = export(tmp_path / "data", 2, seen=("text",))
    with pytest.raises(BadCall, match="have no visual, which the network is to go by"):
        prepare(data, read_preset("paper"), ALONE, quiet)
    assert prepare(data, toy(**TINY, selection="text", missing_video="refuse"), ALONE, quiet).widths == {
        "text": 6
    }


def test_a_melody_that_is_to_be_given_must_be_there(tmp_path: Path, four: Path) -> None:
    lesson = prepare(four, toy(**TINY, melody=True, chord=True), ALONE, quiet)
    assert lesson.widths == {"visual": 8, "text": 6, "chord": 36, "melody": 0}
    assert torch.isfinite(Denoising(toy(**TINY))(lesson.network, lesson.batches(0)[0]))


# --- the ablations --------------------------------------------------------------------------------

READ = {
    "unconditional": ((), ()),
    "video": (("visual",), ("visual",)),
    "only-visual": (("visual",), ("visual",)),
    "only-text": (("text",), ("text",)),
    "visual-then-text": (("visual",), ("text",)),
    **dict.fromkeys(
        ("selection", "segments", "text-then-visual", "paper", "release", "default", "toy"),
        (("text",), ("visual",)),
    ),
}
"""What each preset's network hears of a video's features while t > 200, and from 200 on."""


@pytest.mark.parametrize("preset", presets())
def test_a_preset_reads_the_modality_it_names_and_no_other(four: Path, preset: str) -> None:
    """The gradient of the prediction by each feature, at a noisy and at a clear step."""
    settings = replace(read_preset(preset), **TINY, workers=0, batch_segments=1)
    lesson = prepare(four, settings, ALONE, quiet)
    torch.manual_seed(1)
    for weight in lesson.network.parameters():
        torch.nn.init.normal_(weight, std=0.2)  # it begins silent
    heard = tuple(_heard(lesson.network.train(False), lesson.batches(0)[0], t) for t in (201, 200))
    assert heard == READ[preset]
    assert set(lesson.widths) - {"shot"} == {name for names in READ[preset] for name in names}


def _heard(network: DiffBGM, batch: Batch, t: int) -> tuple[str, ...]:
    """Which features the prediction at step t depends on."""
    told = {name: getattr(batch.condition, name) for name in ("visual", "text")}
    asked = {name: value.requires_grad_() for name, value in told.items() if value is not None}
    prediction = network(batch.music, torch.tensor([t]), batch.condition._replace(**asked))
    if not asked:
        return ()
    found = torch.autograd.grad(prediction.square().sum(), list(asked.values()), allow_unused=True)
    grads = dict(zip(asked, found, strict=True))
    return tuple(name for name in asked if (grad := grads[name]) is not None and bool(grad.abs().sum() > 0))
