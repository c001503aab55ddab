"""Training V-MusProd's stages."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from symmv_tools.errors import BadCall
from symmv_tools.models.vmusprod.sizes import n_parameters
from symmv_tools.training.journal import Step, read
from symmv_tools.training.musprod import loss, prepare, read_network, train
from symmv_tools.training.musprod_settings import MusProdSettings, read_preset
from symmv_tools.training.parallel import ALONE
from symmv_tools.training.rehearsal import rehearse
from tests.training.musprod_data import export

STAGES = ("chord", "melody", "accompaniment", "music")


def toy(stage: str, **changes: Any) -> MusProdSettings:
    return replace(read_preset("toy", stage), **changes)


def quiet(line: str) -> None:
    """Nobody listens."""


@pytest.fixture(scope="module")
def four(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return export(tmp_path_factory.mktemp("four"), 4)


@pytest.mark.parametrize(
    ("stage", "steps", "rate"),
    [("chord", 150, 3e-3), ("melody", 150, 4e-3), ("accompaniment", 70, 8e-3), ("music", 130, 5e-3)],
)
def test_four_songs_are_learned_by_heart(
    four: Path, tmp_path: Path, stage: str, steps: int, rate: float
) -> None:
    """Whole songs as they are. The first chord can be known from the video alone."""
    whole = {"transpose": False, "most_bars": 0, "batch_songs": 4}
    settings = toy(stage, **whole, steps=steps, learning_rate=rate, schedule="one-cycle", average_steps=5.0)
    train(four, tmp_path / "run", settings, say=quiet)
    network, _ = read_network(tmp_path / "run")
    (batch,) = prepare(four, settings, ALONE, quiet).batches(0)
    with torch.no_grad():
        found = loss(network, batch)
    assert sum(value.item() for value in found.values()) < 0.1, found


def test_fifty_songs_go_from_parquet_to_a_run(tmp_path: Path) -> None:
    said, heard = list[str](), list[Step]()
    data = export(tmp_path / "data", 46, 4)
    fitted = train(
        data, tmp_path / "run", toy("chord", epochs=3, most_bars=4), say=said.append, watch=heard.append
    )
    assert said[0] == "46 songs to learn chord from"
    assert [step.step for step in heard] == list(range(1, 3 * 6 + 1))
    entries = read(tmp_path / "run")
    losses = [entry["loss"] for entry in entries if entry["kind"] == "epoch"]
    assert losses[-1] < 0.8 * losses[0]
    by_attribute = [value for name, value in fitted.scores.items() if name != "validation"]
    assert fitted.scores["validation"] == pytest.approx(sum(by_attribute))
    network, settings = read_network(tmp_path / "run")
    assert settings == toy("chord", epochs=3, most_bars=4)
    assert n_parameters(network) > 0
    assert not network.training


def test_a_stage_goes_on_where_it_was_interrupted(four: Path, tmp_path: Path) -> None:
    """With crops, transpositions and dropout, to the last bit."""
    settings = toy("melody", epochs=3, batch_songs=1, dropout=0.2, most_bars=4, save_steps=1)
    expected = train(four, tmp_path / "whole", settings, say=quiet)

    def unplug(step: Step) -> None:
        if step.step == 6:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(four, tmp_path / "cut", settings, say=quiet, watch=unplug)
    resumed = train(four, tmp_path / "cut", settings, say=quiet)
    assert _losses(tmp_path / "cut") == _losses(tmp_path / "whole")
    assert all(torch.equal(resumed.weights[name], value) for name, value in expected.weights.items())


def _losses(run: Path) -> list[float]:
    return [entry["loss"] for entry in read(run)]


# --- what the video does not give -------------------------------------------------------------------


def test_features_that_are_missing_are_done_without_and_it_is_said(tmp_path: Path) -> None:
    said = list[str]()
    data = export(tmp_path / "data", 2, seen=("colour",))
    lesson = prepare(data, toy("chord"), ALONE, said.append)
    assert said[0] == f"{data} has no semantic features: trained without them"
    assert lesson.widths == {"colour": 6}
    lesson = prepare(export(tmp_path / "blind", 2, seen=()), toy("chord"), ALONE, said.append)
    assert said[3] == f"{tmp_path / 'blind'} has no semantic and no colour features: trained without them"
    assert said[-1].startswith("nothing to validate with, so the last epoch is kept: ")
    assert loss(lesson.network, lesson.batches(0)[0])["type"].item() > 0


def test_features_that_are_missing_are_refused_where_the_preset_wants_them(tmp_path: Path) -> None:
    data = export(tmp_path / "data", 2, seen=("colour", "motion"))
    with pytest.raises(BadCall, match="has no semantic features, and missing_video is 'refuse'"):
        prepare(data, read_preset("paper", "chord"), ALONE, quiet)
    assert prepare(data, toy("chord", missing_video="refuse", semantic=False), ALONE, quiet).widths == {
        "colour": 6
    }


def test_only_what_sees_asks_for_features(tmp_path: Path) -> None:
    data = export(tmp_path / "data", 2, seen=("motion",))
    for stage in ("melody", "accompaniment"):
        assert prepare(data, toy(stage, missing_video="refuse"), ALONE, quiet).widths == {}


def test_a_song_without_features_learns_beside_songs_that_have_them(four: Path) -> None:
    lesson = prepare(four, toy("chord", batch_songs=2), ALONE, quiet)
    batch = lesson.batches(0)[0]
    assert isinstance(batch.condition, dict)
    assert set(batch.condition) == {"semantic", "colour"}
    blind = {n: f._replace(is_real=torch.zeros_like(f.is_real)) for n, f in batch.condition.items()}
    assert all(value.isfinite() for value in loss(lesson.network, batch._replace(condition=blind)).values())


# --- what a training takes --------------------------------------------------------------------------


def test_a_rehearsal_tells_what_a_training_takes_and_writes_nothing(four: Path, tmp_path: Path) -> None:
    before = sorted(four.rglob("*"))
    settings = toy("accompaniment", batch_songs=2, epochs=7)
    told = rehearse(four, settings, say=quiet)
    lesson = prepare(four, settings, ALONE, quiet)
    assert told.parameters == n_parameters(lesson.network)
    assert told.state_megabytes == pytest.approx(20 * told.parameters / 1e6)
    assert told.steps_per_epoch == len(lesson.batches(0)) == 2
    assert told.steps == 14
    assert told.tokens_per_epoch == pytest.approx(sum(batch.tokens for batch in lesson.batches(0)), rel=0.3)
    assert told.hours == pytest.approx(
        told.steps * told.tokens_per_epoch / 2 / told.tokens_per_second / 3600, rel=0.01
    )
    assert told.peak_megabytes > 50
    assert sorted(four.rglob("*")) == before


@pytest.mark.parametrize("stage", STAGES)
def test_targets_are_what_comes_after_what_is_read(four: Path, stage: str) -> None:
    lesson = prepare(four, toy(stage, batch_songs=4), ALONE, quiet)
    (batch,) = lesson.batches(0)
    assert torch.equal(batch.read.event[:, 1:], batch.target[:, :-1])
    assert batch.tokens == int(batch.read.is_real.sum()) == int((batch.target[..., 0] > 0).sum())
    assert len(batch.song_ids) == len(batch.read.event) == 4
