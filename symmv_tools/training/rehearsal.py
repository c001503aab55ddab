"""Some steps of a training, to tell how long and how large the whole of it will be."""

from __future__ import annotations

import math
import resource
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple, TypeVar

import torch
from torch import nn

from symmv_tools.models.vmusprod.sizes import n_parameters
from symmv_tools.training.journal import Step
from symmv_tools.training.learner import Loss
from symmv_tools.training.loop import fit
from symmv_tools.training.musprod import Say, loss, nothing, prepare
from symmv_tools.training.musprod_settings import MusProdSettings
from symmv_tools.training.parallel import Group, joined
from symmv_tools.training.settings import FitSettings

Batch = TypeVar("Batch")

STEPS = 4  # the first of which, when everything is still to be made, does not count


class Rehearsal(NamedTuple):
    """What a training is going to take; `hours` are without validation, and if no patience ends it before.

    `state_megabytes` are weights, gradients, Adam's two moments and the average; `peak_megabytes` is the
    most that the GPU, or without one this process with its libraries, has held during the steps.
    """

    parameters: int
    state_megabytes: float
    peak_megabytes: float
    tokens_per_epoch: int
    steps_per_epoch: int
    steps: int
    tokens_per_second: float
    waiting: float
    hours: float
    device: str


def rehearse(
    export: Path, settings: MusProdSettings, *, gpu: int | None = None, say: Say = print
) -> Rehearsal:
    """Take some steps on an export and write nothing. Raises as `musprod.train` does."""
    with joined(gpu) as group:
        lesson = prepare(export, settings, group, say if group.is_first else nothing)
        return rehearsed(lesson.network, lesson.batches, loss, settings, group, lambda batch: batch.tokens)


def rehearsed(
    network: nn.Module,
    batches: Callable[[int], Sequence[Batch]],
    loss: Loss[Batch],
    settings: FitSettings,
    group: Group,
    size: Callable[[Batch], int],
) -> Rehearsal:
    """Take some steps as `fit` would, and tell what they took."""
    heard: list[Step] = []
    per_epoch = math.ceil(len(batches(0)) / (settings.accumulate * group.world))
    fit(
        network,
        batches,
        loss,
        lambda network: {},
        replace(settings, steps=STEPS),
        nothing,
        size=size,
        group=group,
        watch=heard.append,
    )
    return _told(heard[1:], n_parameters(network), per_epoch, settings, group)


def _told(
    heard: list[Step], parameters: int, per_epoch: int, settings: FitSettings, group: Group
) -> Rehearsal:
    seconds, tokens = sum(step.seconds for step in heard), sum(step.tokens for step in heard)
    steps = settings.steps or settings.epochs * per_epoch
    copies = 4 + (settings.average_steps > 0)
    return Rehearsal(
        parameters=parameters,
        state_megabytes=4 * copies * parameters / 1e6,
        peak_megabytes=_peak(group.device) / 1e6,
        tokens_per_epoch=round(tokens / len(heard) * per_epoch),
        steps_per_epoch=per_epoch,
        steps=steps,
        tokens_per_second=tokens / seconds,
        waiting=sum(step.waiting * step.seconds for step in heard) / seconds,
        hours=steps * seconds / len(heard) / 3600,
        device=torch.cuda.get_device_name(group.device) if group.device.type == "cuda" else "CPU",
    )


def _peak(device: torch.device) -> float:
    """Bytes."""
    if device.type == "cuda":
        return float(torch.cuda.max_memory_allocated(device))
    return 1024.0 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
