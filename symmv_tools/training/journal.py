"""What happened at each step: one JSON object per line, and TensorBoard's files where it is installed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import IO, Any, NamedTuple, Self

from symmv_tools.io.atomic import written

NAME = "log.jsonl"


class Step(NamedTuple):
    """One step: what was learned, and what it took.

    `loss` is the sum of `parts`, means per token over all batches of the step. `waiting` is the share of
    `seconds` that was spent waiting for batches. `seconds_left` is None until it can be told.
    """

    step: int
    steps: int
    epoch: int
    loss: float
    parts: Mapping[str, float]
    learning_rate: float
    gradient_norm: float
    tokens: int
    seconds: float
    waiting: float
    seconds_left: float | None = None

    @property
    def tokens_per_second(self) -> float:
        """All processes together."""
        return self.tokens / max(self.seconds, 1e-9)


class Journal:
    """Writes `log.jsonl` in a folder, from a certain step on; what stands there of later ones goes.

    `epoch` is the first one whose validation is still to come.
    """

    def __init__(self, folder: Path, step: int, epoch: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / NAME
        _trim(path, step, epoch)
        self._file: IO[str] = path.open("a", encoding="utf-8")
        self._board = _board(folder / "tensorboard", step)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, why: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
        if self._board is not None:
            self._board.close()

    def note(self, step: Step) -> None:
        """Write down a step."""
        kept = {name: value for name, value in step._asdict().items() if name != "seconds_left"}
        speed = round(step.tokens_per_second, 1)
        self._write({"kind": "step"} | kept | {"tokens_per_second": speed})
        numbers = {f"loss/{name}": value for name, value in step.parts.items()} | {
            name: float(getattr(step, name))
            for name in ("loss", "learning_rate", "gradient_norm", "tokens_per_second", "waiting")
        }
        self._draw(numbers, step.step)

    def validated(self, step: int, epoch: int, loss: float, scores: Mapping[str, float]) -> None:
        """Write down the end of an epoch."""
        self._write({"kind": "epoch", "step": step, "epoch": epoch, "loss": loss, "scores": dict(scores)})
        self._draw({f"validation/{name}": value for name, value in scores.items()}, step)

    def _write(self, entry: Mapping[str, Any]) -> None:
        self._file.write(json.dumps(entry) + "\n")
        self._file.flush()

    def _draw(self, numbers: Mapping[str, float], step: int) -> None:
        if self._board is not None:
            for name, value in numbers.items():
                self._board.add_scalar(name, value, step)


def read(folder: Path) -> list[dict[str, Any]]:
    """Return the entries of a folder's journal; a line that a kill cut short is left out."""
    path = folder / NAME
    lines = path.read_text("utf-8").split("\n")[:-1] if path.is_file() else []
    return [json.loads(line) for line in lines]


def _trim(path: Path, step: int, epoch: int) -> None:
    """Take out what a run that starts again at `step` is going to do once more."""
    if path.is_file():
        kept = [
            e for e in read(path.parent) if e["step"] <= step and (e["kind"] == "step" or e["epoch"] < epoch)
        ]
        with written(path) as part:
            part.write_text("".join(json.dumps(entry) + "\n" for entry in kept), "utf-8")


def _board(folder: Path, step: int) -> Any:
    """A writer of TensorBoard's files, or None where it is not installed."""
    if find_spec("tensorboard") is None:
        return None
    from torch.utils.tensorboard import SummaryWriter

    return SummaryWriter(str(folder), purge_step=step + 1)
