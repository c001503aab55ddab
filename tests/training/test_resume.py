"""A training that was interrupted ends as if it had not been."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from symmv_tools.errors import BadCall, DiskFull
from symmv_tools.training import saving
from symmv_tools.training.loop import LAST, WEIGHTS, Fitted, fit
from symmv_tools.training.settings import FitSettings
from tests.training import toys

pytestmark = pytest.mark.quick


class PowerCutError(Exception):
    """No more electricity."""


class Lossy:
    """The toy's loss, which at one of its calls does something else first."""

    def __init__(self, at: int, what: Any) -> None:
        self.calls, self._at, self._what = 0, at, what

    def __call__(self, net: nn.Module, batch: toys.Batch) -> dict[str, Tensor]:
        self.calls += 1
        if self.calls == self._at:
            self._what()
        return toys.loss(net, batch)


def power_cut() -> None:
    raise PowerCutError


def train(folder: Path, settings: FitSettings, loss: Any = toys.loss, workers: int = 0) -> Fitted:
    return fit(
        toys.network(),
        toys.batches(workers=workers),
        loss,
        toys.validate,
        settings,
        lambda line: None,
        cost=lambda scores: scores["error"],
        size=toys.size,
        folder=folder,
    )


def assert_same(folder: Path, other: Path, fitted: Fitted, expected: Fitted) -> None:
    assert toys.exact(folder) == toys.exact(other)
    assert fitted._replace(weights={}) == expected._replace(weights={})
    assert all(torch.equal(fitted.weights[name], value) for name, value in expected.weights.items())
    mine, theirs = (saving.load(each / LAST)[0] for each in (folder, other))
    assert mine.keys() == theirs.keys()
    assert all(torch.equal(mine[name], theirs[name]) for name in mine)


@pytest.mark.parametrize(
    ("settings", "calls"),
    [
        # 13 songs in twos are 7 batches, 4 steps an epoch: call 10 is in the second epoch, after half a step
        (toys.settings(save_steps=1), (2, 7, 8, 10, 28)),
        (toys.settings(save_steps=3, patience=1, schedule="one-cycle"), (9, 13)),
        (toys.settings(save_minutes=0.0, average_steps=0.0, optimiser="adam"), (11,)),
        (toys.settings(save_steps=2, steps=9, precision="bf16", schedule="constant"), (12,)),
    ],
)
def test_a_power_cut_changes_nothing(tmp_path: Path, settings: FitSettings, calls: tuple[int, ...]) -> None:
    expected = train(tmp_path / "whole", settings)
    for call in calls:
        folder = tmp_path / f"cut-{call}"
        with pytest.raises(PowerCutError):
            train(folder, settings, Lossy(call, power_cut))
        assert_same(folder, tmp_path / "whole", train(folder, settings), expected)


def test_every_cut_in_turn_changes_nothing(tmp_path: Path) -> None:
    settings = toys.settings(save_steps=1, epochs=2)
    expected = train(tmp_path / "whole", settings)
    for call in (1, 3, 5, 2, 6):
        with pytest.raises(PowerCutError):
            train(tmp_path / "cut", settings, Lossy(call, power_cut))
    assert_same(tmp_path / "cut", tmp_path / "whole", train(tmp_path / "cut", settings), expected)


@pytest.mark.parametrize("which", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_step_and_saves(tmp_path: Path, which: signal.Signals) -> None:
    settings = toys.settings()
    expected = train(tmp_path / "whole", settings)
    before = signal.getsignal(which)
    stopped = train(tmp_path / "cut", settings, Lossy(9, lambda: os.kill(os.getpid(), which)))
    assert stopped.stopped
    assert stopped.steps == 5
    assert signal.getsignal(which) is before
    assert_same(tmp_path / "cut", tmp_path / "whole", train(tmp_path / "cut", settings), expected)


def test_a_second_signal_does_not_wait_for_the_step(tmp_path: Path) -> None:
    def impatient() -> None:
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        train(tmp_path, toys.settings(), Lossy(9, impatient))


def test_a_finished_training_is_only_read(tmp_path: Path) -> None:
    expected = train(tmp_path, toys.settings())
    again = train(tmp_path, toys.settings(), Lossy(1, power_cut))
    assert again._replace(weights={}) == expected._replace(weights={})
    kept, about = saving.load(tmp_path / WEIGHTS)
    assert all(torch.equal(kept[name], again.weights[name]) for name in kept)
    assert about["scores"] == expected.scores


@pytest.mark.timeout(120)
def test_a_kill_in_mid_epoch_with_workers_changes_nothing(tmp_path: Path) -> None:
    settings = toys.settings(save_steps=1)
    expected = train(tmp_path / "whole", settings)
    code = f"""
        import os, signal, sys
        from pathlib import Path
        import torch
        from tests.training import test_resume, toys
        if __name__ == "__main__":
            torch.set_num_threads(1)
            kill = test_resume.Lossy(10, lambda: os.kill(os.getpid(), signal.SIGKILL))
            test_resume.train(Path({str(tmp_path / "cut")!r}), toys.settings(save_steps=1), kill, workers=1)
    """
    script = tmp_path / "killed.py"
    script.write_text(textwrap.dedent(code))
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    ended = subprocess.run([sys.executable, str(script)], env=environment, timeout=100)
    assert ended.returncode == -signal.SIGKILL
    assert 0 < len(toys.exact(tmp_path / "cut")) < len(toys.exact(tmp_path / "whole"))
    assert_same(tmp_path / "cut", tmp_path / "whole", train(tmp_path / "cut", settings), expected)


def test_a_full_disk_keeps_the_last_save(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = toys.settings(save_steps=1)
    write, saves = Path.write_bytes, list[int]()

    def full(path: Path, data: Any) -> int:
        saves.append(len(data))
        if len(saves) == 4:
            write(path, data[:100])
            raise OSError(28, "No space left on device", str(path))
        return write(path, data)

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(DiskFull, match="no space"):
        train(tmp_path / "cut", settings)
    monkeypatch.undo()
    assert saving.load(tmp_path / "cut" / LAST)[1]["place"]["step"] == 3
    assert [path.name for path in (tmp_path / "cut" / LAST.parent).iterdir()] == [LAST.name]
    expected = train(tmp_path / "whole", settings)
    assert_same(tmp_path / "cut", tmp_path / "whole", train(tmp_path / "cut", settings), expected)


def test_a_state_of_somebody_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / LAST).parent.mkdir()
    (tmp_path / LAST).write_bytes(b"no tensors")
    with pytest.raises(BadCall, match="is not what a training of ours saved"):
        train(tmp_path, toys.settings())
