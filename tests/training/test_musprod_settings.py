"""The settings of V-MusProd's trainers, and the files in manifests/training."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import pytest

from symmv_tools.errors import BadSettings
from symmv_tools.models.vmusprod.sizes import PRESETS, Sizes
from symmv_tools.training.musprod_examples import STAGES
from symmv_tools.training.musprod_settings import MusProdSettings, presets, read_preset

pytestmark = pytest.mark.quick

ABLATIONS = {
    "without-semantic": {"semantic": False},
    "without-colour": {"colour": False},
    "without-motion": {"motion": False, "tempo": "song"},
    "video2music": {"chords_first": False},
    "video2chord2music": {},
    "unconditional": {"semantic": False, "colour": False, "tempo": "song"},
}


def test_these_presets_ship() -> None:
    assert presets() == sorted(["default", "paper", "small", "toy", *ABLATIONS])


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("preset", presets())
def test_every_preset_can_be_read_for_every_stage(preset: str, stage: str) -> None:
    assert read_preset(preset, stage).stage == stage


def test_the_paper_trains_200_200_and_400_epochs() -> None:
    assert {stage: read_preset("paper", stage).epochs for stage in STAGES} == {
        "chord": 200,
        "melody": 200,
        "accompaniment": 400,
        "music": 400,
    }


@pytest.mark.parametrize(("preset", "changes"), ABLATIONS.items())
def test_an_ablation_differs_from_the_paper_in_one_thing(preset: str, changes: dict[str, object]) -> None:
    paper, ablated = (asdict(read_preset(name, "chord")) for name in ("paper", preset))
    assert {name: value for name, value in ablated.items() if value != paper[name]} == changes


@pytest.mark.parametrize(("preset", "sizes"), [("paper", "paper"), ("default", "small"), ("toy", "toy")])
def test_sizes_are_those_that_the_networks_offer(preset: str, sizes: str) -> None:
    settings = read_preset(preset, "chord")
    assert {name: getattr(settings, name) for name in asdict(Sizes())} == asdict(PRESETS[sizes])


def test_one_setting_is_changed_on_the_command_line() -> None:
    settings = read_preset("toy", "melody", ["epochs=3", "attention=softmax", "learning_rate=1"])
    assert (settings.epochs, settings.attention, settings.learning_rate) == (3, "softmax", 1.0)


def test_a_file_of_one_s_own_differs_from_its_base(tmp_path: Path) -> None:
    mine = tmp_path / "mine.toml"
    mine.write_text('base = "paper"\nseed = 7\n[melody]\nepochs = 5\n')
    assert read_preset(str(mine), "melody") == read_preset("paper", "melody", ["seed=7", "epochs=5"])
    assert read_preset(str(mine), "chord") == read_preset("paper", "chord", ["seed=7"])


@pytest.mark.parametrize(
    ("text", "said", "hint"),
    [
        ("epoch = 3", "there is no setting 'epoch'", "did you mean 'epochs'?"),
        ("[melodie]\nepochs = 3", r"there is no stage \[melodie\]", "did you mean 'melody'?"),
        ("epochs = 'many'", "epochs must be int; got 'many'", "write strings in quotes"),
        ("attention = 'lineal'", "attention is 'lineal'; it can be", "did you mean 'linear'?"),
        ("base = 'papers'", "there is no preset 'papers'", "did you mean 'paper'?"),
        ("epochs =", "is not valid TOML", "mend the line"),
    ],
)
def test_what_there_is_not_is_answered_with_what_there_is(
    tmp_path: Path, text: str, said: str, hint: str
) -> None:
    mine = tmp_path / "mine.toml"
    mine.write_text(text)
    with pytest.raises(BadSettings, match=said) as why:
        read_preset(str(mine), "chord")
    assert hint in why.value.hint


def test_a_stage_that_is_none_is_refused() -> None:
    with pytest.raises(BadSettings, match="there is no stage 'chords'") as why:
        read_preset("toy", "chords")
    assert why.value.hint == "did you mean 'chord'?"


def test_the_defaults_say_what_they_mean() -> None:
    settings = MusProdSettings()
    assert settings.stage == "chord"
    assert settings.missing_video == "without"
