"""The script that sets everything up, without running pip."""

import ast
import json
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from symmv_tools import setup_house

pytestmark = pytest.mark.quick

SCRIPT = Path(setup_house.__file__)


@pytest.fixture
def house(tmp_path: Path) -> setup_house.House:
    (tmp_path / "env" / "bin").mkdir(parents=True)
    return setup_house.House(Path(sys.executable), tmp_path / "env", tmp_path, None)


def test_an_old_python_can_read_the_sentence_that_refuses_it() -> None:
    ast.parse(SCRIPT.read_text("utf-8"), feature_version=(3, 8))


def test_it_imports_the_standard_library_only() -> None:
    named = set()
    for node in ast.walk(ast.parse(SCRIPT.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            named |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            named.add((node.module or "").split(".")[0])
    assert named <= sys.stdlib_module_names


@pytest.mark.parametrize("version", [(3, 10), (3, 13)])
def test_a_python_that_we_do_not_support_is_named(version: tuple[int, int]) -> None:
    with pytest.raises(setup_house.SetupFailed, match=f"this is 3.{version[1]} at "):
        setup_house.check_python(version)


def test_trouble_is_two_lines_and_exit_status_2(tmp_path: Path) -> None:
    (tmp_path / "symmv-setup.json").write_text(json.dumps({"prefix": "/elsewhere"}))
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python").touch()
    ended = subprocess.run(
        [sys.executable, SCRIPT, "--venv", tmp_path], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 2
    what, remedy = ended.stderr.splitlines()
    assert "was made at /elsewhere" in what
    assert remedy.startswith("  try: delete ")


def test_two_pythons_are_not_mixed_in_one_environment(house: setup_house.House) -> None:
    house.stamp.write_text(json.dumps({"prefix": str(house.prefix), "venv": "Python 3.9"}))
    with pytest.raises(setup_house.SetupFailed, match=r"holds Python 3\.9"):
        setup_house.set_up(house, own_venv=True, dev=False, force=False)


def test_the_sums_are_those_that_madmom_infer_asks_for() -> None:
    from madmom_infer import models

    assert {file.relpath: file.sha256 for file in models._DOWNBEATS_BLSTM_FILES} == setup_house.WEIGHTS


def test_a_finished_step_is_not_done_again(
    house: setup_house.House, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    acted: list[str] = []

    def act(name: str) -> str:
        acted.append(name)
        return ""

    def steps(_: setup_house.House, **__: bool) -> list[setup_house.Step]:
        return [setup_house.Step(n, n, n + key, partial(act, n)) for n in ("one", "two")]

    monkeypatch.setattr(setup_house, "_steps", steps)
    key = "1"
    setup_house.set_up(house, own_venv=True, dev=False, force=False)
    setup_house.set_up(house, own_venv=True, dev=False, force=False)
    assert acted == ["one", "two"]
    assert "up to date" in capsys.readouterr().out
    key = "2"
    setup_house.set_up(house, own_venv=True, dev=False, force=False)
    setup_house.set_up(house, own_venv=True, dev=False, force=True)
    assert acted == ["one", "two"] * 3


def test_a_step_that_fails_keeps_those_before_it(
    house: setup_house.House, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail() -> str:
        raise setup_house.PipFailed("  | OSError: [Errno 28] No space left on device")

    made = [setup_house.Step("one", "one", "1", lambda: ""), setup_house.Step("two", "two", "1", fail)]
    monkeypatch.setattr(setup_house, "_steps", lambda _, **__: made)
    with pytest.raises(setup_house.SetupFailed, match="'two' failed") as failure:
        setup_house.set_up(house, own_venv=True, dev=False, force=False)
    assert "make room" in failure.value.try_this
    assert "Errno 28" in capsys.readouterr().err
    assert json.loads(house.stamp.read_text()).keys() == {"prefix", "one"}


def test_a_wrong_network_is_refused(house: setup_house.House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(setup_house, "_reader_of_installed_madmom", lambda _: lambda name: b"not a network")
    with pytest.raises(ValueError, match="not the file that madmom-infer expects"):
        setup_house._lay_out_weights(house)
    assert not list(house.prefix.rglob("*.pkl"))


def test_an_unfinished_step_is_tried_again(
    house: setup_house.House, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """No compiler and no network: the set-up goes on and names what stands in for madmom, each time."""

    def offline(*_: object) -> str:
        raise setup_house.PipFailed("  | could not reach the index")

    monkeypatch.setattr(setup_house, "_pip", offline)
    beats = setup_house.Step("madmom", "madmom", "1", lambda: setup_house._madmom(house))
    monkeypatch.setattr(setup_house, "_steps", lambda _, **__: [beats])
    monkeypatch.setattr(setup_house, "_reader_of_installed_madmom", lambda _: None)
    for _ in range(2):
        setup_house.set_up(house, own_venv=True, dev=False, force=False)
        assert "could not reach the index); beats will come from notes" in capsys.readouterr().out
