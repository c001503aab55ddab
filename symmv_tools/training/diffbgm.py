"""Train Diff-BGM: the segments of an export, the network that takes out noise, and `loop.fit`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch

from symmv_tools.dataset.siblings import SEGMENTS
from symmv_tools.errors import BadCall
from symmv_tools.models.diffbgm.network import DiffBGM
from symmv_tools.training.batches import Batches
from symmv_tools.training.diffbgm_batches import Batch, Collate
from symmv_tools.training.diffbgm_examples import SEEN, Example, conditions_of
from symmv_tools.training.diffbgm_loss import Denoising, size
from symmv_tools.training.diffbgm_runs import build, write_widths
from symmv_tools.training.diffbgm_segments import Segments, widths_of
from symmv_tools.training.diffbgm_settings import DiffBgmSettings
from symmv_tools.training.journal import Step
from symmv_tools.training.loop import Fitted, fit
from symmv_tools.training.parallel import Group, joined
from symmv_tools.training.rehearsal import Rehearsal, rehearsed
from symmv_tools.training.runs import open_run

Say = Callable[[str], None]


class Lesson(NamedTuple):
    """All that `fit` needs. `validation` is None where the export has no segments for it."""

    network: DiffBGM
    batches: Batches[Example, Batch]
    validation: Batches[Example, Batch] | None
    widths: dict[str, int]


def train(
    export: Path,
    run: Path,
    settings: DiffBgmSettings,
    *,
    gpu: int | None = None,
    say: Say = print,
    watch: Callable[[Step], None] | None = None,
) -> Fitted:
    """Train on the train split of an export, in the run folder `run`; go on if it was begun.

    Under torchrun several processes share the work. Raises BadCall for an export or a run that does not fit,
    MissingGpu, and Diverged.
    """
    with joined(gpu) as group:
        speak = say if group.is_first else _nothing
        lesson = prepare(export, settings, group, speak)
        if group.is_first:
            open_run(run, settings, export, [SEGMENTS])
            write_widths(run, lesson.widths)
        group.gather(None)  # nobody reads the folder before it is there
        torch.manual_seed(settings.seed + 1 + group.rank)  # noise, steps, what is dropped
        loss = Denoising(settings)
        return fit(
            lesson.network,
            lesson.batches,
            loss,
            lambda network: loss.validated(network, lesson.validation, group.device),
            settings,
            speak,
            cost=(lambda scores: scores["validation"]) if lesson.validation else None,
            size=size,
            folder=run,
            group=group,
            watch=watch if group.is_first else None,
        )


def rehearse(
    export: Path, settings: DiffBgmSettings, *, gpu: int | None = None, say: Say = print
) -> Rehearsal:
    """Take some steps on an export and write nothing; its tokens are segments. Raises as `train` does."""
    with joined(gpu) as group:
        lesson = prepare(export, settings, group, say if group.is_first else _nothing)
        return rehearsed(lesson.network, lesson.batches, Denoising(settings), settings, group, size)


def prepare(export: Path, settings: DiffBgmSettings, group: Group, say: Say) -> Lesson:
    """Open the segments and build the network; say what is missing and what that means."""
    widths = _widths(export, settings, say)
    segments = Segments(export, widths, settings, split="train", seed=settings.seed)
    validation = _validation(export, widths, settings, say)
    checked = f", {len(validation):,} to validate with" if validation is not None else ""
    goes_by = f"goes by {', '.join(widths)}" if widths else "goes by nothing"
    say(f"{len(segments):,} segments to learn from{checked}; the network {goes_by}")
    torch.manual_seed(settings.seed)
    network = build(settings, widths)
    pin = group.device.type == "cuda"
    return Lesson(
        network,
        _batches(segments, settings, widths, workers=settings.workers, shuffle=True, pin=pin),
        None
        if validation is None
        else _batches(validation, settings, widths, workers=0, shuffle=False, pin=pin),
        widths,
    )


def _batches(
    segments: Segments,
    settings: DiffBgmSettings,
    widths: Mapping[str, int],
    *,
    workers: int,
    shuffle: bool,
    pin: bool,
) -> Batches[Example, Batch]:
    return Batches(
        segments,
        np.ones(len(segments), np.int64),
        Collate(widths, settings.silence),
        most=settings.batch_segments,
        seed=settings.seed,
        shuffle=shuffle,
        workers=workers,
        pin=pin,
    )


def _validation(
    export: Path, widths: Mapping[str, int], settings: DiffBgmSettings, say: Say
) -> Segments | None:
    try:
        return Segments(export, widths, replace(settings, transpose=False), split="validation")
    except BadCall as why:
        say(f"nothing to validate with, so the last epoch is kept: {why.message}")
        return None


def _widths(export: Path, settings: DiffBgmSettings, say: Say) -> dict[str, int]:
    """How wide the conditions are that this network goes by; BadCall if it must have what is not there."""
    wanted = conditions_of(settings)
    widths = widths_of(export, wanted)
    missing = [name for name in wanted if name not in widths]
    if missing and (settings.missing_video == "refuse" or not set(missing) <= set(SEEN)):
        raise BadCall(
            f"the segments of {export} have no {' and no '.join(missing)}, which the network is to go by",
            "annotate and export again, or --set missing_video=without, selection=none, shot=false, "
            "chord=false, melody=false, whichever it is",
        )
    if missing:
        say(f"the segments of {export} have no {' and no '.join(missing)}: trained without")
    return widths


def _nothing(text: str) -> None:
    """What the other processes have to say."""
