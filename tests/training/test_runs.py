"""The folder of a run."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from symmv_tools.dataset.constants import Constants, read_constants, write_constants
from symmv_tools.errors import BadCall, BadSettings
from symmv_tools.settings import make, runtime, semantic
from symmv_tools.training.runs import describe, open_run, read_settings, read_weights
from symmv_tools.training.settings import FitSettings
from tests.exports import recipe, song, write_export

pytestmark = pytest.mark.quick


@dataclass(frozen=True)
class Settings(FitSettings):
    """Those of some trainer."""

    seed: int = semantic(0, "of all chance")
    levels: tuple[int, ...] = semantic((1, 2), "a list in TOML")
    workers: int = runtime(0, "processes that make batches")


def export(folder: Path, songs: int = 4, digest: str = "1") -> Path:
    write_export(folder, [song(f"toy:{i}") for i in range(songs)], [recipe("chords", "chord", digest=digest)])
    write_constants(folder, Constants((1.0, 9.0)))
    return folder


def start(folder: Path, data: Path, settings: Settings | None = None) -> Path:
    return open_run(folder, settings or Settings(), data, ["default", "features_colour"])


def test_a_run_says_what_was_trained_on_what_and_where(tmp_path: Path) -> None:
    run = start(tmp_path / "run", export(tmp_path / "data"), Settings(seed=3, workers=2))
    assert read_settings(run, Settings) == Settings(seed=3, workers=2)
    assert read_constants(run) == Constants((1.0, 9.0))
    data = json.loads((run / "data.json").read_text())
    assert data["rows"] == {"default": {"train": 4}}
    assert data["stages"] == {"chords": "1"}
    (once,) = json.loads((run / "environment.json").read_text())["starts"]
    assert once["packages"]["torch"]
    assert once["command"]


def test_the_same_run_goes_on_with_other_runtime_settings(tmp_path: Path) -> None:
    data = export(tmp_path / "data")
    start(tmp_path / "run", data)
    run = start(tmp_path / "run", data, Settings(workers=3))
    assert read_settings(run, Settings).workers == 3
    assert len(json.loads((run / "environment.json").read_text())["starts"]) == 2


def test_a_tuple_is_a_list_in_the_file_and_a_tuple_again(tmp_path: Path) -> None:
    data = export(tmp_path / "data")
    start(tmp_path / "run", data, Settings(levels=(3, 4, 5)))
    assert read_settings(start(tmp_path / "run", data, Settings(levels=(3, 4, 5))), Settings).levels == (
        3,
        4,
        5,
    )
    with pytest.raises(BadCall, match=r"levels \[3, 4, 5\] -> \[3\]"):
        start(tmp_path / "run", data, Settings(levels=(3,)))
    with pytest.raises(BadSettings, match=r"levels\[1\] must be int; got 'x'"):
        make(Settings, {"levels": [1, "x"]}, "here")
    with pytest.raises(BadSettings, match="levels must be tuple; got 3"):
        make(Settings, {"levels": 3}, "here")


def test_other_settings_are_refused_by_name(tmp_path: Path) -> None:
    data = export(tmp_path / "data")
    start(tmp_path / "run", data)
    with pytest.raises(BadCall, match=r"was trained with other settings: epochs 10 -> 5, seed 0 -> 1$"):
        start(tmp_path / "run", data, replace(Settings(), seed=1, epochs=5))
    assert read_settings(tmp_path / "run", Settings) == Settings()


@pytest.mark.parametrize(
    ("songs", "digest", "said"),
    [
        (5, "1", "default train rows 4 -> 5"),
        (4, "2", "stage chords 1 -> 2"),
    ],
)
def test_other_data_are_refused_by_what_differs(tmp_path: Path, songs: int, digest: str, said: str) -> None:
    start(tmp_path / "run", export(tmp_path / "data"))
    with pytest.raises(BadCall, match=f"was trained on other data: {said}$"):
        start(tmp_path / "run", export(tmp_path / "other", songs, digest))


def test_a_changed_value_is_noticed_where_nothing_else_has_changed(tmp_path: Path) -> None:
    first = describe(export(tmp_path / "data"), ["default"])
    rows = [song(f"toy:{i}", title="Another") for i in range(4)]
    other = write_export(tmp_path / "other", rows, [recipe("chords", "chord", digest="1")])
    write_constants(other, Constants((1.0, 9.0)))
    assert describe(other, ["default"])["rows"] == first["rows"]
    assert describe(other, ["default"])["digest"] != first["digest"]
    assert describe(export(tmp_path / "again"), ["default"]) == first


def test_what_is_no_run_is_not_written_to(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("precious")
    with pytest.raises(BadCall, match="holds other things, and no run"):
        start(tmp_path, export(tmp_path / "data"))
    with pytest.raises(BadCall, match=r"is no run: it has no settings\.toml"):
        read_settings(tmp_path, Settings)
    with pytest.raises(BadCall, match=r"has no weights\.safetensors"):
        read_weights(tmp_path)


def test_settings_of_another_trainer_are_named(tmp_path: Path) -> None:
    run = start(tmp_path / "run", export(tmp_path / "data"))
    with pytest.raises(BadSettings, match="there is no setting 'seed'"):
        read_settings(run, FitSettings)
