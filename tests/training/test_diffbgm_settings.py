"""The settings of Diff-BGM's trainer, and the files in manifests/training."""

from __future__ import annotations

from dataclasses import asdict, fields

import pytest

from symmv_tools.errors import BadSettings
from symmv_tools.models.diffbgm.sizes import PRESETS, Sizes
from symmv_tools.training.diffbgm_examples import conditions_of
from symmv_tools.training.diffbgm_settings import DiffBgmSettings, presets, read_preset

pytestmark = pytest.mark.quick

ABLATIONS: dict[str, dict[str, object]] = {
    "unconditional": {"selection": "none"},
    "video": {"selection": "visual", "mask": "none"},
    "selection": {"mask": "none"},
    "segments": {},
    "only-visual": {"selection": "visual"},
    "only-text": {"selection": "text"},
    "visual-then-text": {"selection": "visual_then_text"},
    "text-then-visual": {},
}


def test_these_presets_ship() -> None:
    assert presets() == sorted(["default", "paper", "release", "toy", *ABLATIONS])


@pytest.mark.parametrize("preset", presets())
def test_every_preset_can_be_read(preset: str) -> None:
    assert read_preset(preset).stage == "diffbgm"


@pytest.mark.parametrize(("preset", "changes"), ABLATIONS.items())
def test_an_ablation_differs_from_the_paper_in_what_its_row_names(
    preset: str, changes: dict[str, object]
) -> None:
    paper, ablated = (asdict(read_preset(name)) for name in ("paper", preset))
    assert {name: value for name, value in ablated.items() if value != paper[name]} == changes


@pytest.mark.parametrize("preset", ["paper", "release", "default", "toy"])
def test_sizes_are_those_that_the_network_offers(preset: str) -> None:
    settings = read_preset(preset)
    assert {field.name: getattr(settings, field.name) for field in fields(Sizes)} == asdict(PRESETS[preset])


def test_the_paper_is_what_its_text_says() -> None:
    paper = read_preset("paper")
    assert (paper.noise_steps, paper.objective, paper.t0, paper.window) == (1000, "epsilon", 200, 8)
    assert (paper.optimiser, paper.learning_rate, paper.schedule, paper.epochs) == (
        "adam",
        5e-5,
        "constant",
        100,
    )
    assert (paper.selection, paper.mask, paper.drop_condition) == ("text_then_visual", "segments", 0.0)


def test_what_the_release_does_is_for_comparison_alone() -> None:
    turning = [name for name in presets() if read_preset(name).turn_features]
    assert turning == ["release"]


def test_what_an_ablation_goes_by() -> None:
    found = {name: conditions_of(read_preset(name)) for name in ABLATIONS}
    both = ("visual", "text")
    assert found == {
        "unconditional": (),
        "video": ("visual",),
        "only-visual": ("visual",),
        "only-text": ("text",),
        **dict.fromkeys(("selection", "segments", "visual-then-text", "text-then-visual"), both),
    }


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("drop_condition=1.5", "drop_condition is 1.5"),
        ("noise_steps=0", "noise_steps is 0"),
        ("batch_segments=0", "batch_segments is 0"),
        ("min_snr=-1", "min_snr is -1"),
        ("selection='colour'", "selection is 'colour'; it can be"),
        ("multipliers=['x']", r"multipliers\[0\] must be int"),
        ("silence=0.5", "silence is 0.5; it can be -1.0, 0.0"),
    ],
)
def test_what_makes_no_sense_is_refused(change: str, said: str) -> None:
    with pytest.raises(BadSettings, match=said):
        read_preset("toy", [change])


def test_the_defaults_drop_conditions_so_that_guidance_means_something() -> None:
    assert DiffBgmSettings().drop_condition == 0.1
