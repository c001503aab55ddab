"""`symmv report`: one page of statistics and plots."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import quote

import typer

from symmv_tools.cli.options import Json
from symmv_tools.cli.talk import emit_json

if TYPE_CHECKING:
    from symmv_tools.dataset.report.effort import Effort


def report(
    export: Annotated[Path, typer.Argument(help="Folder that `symmv export` wrote.")],
    out: Annotated[
        Path | None, typer.Option("--out", help="The page to write.", show_default="EXPORT-report.html")
    ] = None,
    work: Annotated[
        str, typer.Option("--work", help="The store that the export came from: it knows what took long.")
    ] = "",
    pages: Annotated[
        Path | None,
        typer.Option("--pages", help="Folder of song pages to link to, from `symmv show --html`."),
    ] = None,
    as_json: Json = False,
) -> int:
    """Write one HTML page that tells what a data set holds, what was lost on the way, and how good it is.

    Example: `symmv report out --work work --pages pages`

    The page needs no network and no other file, so it can be sent and kept. It stands beside the export,
    whose folder the next export replaces.
    """
    from symmv_tools.dataset.report.document import gather, write_report
    from symmv_tools.pipeline.running_order import running_order

    export = export.absolute()
    target = (out or export.with_name(f"{export.name}-report.html")).absolute()
    _refuse_inside(export, target)
    write_report(target, gather(export, running_order(), _effort(work), _link(target, pages)))
    if as_json:
        emit_json({"report": str(target)})
    else:
        print(target)
    return 0


def _refuse_inside(export: Path, target: Path) -> None:
    from symmv_tools.errors import BadCall

    if target.is_relative_to(export):
        raise BadCall(
            f"{target} lies in the export {export}, which the next export replaces", "write it somewhere else"
        )
    if target.is_dir() or not target.parent.is_dir():
        raise BadCall(
            f"{target} cannot be written: it is a folder, or lies in none", "name a file with --out"
        )


def _effort(work: str) -> Effort | None:
    from symmv_tools.dataset.report.effort import effort
    from symmv_tools.store import Store

    if not work:
        return None
    store = Store.open(work)
    try:
        return effort(store)
    finally:
        store.close()


def _link(target: Path, pages: Path | None) -> Callable[[str], str | None]:
    """Return a function that gives the address of a song's page, as seen from the report."""
    from symmv_tools.song import file_name

    def link(song_id: str) -> str | None:
        if pages is None or not (page := pages / f"{file_name(song_id)}.html").is_file():
            return None
        return quote(Path(os.path.relpath(page.absolute(), target.parent)).as_posix())

    return link


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command()(report)
