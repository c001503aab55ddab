"""`symmv build`: a whole data set in one go, as a pipeline file says."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from symmv_tools.cli.annotate import change, report, run
from symmv_tools.cli.collect import fetch, record
from symmv_tools.cli.export import print_files, write_out
from symmv_tools.cli.import_ import bring
from symmv_tools.cli.options import Gpu, Json, Limit, Work, Workers
from symmv_tools.cli.search import find_videos
from symmv_tools.cli.talk import say
from symmv_tools.errors import BadCall, HouseFault

if TYPE_CHECKING:
    from symmv_tools.pipeline.building import Pipeline
    from symmv_tools.pipeline.house import House


def build(
    pipeline: Annotated[str, typer.Argument(help="A pipeline file, or one that symmv ships: symmv, bgm909.")],
    work: Work = "",
    gpu: Gpu = None,
    workers: Workers = None,
    limit: Limit = None,
    as_json: Json = False,
) -> int:
    """Import, collect, search, annotate and export in one go, as a pipeline file says.

    Example: `symmv build bgm909 --work bgm909 --gpu 0`

    Where the network cannot be reached, or a site has had enough of us, the steps that need it say so and
    the others do what they can; the same command goes on later. A pipeline of your own is a file such as
    `demo/demo.toml`.
    """
    from symmv_tools.pipeline.building import read_pipeline
    from symmv_tools.pipeline.exporting import Shape
    from symmv_tools.pipeline.house import House

    steps = read_pipeline(pipeline)
    splitting = steps.splitting()  # a slip in it is said before an hour of work
    shape = Shape(embed=steps.export.embed, hop_bars=steps.export.segment_hop)
    house = House.open(work or "work", create=True)
    stages = [name.strip() for name in steps.annotate.stages.split(",") if name.strip()]
    with house.store.locked("build"):
        house.store.sweep()
        change(house, steps.annotate.preset, _sets(steps), stages)
        statuses = [_attempt(step) for step in _gathering(house, steps, limit)]
        statuses.append(report(run(house, stages, gpu, workers, limit), as_json=False))
        out, licensed = house.store.root / steps.export.out, steps.export.only_licensed
        written = write_out(house, out, [], splitting, shape, only_licensed=licensed)
    print_files(written, {"songs": house.store.count_songs()}, as_json)
    return max(statuses)


def _gathering(house: House, steps: Pipeline, limit: int | None) -> list[Callable[[], int]]:
    """Return the steps that come before the first stage, each a function that gives its exit status."""
    todo: list[Callable[[], int]] = []
    if steps.released.release:
        todo.append(lambda: _bring(house, steps, limit))
    if steps.wanted() is not None:
        todo.append(lambda: _collect(house, steps, limit))
    todo.append(lambda: _fetch(house, limit))
    if steps.search.videos:
        todo.append(lambda: 1 if find_videos(house, limit).failed else 0)
    return todo


def _attempt(step: Callable[[], int]) -> int:
    """Do a step; if the machine or a site stands in its way, say so and let the others go on."""
    from symmv_tools.io.politeness import Paused

    try:
        return step()
    except (HouseFault, Paused) as why:
        say(f"symmv: {why.message}")
        say(f"  try: {why.hint}")
        return 1


def _bring(house: House, steps: Pipeline, limit: int | None) -> int:
    step = steps.released
    path = steps.below(step.path or step.release)
    if not path.exists():
        raise BadCall(
            f"this pipeline imports {step.release} from your own copy of it, and there is none at {path}",
            f"get it from {step.origin}" if step.origin else "put it there, or name another path in [import]",
        )
    return 1 if bring(house, step.release, path, limit=limit).refused else 0


def _collect(house: House, steps: Pipeline, limit: int | None) -> int:
    from symmv_tools.pipeline.collecting import web_of

    wanted = steps.wanted()
    assert wanted is not None
    with web_of(house, house.store.root) as web:
        found, _ = record(house, wanted, web, limit)
    return 1 if found.refused else 0


def _fetch(house: House, limit: int | None) -> int:
    """Fetch what songs of any source have an address for."""
    from symmv_tools.pipeline.collecting import web_of

    with web_of(house, house.store.root) as web:
        failed = 0
        for records in house.store.batches(limit=limit):
            failed += fetch(house, web, [record.song.song_id for record in records]).failed
    return 1 if failed else 0


def _sets(steps: Pipeline) -> list[str]:
    return [
        f"{key}.{name}={_toml(value)}"
        for key, fields in steps.settings.items()
        for name, value in fields.items()
    ]


def _toml(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else repr(value)


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command()(build)
