"""A network with all that learns: optimiser, averaged weights, pace and precision; one call is one step."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from itertools import chain
from typing import Any, Generic, NamedTuple, TypeVar

import torch
from torch import Tensor, nn

from symmv_tools.errors import Diverged
from symmv_tools.song import printable
from symmv_tools.training import saving
from symmv_tools.training.parallel import Group
from symmv_tools.training.schedules import Pace, pace_of
from symmv_tools.training.settings import FitSettings

Batch = TypeVar("Batch")
Loss = Callable[[nn.Module, Batch], Tensor | Mapping[str, Tensor]]
"""The mean over a batch, as a scalar or as parts that add up."""

_TYPES = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}


class Learned(NamedTuple):
    """What a step was: means over its batches, by part, the length of the gradient, and the rate."""

    parts: dict[str, float]
    gradient_norm: float
    learning_rate: float
    tokens: int


class Learner(Generic[Batch]):
    """Fits `network` in place. `size` counts what a batch's loss is the mean of."""

    def __init__(
        self,
        network: nn.Module,
        loss: Loss[Batch],
        size: Callable[[Batch], int],
        settings: FitSettings,
        group: Group,
    ) -> None:
        self.network, self.group, self.settings = network.to(group.device), group, settings
        self._loss, self._size = loss, size
        self.optimiser = _optimiser(network, settings)
        precision = precision_of(settings.precision, group.device)
        self._scaler = torch.amp.GradScaler(group.device.type, enabled=precision == "fp16")
        self._autocast = autocast(precision, group.device)
        self._pace: Callable[[int], Pace] | None = None
        group.share(network)
        self.average = {name: value.clone() for name, value in network.state_dict().items()}

    def plan(self, steps: int) -> None:
        """Say how many steps there will be."""
        s = self.settings
        self._pace = pace_of(s.schedule, s.learning_rate, s.warmup, s.beta1, steps)

    def learn(self, step: int, batches: Sequence[Batch]) -> Learned:
        """Take step number `step` (the first is 0) on these batches and those of the other processes.

        Raises Diverged, with the weights as they were, if the loss or its gradient is not finite.
        """
        rate = self._set_pace(step)
        sizes = [self._size(batch) for batch in batches]
        tokens = sum(self.group.gather(sum(sizes)))
        self.optimiser.zero_grad()
        parts: dict[str, float] = defaultdict(float)
        for batch, size in zip(batches, sizes, strict=True):
            for name, value in self._backward(batch, size / tokens).items():
                parts[name] += value
        parts = _summed(self.group.gather(dict(parts)))
        self._refuse_nonsense(step, sum(parts.values()), batches)
        norm = self._descend(step, batches)
        self._average_in(step + 1)
        return Learned(parts, norm, rate, tokens)

    def averaged(self) -> dict[str, Tensor]:
        """Return the weights that are validated and kept."""
        return self.average if self.settings.average_steps else self.network.state_dict()

    # --- a step -----------------------------------------------------------------------------------

    def _set_pace(self, step: int) -> float:
        assert self._pace is not None, "plan() comes first"
        pace = self._pace(step)
        for each in self.optimiser.param_groups:
            each["lr"], each["betas"] = pace.learning_rate, (pace.beta1, self.settings.beta2)
        return pace.learning_rate

    def _backward(self, batch: Batch, share: float) -> dict[str, float]:
        """Add `share` of a batch's gradient; return `share` of its loss by part."""
        with self._autocast():
            found = self._loss(self.network, batch)
        parts = found if isinstance(found, Mapping) else {"loss": found}
        total = torch.stack([value.float() for value in parts.values()]).sum() * share
        self._scaler.scale(total).backward()  # type: ignore[no-untyped-call]
        return {name: value.item() * share for name, value in parts.items()}

    def _descend(self, step: int, batches: Sequence[Batch]) -> float:
        parameters = list(self.network.parameters())
        self.group.sum_gradients(parameters)
        self._scaler.unscale_(self.optimiser)
        longest = self.settings.clip_norm or math.inf
        norm = float(nn.utils.clip_grad_norm_(parameters, longest))
        if not self._scaler.is_enabled():  # fp16 overflows now and then: its scaler skips that step
            self._refuse_nonsense(step, norm, batches, "gradient")
        self._scaler.step(self.optimiser)
        self._scaler.update()
        return norm

    def _refuse_nonsense(self, step: int, value: float, batches: Sequence[Batch], what: str = "loss") -> None:
        if math.isfinite(value):
            return
        songs = list(chain.from_iterable(self.group.gather(song_ids(batches))))
        named = ", ".join(printable(song) for song in songs[:20]) or "songs without names"
        raise Diverged(
            f"the {what} of step {step + 1} is {value}; its batch is {named}",
            "the last save is whole. Look at these songs; else a lower learning_rate, clip_norm, or fp32",
        )

    def _average_in(self, step: int) -> None:
        if not self.settings.average_steps:
            return
        weight = 1 / min(self.settings.average_steps, 1 + step / 2)
        for name, value in self.network.state_dict().items():
            kept = self.average[name]
            kept.lerp_(value, weight) if kept.is_floating_point() else kept.copy_(value)

    # --- saving -----------------------------------------------------------------------------------

    def tensors(self) -> dict[str, Tensor]:
        """Return all that has been learned and remembered; `scale` is for the JSON beside it."""
        average = saving.named(self.average, "average") if self.settings.average_steps else {}
        optimiser = saving.named(saving.optimiser_tensors(self.optimiser), "optimiser")
        return saving.named(self.network.state_dict(), "network") | average | optimiser

    def scale(self) -> dict[str, Any]:
        """Return the state of fp16's scaler; empty without."""
        return self._scaler.state_dict()

    def restore(self, tensors: Mapping[str, Tensor], scale: dict[str, Any]) -> None:
        """Go on from what `tensors` and `scale` returned."""
        self.network.load_state_dict(saving.part(tensors, "network"))
        for name, value in saving.part(tensors, "average").items():
            self.average[name].copy_(value)
        saving.restore_optimiser(self.optimiser, saving.part(tensors, "optimiser"))
        self._scaler.load_state_dict(scale)


def song_ids(batches: Sequence[object]) -> list[str]:
    """Return the songs of batches that know them."""
    return [song for batch in batches for song in getattr(batch, "song_ids", ())]


def precision_of(wanted: str, device: torch.device) -> str:
    """Return fp32, bf16 or fp16, whichever `auto` means on this device."""
    if wanted != "auto":
        return wanted
    return "bf16" if device.type == "cuda" and torch.cuda.is_bf16_supported() else "fp32"


def autocast(precision: str, device: torch.device) -> Callable[[], AbstractContextManager[Any]]:
    """Return what opens a stretch of computation in this precision; the weights stay in fp32."""
    enabled = precision != "fp32"
    return lambda: torch.autocast(device.type, _TYPES[precision] if enabled else None, enabled)


def _optimiser(network: nn.Module, s: FitSettings) -> torch.optim.Optimizer:
    betas = (s.beta1, s.beta2)
    if s.optimiser == "adam":
        return torch.optim.Adam(network.parameters(), s.learning_rate, betas)
    return torch.optim.AdamW(network.parameters(), s.learning_rate, betas, weight_decay=s.weight_decay)


def _summed(everyones: Sequence[Mapping[str, float]]) -> dict[str, float]:
    total: dict[str, float] = defaultdict(float)
    for parts in everyones:
        for name, value in parts.items():
            total[name] += value
    return dict(total)
