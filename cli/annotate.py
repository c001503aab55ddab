"""`symmv annotate` and `retry`: the commands that run stages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from symmv_tools.cli.look import print_plan
from symmv_tools.cli.options import DryRun, Gpu, Json, Limit, Preset, Set, Stages, Work, Workers, needed
from symmv_tools.cli.talk import counted, counts, emit_json, say

if TYPE_CHECKING:
    from symmv_tools.pipeline.house import House
    from symmv_tools.pipeline.run import Summary


def annotate(
    stages: Stages = None,
    work: Work = "",
    preset: Preset = None,
    settings: Set = None,
    gpu: Gpu = None,
    workers: Workers = None,
    limit: Limit = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> int:
    """Run every stage that is stale, or the stages named and what they need.

    Example: `symmv annotate --gpu 0 --set chords.keep_bass=true`

    A name such as `chords@paper` makes a variant that stands beside the active one.
    """
    from symmv_tools.pipeline.house import House

    house = House.open(needed(work))
    if dry_run:
        change(house, preset, settings, stages)
        status: int = print_plan(house, stages or (), limit, as_json)
        return status
    with house.store.locked("annotate"):
        change(house, preset, settings, stages)
        return report(run(house, stages or (), gpu, workers, limit), as_json)


def retry(
    stages: Stages = None,
    work: Work = "",
    everything: Annotated[
        bool, typer.Option("--all", help="Also what failed for good, such as unreadable files.")
    ] = False,
    gpu: Gpu = None,
    workers: Workers = None,
    as_json: Json = False,
) -> int:
    """Run again what failed and could do better (time-outs, crashes, missing files), and what waits for it.

    Example: `symmv retry transcribe`
    """
    from symmv_tools.pipeline.house import House
    from symmv_tools.pipeline.shards import Retry

    house = House.open(needed(work))
    with house.store.locked("retry"):
        return report(run(house, stages or (), gpu, workers, None, Retry(True, everything)), as_json)


def change(
    house: House, preset: str | None, settings: Sequence[str] | None, stages: Sequence[str] | None
) -> None:
    """Apply `--preset` and `--set`, and make the variants named, in memory."""
    house.active.change(preset, settings or (), [name for name in stages or () if "@" in name])


def run(
    house: House,
    stages: Sequence[str],
    gpu: int | None,
    workers: int | None,
    limit: int | None,
    retry: object = None,
) -> Summary:
    """Run the stages under a bar per stage."""
    from symmv_tools.cli.progress import annotating
    from symmv_tools.pipeline.run import annotate as run_stages
    from symmv_tools.pipeline.shards import Retry

    again = retry if isinstance(retry, Retry) else Retry()
    with annotating() as progress:
        return run_stages(
            house, stages, gpu=gpu, workers=workers, limit=limit, retry=again, progress=progress
        )


def report(summary: Summary, as_json: bool) -> int:
    """Say what a run did; return the exit status."""
    if as_json:
        emit_json({"songs": summary.songs, "stages": {key: dict(c) for key, c in summary.outcomes.items()}})
    for key, outcomes in summary.outcomes.items():
        say(f"{key:<18} {counts(outcomes)} in {summary.seconds[key]:.1f} s of work")
    if not summary.outcomes:
        say(f"{counted(summary.songs, 'song')}, nothing to do")
    return 1 if summary.failed else 0


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command()(annotate)
    app.command()(retry)
