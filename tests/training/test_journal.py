"""The log of a training."""

import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from symmv_tools.training import journal
from symmv_tools.training.journal import Journal, Step, read

pytestmark = pytest.mark.quick


def step(number: int) -> Step:
    return Step(number, 10, (number - 1) // 4, 0.5, {"pitch": 0.3, "type": 0.2}, 1e-3, 2.0, 600, 0.5, 0.25)


def write(folder: Path, first: int, last: int, epoch: int) -> None:
    with Journal(folder, first, epoch) as log:
        for number in range(first + 1, last + 1):
            log.note(step(number))
            if number % 4 == 0:
                log.validated(number, number // 4 - 1, 0.5, {"loss": 0.6})


def test_every_step_has_its_line(tmp_path: Path) -> None:
    write(tmp_path, 0, 1, 0)
    assert read(tmp_path) == [
        {
            "kind": "step",
            "step": 1,
            "steps": 10,
            "epoch": 0,
            "loss": 0.5,
            "parts": {"pitch": 0.3, "type": 0.2},
            "learning_rate": 1e-3,
            "gradient_norm": 2.0,
            "tokens": 600,
            "seconds": 0.5,
            "waiting": 0.25,
            "tokens_per_second": 1200.0,
        }
    ]


@pytest.mark.parametrize(("at", "epoch"), [(0, 0), (3, 0), (4, 0), (4, 1), (7, 1), (9, 2)])
def test_what_is_done_once_more_stands_there_once(tmp_path: Path, at: int, epoch: int) -> None:
    """Also where the state was saved after the last step of an epoch, but before its validation."""
    write(tmp_path / "whole", 0, 10, 0)
    write(tmp_path / "again", 0, 9, 0)
    with (tmp_path / "again" / journal.NAME).open("a") as log:
        log.write('{"kind": "st')  # the power went
    if (at, epoch) == (4, 0):
        with Journal(tmp_path / "again", at, epoch) as log_again:
            log_again.validated(4, 0, 0.5, {"loss": 0.6})
        epoch = 1
    write(tmp_path / "again", at, 10, epoch)
    assert read(tmp_path / "again") == read(tmp_path / "whole")


def test_a_folder_without_a_log_has_no_entries(tmp_path: Path) -> None:
    assert read(tmp_path) == []


def test_tensorboard_gets_the_numbers_where_it_is_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = dict[str, Any]()

    class Board:
        def __init__(self, folder: str, purge_step: int) -> None:
            drawn["folder"], drawn["purge"] = folder, purge_step

        def add_scalar(self, name: str, value: float, at: int) -> None:
            drawn[name] = (value, at)

        def close(self) -> None:
            drawn["closed"] = True

    module = ModuleType("torch.utils.tensorboard")
    module.SummaryWriter = Board  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", module)
    monkeypatch.setattr(journal, "find_spec", lambda name: name)
    write(tmp_path, 3, 4, 0)
    assert drawn.pop("folder") == str(tmp_path / "tensorboard")
    assert drawn.pop("purge") == 4
    assert drawn.pop("closed")
    assert drawn["loss/pitch"] == (0.3, 4)
    assert drawn["validation/loss"] == (0.6, 4)
    assert drawn["tokens_per_second"] == (1200.0, 4)
