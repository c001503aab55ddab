"""`symmv annotate`, `retry` and `build`: the commands that run stages."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
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
        _change(house, preset, settings, stages)
        status: int = print_plan(house, stages or (), limit, as_json)
        return status
    with house.store.locked("annotate"):
        _change(house, preset, settings, stages)
        return _report(_run(house, stages or (), gpu, workers, limit), as_json)


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
        return _report(_run(house, stages or (), gpu, workers, None, Retry(True, everything)), as_json)


def build(
    pipeline: Annotated[Path, typer.Argument(help="A pipeline file, e.g. demo/demo.toml.")],
    work: Work = "",
    gpu: Gpu = None,
    workers: Workers = None,
    limit: Limit = None,
    as_json: Json = False,
) -> int:
    """Collect, annotate and export in one go, as a pipeline file says.

    Example: `symmv build demo/demo.toml --work demo/work`
    """
    from symmv_tools.cli.export import print_files, write_out
    from symmv_tools.pipeline.building import below, read_pipeline
    from symmv_tools.pipeline.collecting import collect, find
    from symmv_tools.pipeline.house import House

    steps = read_pipeline(pipeline)
    here = pipeline.absolute().parent
    found = find(
        below(here, steps.collect.folder),
        below(here, steps.collect.table),
        steps.collect.manifest or None,
        limit,
    )
    house = House.open(work or "work", create=True)
    stages = [name.strip() for name in steps.annotate.stages.split(",") if name.strip()]
    with house.store.locked("build"):
        collected = collect(house.store, found)
        for refusal in collected.refused:
            say(f"refused {refusal.what}: {refusal.message}")
        say(f"collected {counted(collected.seen, 'song')}, {collected.changed:,} of them new or changed")
        sets = [
            f"{key}.{name}={_toml(value)}"
            for key, fields in steps.settings.items()
            for name, value in fields.items()
        ]
        _change(house, steps.annotate.preset, sets, stages)
        status = _report(_run(house, stages, gpu, workers, limit), as_json=False)
        written = write_out(house, house.store.root / steps.export.out, [])
    print_files(written, {"songs": collected.seen}, as_json)
    return max(status, 1 if collected.refused else 0)


def _toml(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else repr(value)


def _change(
    house: House, preset: str | None, settings: Sequence[str] | None, stages: Sequence[str] | None
) -> None:
    house.active.change(preset, settings or (), [name for name in stages or () if "@" in name])


def _run(
    house: House,
    stages: Sequence[str],
    gpu: int | None,
    workers: int | None,
    limit: int | None,
    retry: object = None,
) -> Summary:
    from symmv_tools.cli.progress import annotating
    from symmv_tools.pipeline.run import annotate as run
    from symmv_tools.pipeline.shards import Retry

    again = retry if isinstance(retry, Retry) else Retry()
    with annotating() as progress:
        return run(house, stages, gpu=gpu, workers=workers, limit=limit, retry=again, progress=progress)


def _report(summary: Summary, as_json: bool) -> int:
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
    app.command()(build)
    app.command()(retry)
