"""`symmv train`: V-MusProd's stages, from an export to a run folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from symmv_tools.cli.options import Gpu, Json
from symmv_tools.cli.talk import emit_json, say, table

if TYPE_CHECKING:
    from symmv_tools.training.musprod_settings import MusProdSettings


def train(
    stage: Annotated[
        str, typer.Argument(help="chord, melody, accompaniment; or music, undivided, for ablations.")
    ],
    data: Annotated[Path, typer.Option("--data", help="An export: the folder that `symmv export` wrote.")],
    run: Annotated[Path | None, typer.Option("--run", help="Folder of the run, new or begun.")] = None,
    preset: Annotated[
        str,
        typer.Option(
            "--preset",
            help="default, paper, toy, an ablation of the paper's (without-semantic, without-colour, "
            "without-motion, video2music, video2chord2music, unconditional), or a TOML file.",
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
    """Train one stage of V-MusProd; the stages are independent of each other.

    Example: `symmv train melody --data out --run runs/melody --preset toy`

    Ctrl-C saves and ends; the same command goes on where it was. Several GPUs:
    `torchrun --nproc-per-node 4 -m symmv_tools.cli.main train … --gpu 0`
    """
    from symmv_tools.errors import BadCall
    from symmv_tools.training.musprod_settings import read_preset

    wanted = read_preset(preset, stage, settings or ())
    if dry_run:
        return _rehearse(data, wanted, gpu, as_json)
    if run is None:
        raise BadCall("no run folder is named", "say --run DIR; or --dry-run, which writes nothing")
    return _train(data, run, wanted, gpu, as_json)


def _train(data: Path, run: Path, wanted: MusProdSettings, gpu: int | None, as_json: bool) -> int:
    from symmv_tools.cli.progress import learning
    from symmv_tools.training.musprod import train as train_stage

    with learning(wanted.stage) as watch:
        fitted = train_stage(data, run, wanted, gpu=gpu, say=say, watch=watch)
    if as_json:
        told: dict[str, Any] = {name: value for name, value in fitted._asdict().items() if name != "weights"}
        emit_json({"run": str(run), **told})
    if fitted.epoch:
        scores = "".join(f", {name} {value:.4f}" for name, value in fitted.scores.items())
        say(f"{run}: {fitted.steps:,} steps, best in epoch {fitted.epoch}{scores}")
    return 130 if fitted.stopped else 0


def _rehearse(data: Path, wanted: MusProdSettings, gpu: int | None, as_json: bool) -> int:
    from symmv_tools.training.rehearsal import rehearse

    told = rehearse(data, wanted, gpu=gpu, say=say)
    if as_json:
        emit_json(told._asdict())
        return 0
    rows = [
        ("parameters", f"{told.parameters:,}"),
        ("memory for weights, gradients, moments, average", f"{told.state_megabytes:,.0f} MB"),
        ("most memory in these steps", f"{told.peak_megabytes:,.0f} MB ({told.device})"),
        ("tokens per epoch", f"{told.tokens_per_epoch:,}"),
        ("steps", f"{told.steps:,}, {told.steps_per_epoch:,} per epoch"),
        (
            "tokens per second",
            f"{told.tokens_per_second:,.0f}, {told.waiting:.0%} of them waiting",
        ),
        ("hours for all epochs, without validation", f"{told.hours:,.2f}"),
    ]
    table(f"training of {wanted.stage}", ("what", "expected"), rows)
    return 0


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command()(train)
