"""One plain loop that fits any network: batches and a loss come in, the best weights go out.

    for each epoch: for each step: loss, backward, clip, step, log, save; then validate.

The step is in `learner`, what is saved in `saving`, rates in `schedules`, several processes in `parallel`.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import torch
from torch import Tensor, nn

from symmv_tools.errors import BadCall
from symmv_tools.training import saving, stopping
from symmv_tools.training.journal import Journal, Step
from symmv_tools.training.learner import Learned, Learner, Loss
from symmv_tools.training.parallel import ALONE, Group
from symmv_tools.training.settings import FitSettings

Batch = TypeVar("Batch")
Scores = Mapping[str, float]

LAST = Path("last") / "state.safetensors"
WEIGHTS = "weights.safetensors"


class Fitted(NamedTuple):
    """The weights that are kept, their scores and epoch, and whether it was stopped before the end."""

    weights: dict[str, Tensor]
    scores: Scores
    epoch: int
    steps: int
    stopped: bool


@dataclass
class _Place:
    """How far a training has come; `done` counts the steps of the present epoch, `total` their losses."""

    step: int = 0
    epoch: int = 0
    done: int = 0
    total: float = 0.0
    steps: int = 0
    seconds: float = 0.0
    least: float = math.inf
    best_epoch: int = 0
    scores: Scores | None = None
    ended: bool = False


def fit(
    network: nn.Module,
    batches: Callable[[int], Sequence[Batch]],
    loss: Loss[Batch],
    validate: Callable[[nn.Module], Scores],
    settings: FitSettings,
    report: Callable[[str], None] = print,
    *,
    cost: Callable[[Scores], float] | None = None,
    size: Callable[[Batch], int] = lambda batch: 1,
    folder: Path | None = None,
    group: Group = ALONE,
    watch: Callable[[Step], None] | None = None,
) -> Fitted:
    """Fit `network` in place, leave the best weights in it, and return them.

    `batches(epoch)` gives all batches of an epoch, about the same number in each; of it only slices and
    elements are asked for. `loss(network, batch)` is a mean over the `size(batch)` tokens of a batch; of
    several batches, in one step or in several processes, each token counts the same. After each epoch
    `validate` scores the averaged network, `report` has a line, and the weights of which `cost` of the
    scores is least are kept; without `cost`, those of the last epoch. `watch` hears of every step.

    With `folder`, the state is saved there as often as the settings say, steps are written to log.jsonl,
    SIGINT and SIGTERM save and end the training, and a call with the same arguments goes on from the last
    save as if nothing had happened: on a CPU, bit for bit.

    Raises Diverged if the loss is not finite, BadCall if there are no batches.
    """
    learner = Learner(network, loss, size, settings, group)
    training = _Training(learner, validate, report, cost, folder)
    place = training.place
    with ExitStack() as stack:
        stop = stack.enter_context(stopping.requests()) if folder else stopping.Request()
        training.journal = stack.enter_context(training.open_journal()) if folder and group.is_first else None
        while not place.ended:
            network.train()
            for step in training.steps(batches(place.epoch)):
                if watch is not None:
                    watch(step)
                if any(group.gather(stop.asked)):
                    training.save()
                    report(f"stopped after step {place.step}; the same command goes on from here")
                    return training.fitted(stopped=True)
                training.save_if_due()
            training.end_epoch()
        training.save()
    return training.fitted(stopped=False)


class _Training:
    """The parts of `fit`, and what they share."""

    journal: Journal | None = None

    def __init__(
        self,
        learner: Learner[Any],
        validate: Callable[[nn.Module], Scores],
        report: Callable[[str], None],
        cost: Callable[[Scores], float] | None,
        folder: Path | None,
    ) -> None:
        self.learner, self.settings, self.group = learner, learner.settings, learner.group
        self._validate, self._report, self._cost, self._folder = validate, report, cost, folder
        self.place, self._best = self._found() if folder and (folder / LAST).is_file() else (_Place(), None)
        self._saved = (self.place.step, time.monotonic())
        self._began = (self.place.step, time.monotonic() - self.place.seconds, time.monotonic())

    def open_journal(self) -> Journal:
        """Open the log at the present step."""
        assert self._folder is not None
        return Journal(self._folder, self.place.step, self.place.epoch)

    # --- an epoch ---------------------------------------------------------------------------------

    def steps(self, todays: Sequence[Any]) -> Iterator[Step]:
        """Take the steps of an epoch that are still to be taken."""
        place, stride = self.place, self.group.world
        per_epoch = math.ceil(len(todays) / (stride * self.settings.accumulate))
        self._plan(per_epoch)
        mine = iter(todays[place.done * self.settings.accumulate * stride + self.group.rank :: stride])
        while place.done < per_epoch and place.step < self._most():
            began = time.monotonic()
            some = list(islice(mine, self.settings.accumulate))
            waited = time.monotonic() - began
            learned = self.learner.learn(place.step, [on_device(batch, self.group.device) for batch in some])
            yield self._noted(learned, time.monotonic() - began, waited)

    def _plan(self, per_epoch: int) -> None:
        if not per_epoch:
            raise BadCall("there is nothing to learn from: the data give no batch", "is the split empty?")
        if not self.place.steps:
            self.place.steps = self.settings.steps or self.settings.epochs * per_epoch
        self.learner.plan(self.place.steps)

    def _most(self) -> float:
        return self.settings.steps or math.inf

    def _noted(self, learned: Learned, seconds: float, waited: float) -> Step:
        place, loss = self.place, sum(learned.parts.values())
        place.step, place.done, place.total = place.step + 1, place.done + 1, place.total + loss
        step = Step(
            place.step,
            place.steps,
            place.epoch,
            loss,
            learned.parts,
            learned.learning_rate,
            learned.gradient_norm,
            learned.tokens,
            seconds,
            waited / max(seconds, 1e-9),
            self._seconds_left(),
        )
        if self.journal is not None:
            self.journal.note(step)
        return step

    def _seconds_left(self) -> float:
        first, _, began = self._began
        each = (time.monotonic() - began) / (self.place.step - first)
        return each * max(self.place.steps - self.place.step, 0)

    def end_epoch(self) -> None:
        """Validate, keep the best, say so, and see whether it is over."""
        place, mean = self.place, self.place.total / max(self.place.done, 1)
        place.epoch, place.done, place.total = place.epoch + 1, 0, 0.0
        scores = self.group.gather(dict(self._scores()))[0]  # a GPU may round differently from its neighbour
        self._keep(scores)
        over = place.step >= self._most() if self.settings.steps else place.epoch >= self.settings.epochs
        tired = 0 < self.settings.patience <= place.epoch - place.best_epoch
        place.ended = over or tired
        if self.journal is not None:
            self.journal.validated(place.step, place.epoch - 1, mean, scores)
        words = "".join(f", {name} {score:.4f}" for name, score in scores.items())
        seconds = time.monotonic() - self._began[1]
        of = "" if self.settings.steps else f"/{self.settings.epochs}"
        self._report(f"epoch {place.epoch}{of}: loss {mean:.4f}{words}, {seconds:.0f} s")
        if tired and not over:
            self._report(f"none better in {self.settings.patience} epochs: epoch {place.best_epoch} is kept")

    def _scores(self) -> Scores:
        """Score the network under the averaged weights, and give it its own back."""
        network = self.learner.network
        own = {name: value.clone() for name, value in network.state_dict().items()}
        network.load_state_dict(self.learner.averaged())
        network.eval()
        with torch.no_grad():
            scores = self._validate(network)
        network.load_state_dict(own)
        return scores

    def _keep(self, scores: Scores) -> None:
        cost = -math.inf if self._cost is None else self._cost(scores)
        if not (cost < self.place.least or self._cost is None):
            return
        self.place.least, self.place.best_epoch, self.place.scores = cost, self.place.epoch, scores
        self._best = {name: value.clone() for name, value in self.learner.averaged().items()}
        if self._folder is not None and self.group.is_first:
            about = {"epoch": self.place.epoch, "step": self.place.step, "scores": dict(scores)}
            saving.save(self._folder / WEIGHTS, self._best, about)

    # --- saving -----------------------------------------------------------------------------------

    def save_if_due(self) -> None:
        """Save if the settings' steps or minutes have gone by."""
        step, moment = self._saved
        steps = self.place.step - step
        due = steps >= self.settings.save_steps > 0
        due |= time.monotonic() - moment >= 60 * self.settings.save_minutes
        if self.group.gather(due)[0]:
            self.save()

    def save(self) -> None:
        """Save all that going on takes."""
        if self._folder is None:
            return
        self.place.seconds = time.monotonic() - self._began[1]
        chances = self.group.gather(saving.chance(self.group.device))
        about = {"scale": self.learner.scale(), "chance": chances, "place": _as_json(self.place)}
        if self.group.is_first:
            saving.save(self._folder / LAST, self.learner.tensors(), about)
        self._saved = (self.place.step, time.monotonic())

    def _found(self) -> tuple[_Place, dict[str, Tensor] | None]:
        assert self._folder is not None
        tensors, about = saving.load(self._folder / LAST)
        self.learner.restore(tensors, about["scale"])
        chances = about["chance"]
        saving.restore_chance(chances[min(self.group.rank, len(chances) - 1)], self.group.device)
        place = _from_json(about["place"])
        best = saving.load(self._folder / WEIGHTS)[0] if place.best_epoch else None
        return place, best

    def fitted(self, *, stopped: bool) -> Fitted:
        """Leave the best weights in the network, unless the training is to go on."""
        weights = self._best if self._best is not None else dict(self.learner.averaged())
        if not stopped:
            self.learner.network.load_state_dict(weights)
        place = self.place
        return Fitted(weights, place.scores or {}, place.best_epoch, place.step, stopped)


def _as_json(place: _Place) -> dict[str, Any]:
    return asdict(place) | {"least": None if math.isinf(place.least) else place.least}


def _from_json(values: Mapping[str, Any]) -> _Place:
    least = math.inf if values["least"] is None else values["least"]
    return _Place(**{**values, "least": least})


def on_device(batch: Any, device: torch.device) -> Any:
    """Return a batch with every tensor in it on `device`."""
    if device.type == "cpu":
        return batch
    if isinstance(batch, Tensor):
        return batch.to(device, non_blocking=True)
    if isinstance(batch, Mapping):
        return {name: on_device(value, device) for name, value in batch.items()}
    if isinstance(batch, tuple) and hasattr(batch, "_fields"):
        return type(batch)(*(on_device(value, device) for value in batch))
    return [on_device(value, device) for value in batch] if isinstance(batch, list) else batch
