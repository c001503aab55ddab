"""`symmv plan`, `status` and `show`: the commands that only look."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from symmv_tools.cli.options import Json, Limit, Stages, Work, needed
from symmv_tools.cli.talk import counted, emit_json, say, table

if TYPE_CHECKING:
    from symmv_tools.pipeline.house import House
    from symmv_tools.pipeline.plan import Plan
    from symmv_tools.pipeline.showing import Portrait


def plan(stages: Stages = None, work: Work = "", limit: Limit = None, as_json: Json = False) -> int:
    """Say what `symmv annotate` would run, and why, and whether the last export is out of date.

    Example: `symmv plan chords`
    """
    from symmv_tools.pipeline.house import House

    return print_plan(House.open(needed(work)), stages or (), limit, as_json)


def print_plan(house: House, stages: Sequence[str], limit: int | None, as_json: bool) -> int:
    """Print the plan of a house as it stands in memory, saved or not."""
    from symmv_tools.pipeline.exporting import export_state
    from symmv_tools.pipeline.plan import make_plan
    from symmv_tools.pipeline.states import State

    nodes = house.wanted(stages)
    state, see = export_state(house, nodes)
    made = make_plan(house, nodes, limit=limit, see=see)
    said = state() if limit is None and not stages else ""
    if as_json:
        emit_json(made.as_dict() | {"last_export": said or None})
        return 0
    shown = [s for s in State if any(p.states[s] for p in made.stages)]
    rows = [
        (
            p.key,
            *(p.states[s] or "" for s in shown),
            "; ".join(f"{why} ({n:,})" for why, n in p.reasons.most_common(4)),
        )
        for p in made.stages
    ]
    table(counted(made.songs, "song"), ["stage", *(s.value for s in shown), "why stale"], rows)
    say(f"{made.stale:,} song-stages would run" if made.stale else _nothing_to_do(made))
    if said:
        say(said)
    return 0


def _nothing_to_do(made: Plan) -> str:
    from symmv_tools.pipeline.states import State

    failed = sum(stage.states[State.FAILED] for stage in made.stages)
    return f"nothing to do; {failed:,} failed: see `symmv show`" if failed else "nothing to do"


def status(work: Work = "", as_json: Json = False) -> int:
    """Say how far the store is: songs done, rejected and failed per stage. Quick at any size.

    Example: `symmv status --json`
    """
    from symmv_tools.pipeline.house import House
    from symmv_tools.pipeline.plan import status as tally

    house = House.open(needed(work))
    stages, songs = tally(house), house.store.count_songs()
    if as_json:
        emit_json({"songs": songs, "stages": stages})
        return 0
    names = ("done", "rejected", "failed")
    rows = [(key, *(found.get(name, 0) or "" for name in names)) for key, found in stages.items()]
    table(counted(songs, "song"), ["stage", *names], rows)
    return 0


def show(
    songs: Annotated[list[str] | None, typer.Argument(help="Song ids; default: the first 20.")] = None,
    work: Work = "",
    html: Annotated[
        Path | None,
        typer.Option("--html", help="Write a page per song, with all it shows, into this folder."),
    ] = None,
    as_json: Json = False,
) -> int:
    """Show what is known of songs: key, tempo, chords, notes, shots, and what each stage said.

    Example: `symmv show folder:yellow --html pages`
    """
    from symmv_tools.pipeline.house import House
    from symmv_tools.pipeline.showing import portraits

    house = House.open(needed(work))
    found = portraits(house, songs or [], limit=20)
    pages = [_write_page(portrait, html) for portrait in found] if html is not None else [{} for _ in found]
    if as_json:
        emit_json([portrait.as_dict() | files for portrait, files in zip(found, pages, strict=True)])
    else:
        table(
            "songs",
            ["song", "key", "tempo", "chords", "notes", "beats", "shots", "seconds"],
            [p.facts() for p in found],
        )
        if found:
            header = ["stage", *(p.song_id for p in found[:6])]
            rows = [(key, *(p.verdict(key) for p in found[:6])) for key in found[0].keys()]  # noqa: SIM118
            table("what each stage said, and its seconds", header, rows)
        for files in pages:
            print(*files.values(), sep="\n", end="\n" if files else "")
    return 0


def _write_page(portrait: Portrait, folder: Path) -> dict[str, str]:
    from symmv_tools.pipeline.showing import write_page

    page, picture = write_page(portrait, folder)
    return {"page": str(page), "picture": str(picture)}


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command()(plan)
    app.command()(status)
    app.command()(show)
