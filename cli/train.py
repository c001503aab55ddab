"""`symmv train`: V-MusProd's stages, Diff-BGM and the video-music CLIP, from an export to a run folder."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from symmv_tools.cli.options import Gpu, Json
from symmv_tools.cli.talk import emit_json, say, table

if TYPE_CHECKING:
    from symmv_tools.training.loop import Fitted
    from symmv_tools.training.rehearsal import Rehearsal


def train(
    stage: Annotated[
        str,
        typer.Argument(
            help="chord, melody, accompaniment; music, undivided, for ablations; diffbgm; or vmcp."
        ),
    ],
    data: Annotated[Path, typer.Option("--data", help="An export: the folder that `symmv export` wrote.")],
    run: Annotated[Path | None, typer.Option("--run", help="Folder of the run, new or begun.")] = None,
    preset: Annotated[
        str,
        typer.Option(
            "--preset",
            help="default, paper, toy, an ablation of the paper's (without-semantic, without-colour, "
            "without-motion, video2music, video2chord2music, unconditional), or a TOML file; of diffbgm: "
            "default, paper, release, toy, or an ablation (unconditional, video, selection, segments, "
            "only-visual, only-text, visual-then-text, text-then-visual); of vmcp: default, finetune, toy.",
        ),
    ] = "default",
    settings: Annotated[
        list[str] | None, typer.Option("--set", help="Change one setting, e.g. epochs=50.")
    ] = None,
    gpu: Gpu = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Take a few steps and tell what the whole would take.")
    ] = False,
    as_json: Json = False,
) -> int:
    """Train one stage of V-MusProd, each independent of the others; or Diff-BGM, or VMCP.

    Example: `symmv train melody --data out --run runs/melody --preset toy`

    Ctrl-C saves and ends; the same command goes on where it was. Several GPUs:
    `torchrun --nproc-per-node 4 --no-python -- symmv train … --gpu 0`
    """
    from symmv_tools.errors import BadCall

    trainer = _trainer(stage, preset, settings or ())
    if dry_run:
        return _rehearse(data, trainer, gpu, as_json)
    if run is None:
        raise BadCall("no run folder is named", "say --run DIR; or --dry-run, which writes nothing")
    return _train(data, run, trainer, gpu, as_json)


class _Trainer(NamedTuple):
    """What learns: its name, its settings, and the two functions that take them."""

    name: str
    settings: Any
    train: Callable[..., Fitted]
    rehearse: Callable[..., Rehearsal]


def _trainer(stage: str, preset: str, assignments: Sequence[str]) -> _Trainer:
    from symmv_tools.errors import BadCall
    from symmv_tools.settings import nearest
    from symmv_tools.training.musprod_examples import STAGES

    others = {"diffbgm": _diffbgm, "vmcp": _vmcp}
    if stage in others:
        return others[stage](preset, assignments)
    if stage not in STAGES:
        known = [*STAGES, *others]
        raise BadCall(f"there is no stage {stage!r}; there are {', '.join(known)}", nearest(stage, known))
    return _musprod(stage, preset, assignments)


def _musprod(stage: str, preset: str, assignments: Sequence[str]) -> _Trainer:
    from symmv_tools.training.musprod import train as learn
    from symmv_tools.training.musprod_settings import read_preset
    from symmv_tools.training.rehearsal import rehearse

    return _Trainer(stage, read_preset(preset, stage, assignments), learn, rehearse)


def _diffbgm(preset: str, assignments: Sequence[str]) -> _Trainer:
    from symmv_tools.training.diffbgm import rehearse
    from symmv_tools.training.diffbgm import train as learn
    from symmv_tools.training.diffbgm_settings import read_preset

    return _Trainer("diffbgm", read_preset(preset, assignments), learn, rehearse)


def _vmcp(preset: str, assignments: Sequence[str]) -> _Trainer:
    from symmv_tools.training.vmcp import rehearse
    from symmv_tools.training.vmcp import train as learn
    from symmv_tools.training.vmcp_settings import read_preset

    return _Trainer("vmcp", read_preset(preset, assignments), learn, rehearse)


def _train(data: Path, run: Path, trainer: _Trainer, gpu: int | None, as_json: bool) -> int:
    from symmv_tools.cli.progress import learning
    from symmv_tools.training.parallel import is_first_process

    with learning(trainer.name) as watch:
        fitted = trainer.train(data, run, trainer.settings, gpu=gpu, say=say, watch=watch)
    if not is_first_process():
        return 0
    if as_json:
        told: dict[str, Any] = {name: value for name, value in fitted._asdict().items() if name != "weights"}
        emit_json({"run": str(run), **told})
    if fitted.epoch:
        scores = "".join(f", {name} {value:.4f}" for name, value in fitted.scores.items())
        say(f"{run}: {fitted.steps:,} steps, best in epoch {fitted.epoch}{scores}")
    return 130 if fitted.stopped else 0


def _rehearse(data: Path, trainer: _Trainer, gpu: int | None, as_json: bool) -> int:
    from symmv_tools.training.parallel import is_first_process

    told = trainer.rehearse(data, trainer.settings, gpu=gpu, say=say)
    if not is_first_process():
        return 0
    if as_json:
        emit_json(told._asdict())
        return 0
    rows = [
        ("parameters", f"{told.parameters:,}"),
        ("memory for weights, gradients, moments, average", f"{told.state_megabytes:,.0f} MB"),
        ("most memory in these steps", f"{told.peak_megabytes:,.0f} MB ({told.device})"),
        ("tokens per epoch", f"{told.tokens_per_epoch:,}"),
        ("steps", f"{told.steps:,}, {told.steps_per_epoch:,} per epoch"),
        ("tokens per second", f"{told.tokens_per_second:,.1f}"),
        ("share of the time spent waiting for data", f"{told.waiting:.0%}"),
        ("hours for all epochs, without validation", f"{told.hours:,.2f}"),
    ]
    table(f"training of {trainer.name}", ("what", "expected"), rows)
    return 0


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command()(train)
