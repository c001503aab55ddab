"""Train a stage of V-MusProd: the songs of an export, the stage's network, and `loop.fit`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from symmv_tools.dataset.load import DEFAULT, configs, load
from symmv_tools.errors import BadCall
from symmv_tools.models.vmusprod.generator import Generator
from symmv_tools.models.vmusprod.heads import losses
from symmv_tools.models.vmusprod.network import build, reads_source
from symmv_tools.training.batches import Batches
from symmv_tools.training.journal import Step
from symmv_tools.training.learner import autocast, precision_of
from symmv_tools.training.loop import Fitted, Scores, fit, on_device
from symmv_tools.training.musprod_batches import Batch, Collate
from symmv_tools.training.musprod_examples import FEATURES, Example
from symmv_tools.training.musprod_settings import MusProdSettings
from symmv_tools.training.musprod_songs import Songs
from symmv_tools.training.parallel import Group, joined
from symmv_tools.training.runs import open_run, read_settings, read_weights

Say = Callable[[str], None]


class Lesson(NamedTuple):
    """All that `fit` needs. `validation` is None where the export has no songs for it."""

    network: Generator
    batches: Batches[Example, Batch]
    validation: Batches[Example, Batch] | None
    widths: dict[str, int]


def train(
    export: Path,
    run: Path,
    settings: MusProdSettings,
    *,
    gpu: int | None = None,
    say: Say = print,
    watch: Callable[[Step], None] | None = None,
) -> Fitted:
    """Train a stage on the train split of an export, in the run folder `run`; go on if it was begun.

    Under torchrun several processes share the work. Raises BadCall for an export or a run that does not fit,
    MissingGpu, and Diverged.
    """
    with joined(gpu) as group:
        speak = say if group.is_first else _nothing
        lesson = prepare(export, settings, group, speak)
        if group.is_first:
            open_run(run, settings, export, tables(settings, lesson.widths))
        group.gather(None)  # nobody reads the folder before it is there
        torch.manual_seed(settings.seed + 1 + group.rank)  # dropout
        return fit(
            lesson.network,
            lesson.batches,
            loss,
            lambda network: _validated(network, lesson.validation, settings, group),
            settings,
            speak,
            cost=(lambda scores: scores["validation"]) if lesson.validation else None,
            size=lambda batch: batch.tokens,
            folder=run,
            group=group,
            watch=watch if group.is_first else None,
        )


def read_network(run: Path) -> tuple[Generator, MusProdSettings]:
    """Return the best network of a run, ready to make music, and its settings."""
    settings: MusProdSettings = read_settings(run, MusProdSettings)
    weights, _ = read_weights(run)
    names = {name: f"controller.project.{name}.weight" for name in FEATURES}
    widths = {name: weights[key].shape[1] for name, key in names.items() if key in weights}
    network = build(settings.stage, settings, widths)
    network.load_state_dict(weights)
    return network.eval(), settings


def loss(network: nn.Module, batch: Batch) -> dict[str, Tensor]:
    """Cross-entropy in nats of each attribute, over the events that have it; teacher forcing."""
    return losses(network(batch.read, batch.target[..., 0], batch.condition), batch.target)


def _validated(
    network: nn.Module, batches: Batches[Example, Batch] | None, settings: MusProdSettings, group: Group
) -> Scores:
    """The losses of the validation songs, by attribute and (`validation`) together; none without songs."""
    if batches is None:
        return {}
    total: dict[str, float] = {}
    tokens = 0
    in_precision = autocast(precision_of(settings.precision, group.device), group.device)
    for batch in batches(0):
        tokens += batch.tokens
        with in_precision():
            found = loss(network, on_device(batch, group.device))
        for name, value in found.items():
            total[name] = total.get(name, 0.0) + batch.tokens * value.item()
    means = {name: value / tokens for name, value in total.items()}
    return {"validation": sum(means.values()), **means}


# --- songs ----------------------------------------------------------------------------------------


def prepare(export: Path, settings: MusProdSettings, group: Group, say: Say) -> Lesson:
    """Open the songs and build the network; say what is missing and what that means."""
    widths = _widths(export, settings, say)
    songs = Songs(export, settings.stage, settings, split="train", seed=settings.seed)
    say(f"{len(songs):,} songs to learn {settings.stage} from{_left_out(songs)}")
    torch.manual_seed(settings.seed)
    network = build(settings.stage, settings, widths)
    validation = _validation(export, settings, say)
    pin = group.device.type == "cuda"
    return Lesson(
        network,
        _batches(songs, settings, widths, workers=settings.workers, shuffle=True, pin=pin),
        None
        if validation is None
        else _batches(validation, settings, widths, workers=0, shuffle=False, pin=pin),
        widths,
    )


def tables(settings: MusProdSettings, widths: dict[str, int]) -> list[str]:
    """Return the tables of an export that a training reads."""
    motion = ["features_motion"] if settings.tempo == "motion" else []
    return [DEFAULT, *(f"features_{name}" for name in widths), *motion]


def _batches(
    songs: Songs, settings: MusProdSettings, widths: dict[str, int], *, workers: int, shuffle: bool, pin: bool
) -> Batches[Example, Batch]:
    return Batches(
        songs,
        _lengths(songs),
        Collate(reads_source(settings.stage, settings), widths),
        most=settings.batch_songs,
        tokens=settings.batch_tokens,
        seed=settings.seed,
        shuffle=shuffle,
        workers=workers,
        pin=pin,
    )


def _lengths(songs: Songs) -> NDArray[np.int64]:
    """About how many tokens each song's example has, by its notes (chords) and what some songs have."""
    some = np.linspace(0, len(songs) - 1, min(len(songs), 16)).astype(int).tolist()
    tokens = [len(songs.get(i).target.event) for i in some]
    per_note = sum(tokens) / max(1, int(songs.size[some].sum()))
    most = max(tokens) if songs.settings.most_bars else np.inf
    lengths: NDArray[np.int64] = np.ceil(np.minimum(songs.size * per_note, most)).astype(np.int64)
    return lengths


def _validation(export: Path, settings: MusProdSettings, say: Say) -> Songs | None:
    steady = replace(settings, transpose=False, crop="first")
    try:
        return Songs(export, settings.stage, steady, split="validation", seed=settings.seed)
    except BadCall as why:
        say(f"nothing to validate with, so the last epoch is kept: {why.message}")
        return None


def _left_out(songs: Songs) -> str:
    """`; left out: 3 without chords` for people."""
    return "".join(f"; left out: {count:,} with {what}" for what, count in songs.left_out.most_common())


def _widths(export: Path, settings: MusProdSettings, say: Say) -> dict[str, int]:
    """The widths of the features that this training sees; BadCall if it must see what is not there."""
    if reads_source(settings.stage, settings):
        return {}
    wanted = [name for name in FEATURES if getattr(settings, name)]
    there = configs(export) if export.is_dir() else []
    missing = [name for name in wanted if f"features_{name}" not in there]
    if missing and settings.missing_video == "refuse":
        raise BadCall(
            f"{export} has no {' and no '.join(missing)} features, and missing_video is 'refuse'",
            "annotate the videos and export again, or --set missing_video=without",
        )
    if missing:
        say(f"{export} has no {' and no '.join(missing)} features: trained without them")
    return {name: _width(export, name) for name in wanted if name not in missing}


def _width(export: Path, name: str) -> int:
    for row in load(export, config=f"features_{name}", columns=["value"]):
        if len(row["value"]):
            return int(np.asarray(row["value"]).shape[1])
    raise BadCall(f"{export}: every row of features_{name} is empty", f"--set {name}=false trains without it")


def _nothing(text: str) -> None:
    """What the other processes have to say."""
