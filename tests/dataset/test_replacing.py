"""A whole export is swapped in at once, and only ever over an earlier export."""

from pathlib import Path

import pytest

from symmv_tools.dataset.replacing import replacing
from symmv_tools.errors import BadCall

pytestmark = pytest.mark.quick


def export(folder: Path, text: str) -> None:
    with replacing(folder) as new:
        (new / "data").mkdir()
        (new / "data" / f"{text}.txt").write_text(text)


def export_half(folder: Path) -> None:
    with replacing(folder) as new:
        (new / "half.txt").write_text("half")
        raise RuntimeError("half way")


def shown(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*.txt"))


def test_the_new_export_takes_the_place_of_the_old(tmp_path: Path) -> None:
    export(tmp_path / "out", "first")
    export(tmp_path / "out", "second")
    assert shown(tmp_path / "out") == ["second.txt"]
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_an_error_keeps_the_old_export(tmp_path: Path) -> None:
    export(tmp_path / "out", "first")
    with pytest.raises(RuntimeError, match="half way"):
        export_half(tmp_path / "out")
    assert shown(tmp_path / "out") == ["first.txt"]
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize("name", ["thesis.doc", "data/notes.md"])
def test_files_that_no_export_wrote_are_never_deleted(tmp_path: Path, name: str) -> None:
    export(tmp_path / "out", "first")
    (tmp_path / "out" / name).write_text("mine")
    with pytest.raises(BadCall, match=f"holds '{name}', which no export wrote"):
        export(tmp_path / "out", "second")
    assert (tmp_path / "out" / name).read_text() == "mine"


def test_files_of_other_commands_are_spared_while_the_block_runs(tmp_path: Path) -> None:
    export(tmp_path / "out", "first")
    (tmp_path / "out" / "accuracy.json").write_text("0.9")
    with replacing(tmp_path / "out", ours=("accuracy.json",)) as new:
        (new / "accuracy.json").write_bytes((tmp_path / "out" / "accuracy.json").read_bytes())
    export(tmp_path / "out", "second")
    assert shown(tmp_path / "out") == ["second.txt"]


def test_an_export_goes_into_an_empty_folder_but_not_over_a_file(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    export(tmp_path / "empty", "first")
    (tmp_path / "file").write_text("mine")
    with pytest.raises(BadCall, match="is a file"):
        export(tmp_path / "file", "first")


def test_a_run_killed_between_the_renames_is_repaired(tmp_path: Path) -> None:
    export(tmp_path / "out", "first")
    (tmp_path / "out").rename(tmp_path / ".out.old")
    with pytest.raises(RuntimeError, match="half way"):
        export_half(tmp_path / "out")
    assert shown(tmp_path / "out") == ["first.txt"]


def test_what_a_killed_run_left_is_cleared_away(tmp_path: Path) -> None:
    (tmp_path / ".out.new").mkdir()
    (tmp_path / ".out.new" / "half.txt").write_text("half")
    export(tmp_path / "out", "whole")
    assert shown(tmp_path) == ["whole.txt"]
