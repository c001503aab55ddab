"""`symmv train`."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from symmv_tools.cli.main import main
from symmv_tools.training.journal import Journal, Step
from tests.painters import TINY
from tests.training import diffbgm_data
from tests.training.musprod_data import export


def call(*words: object) -> int:
    with pytest.raises(SystemExit) as end:
        main(["train", *map(str, words)])
    assert isinstance(end.value.code, int)
    return end.value.code


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    """Networks this small lose more by waiting for a second thread than they gain."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return export(tmp_path / "data", 4, 2)


def test_a_run_is_trained_and_trained_no_further(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tmp_path / "run"
    words = ("melody", "--data", data, "--run", run, "--preset", "toy", "--set", "epochs=2", "--json")
    assert call(*words) == 0
    said = capsys.readouterr()
    told = json.loads(said.out)
    assert (told["run"], told["epoch"], told["stopped"]) == (str(run), 2, False)
    assert "4 songs to learn melody from" in said.err
    assert "epoch 2/2: loss " in said.err
    assert {path.name for path in run.iterdir()} == {
        "constants.json",
        "data.json",
        "environment.json",
        "last",
        "log.jsonl",
        "settings.toml",
        "weights.safetensors",
    }
    assert call(*words) == 0
    assert json.loads(capsys.readouterr().out) == told
    assert call(*words, "--set", "seed=1") == 2
    assert "was trained with other settings: seed 0 -> 1" in capsys.readouterr().err


def test_ctrl_c_saves_and_says_how_to_go_on(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    note = Journal.note

    def pressed(self: Journal, step: Step) -> None:
        note(self, step)
        if step.step == 2:
            os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(Journal, "note", pressed)
    words = ("melody", "--data", data, "--run", tmp_path / "run", "--preset", "toy", "--set", "epochs=3")
    assert call(*words) == 130
    assert "stopped after step 2; the same command goes on from here" in capsys.readouterr().err
    assert call(*words) == 0
    assert "epoch 3/3" in capsys.readouterr().err


def test_a_dry_run_tells_and_writes_nothing(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("chord", "--data", data, "--run", tmp_path / "run", "--preset", "toy", "--dry-run")
    assert call(*words) == 0
    assert "hours for all epochs" in capsys.readouterr().out
    assert call(*words, "--json") == 0
    assert json.loads(capsys.readouterr().out)["parameters"] > 0
    assert not (tmp_path / "run").exists()


def test_diff_bgm_is_trained_and_rehearsed_by_the_same_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, run = diffbgm_data.export(tmp_path / "data", 4, 2), tmp_path / "run"
    tiny = [word for name, value in TINY.items() for word in ("--set", f"{name}={json.dumps(value)}")]
    words = ("diffbgm", "--data", data, "--preset", "toy", *tiny, "--set", "epochs=2", "--json")
    assert call(*words, "--dry-run") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["tokens_per_epoch"], told["steps"]) == (4, 2)
    assert call(*words, "--run", run) == 0
    said = capsys.readouterr()
    assert "4 segments to learn from, 2 to validate with; the network goes by visual, text" in said.err
    assert json.loads(said.out)["epoch"] in (1, 2)
    assert json.loads((run / "conditions.json").read_text()) == {"visual": 8, "text": 6}
    assert call(*words, "--run", run, "--set", "t0=100") == 2
    assert "was trained with other settings: t0 200 -> 100" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("difbgm",), "did you mean 'diffbgm'?"),
        (("diffbgm", "--preset", "relase"), "did you mean 'release'?"),
        (("chords",), "there is no stage 'chords'"),
        (("chord", "--preset", "papr"), "did you mean 'paper'?"),
        (("chord", "--set", "epoch=3"), "did you mean 'epochs'?"),
        (("chord", "--set", "epochs"), "cannot read the setting"),
        (("chord",), "no run folder is named"),
        (("chord", "--dry-run", "--gpu", "99"), "GPU 99 is asked for"),
    ],
)
def test_a_wrong_call_is_answered_in_two_lines(
    data: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], said: str
) -> None:
    assert call(*words, "--data", data) == 2
    assert said in capsys.readouterr().err


def test_an_export_that_is_none_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("melody", "--data", tmp_path / "nothing", "--run", tmp_path / "run") == 2
    assert "there is no export at" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()
