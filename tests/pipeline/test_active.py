"""Settings: what is active, what a typo says, and what makes a config differ."""

from __future__ import annotations

from pathlib import Path

import pytest

from symmv_tools.errors import BadSettings
from symmv_tools.pipeline.active import PRESETS, Active
from symmv_tools.pipeline.graph import build
from symmv_tools.stages import ALL
from tests.fake_stages import WORLD


def active() -> Active:
    return Active(build(WORLD))


def config(of: Active, key: str) -> str:
    return next(node.config for node in of.nodes() if node.key == key)


def test_settings_survive_the_file(tmp_path: Path) -> None:
    first = active()
    first.change("paper", ["double.factor=3", "label@sad.minor=true"])
    first.save(tmp_path)
    second = Active.load(first.graph, tmp_path)
    assert [(n.key, n.settings) for n in second.nodes()] == [(n.key, n.settings) for n in first.nodes()]


@pytest.mark.parametrize(
    ("assignment", "message", "hint"),
    [
        ("double.fctor=3", "there is no setting 'fctor'", "factor"),
        ("dubble.factor=3", "there is no stage 'dubble'", "double"),
        ("double.factor=three", "must be int; got 'three'", "quotes"),
        ("double.factor", "cannot read the setting", "stage.field=value"),
        ("label.minor=1", "must be bool", "true or false"),
    ],
)
def test_a_typo_is_answered_with_the_nearest_name(assignment: str, message: str, hint: str) -> None:
    settings = active()
    with pytest.raises(BadSettings, match=message) as caught:
        settings.change(None, [assignment])
    assert hint in caught.value.hint
    assert settings.sections == {}, "a refused change must change nothing"


def test_a_semantic_setting_changes_the_config_and_a_runtime_setting_does_not() -> None:
    plain, changed = active(), active()
    changed.change(None, ["double.factor=3", "count.batch=1"])
    assert config(plain, "double") != config(changed, "double")
    assert config(plain, "count") == config(changed, "count")


def test_a_variant_of_one_s_own_starts_from_what_is_active() -> None:
    settings = active()
    settings.change(None, ["double.factor=5", "double@big.minor=true"])
    (variant,) = [node.settings for node in settings.nodes() if node.key == "double@big"]
    assert (variant.factor, variant.minor) == (5, True)


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text("preset = [", encoding="utf-8")
    with pytest.raises(BadSettings, match=r"settings.toml is not valid TOML"):
        Active.load(build(WORLD), tmp_path)


@pytest.mark.parametrize("preset", PRESETS)
def test_every_shipped_preset_fits_the_stages(preset: str) -> None:
    assert Active(build(ALL), preset).nodes()
