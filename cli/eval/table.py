"""`symmv eval table`: a published table with our rows below it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from symmv_tools.cli.eval.options import Latex
from symmv_tools.cli.options import Json
from symmv_tools.cli.talk import emit_json, say
from symmv_tools.cli.talk import table as show_table

if TYPE_CHECKING:
    from symmv_tools.evaluation.beside import Beside
    from symmv_tools.evaluation.published import Table


def table(
    name: Annotated[str, typer.Argument(help="symmv-2, symmv-4, diffbgm-2, diffbgm-3 or diffbgm-6.")],
    results: Annotated[
        list[Path] | None, typer.Argument(help="Files that `symmv eval … --json` printed.")
    ] = None,
    as_json: Json = False,
    as_latex: Latex = False,
) -> int:
    """Lay our rows beside a published table: figures as printed, chance, and ours with 95 % intervals.

    Example: `symmv eval table symmv-4 quality.json`

    Cells that no result fills say "not run". What is known to be wrong with the printed figures is said
    below the table; published figures and their sources are in manifests/published/tables.toml.
    """
    from symmv_tools.evaluation.beside import as_dict, beside
    from symmv_tools.evaluation.published import table as published
    from symmv_tools.evaluation.result import read_result

    printed = published(name)
    rows = beside(printed, [read_result(path) for path in results or []])
    if as_json:
        emit_json(as_dict(printed, rows))
    elif as_latex:
        from symmv_tools.evaluation.latex import of_published

        print(of_published(printed, rows))
    else:
        _print(printed, rows)
    return 0


def _print(printed: Table, rows: Sequence[Beside]) -> None:
    head = ["", "source", *(column.name for column in printed.columns)]
    show_table(
        f"{printed.paper}, {printed.number}: {printed.data}",
        head,
        [[row.name, row.source, *(cell.text for cell in row.cells)] for row in rows],
    )
    far = [row for row in rows if any(cell.from_real is not None for cell in row.cells)]
    if far:
        columns = [i for i, column in enumerate(printed.columns) if column.better == "real"]
        show_table(
            "relative distance to the Real row of the same source",
            ["", "source", *(printed.columns[i].name for i in columns)],
            [[row.name, row.source, *(_percent(row.cells[i].from_real) for i in columns)] for row in far],
        )
    for column in printed.columns:
        if column.why:
            say(f"{column.name}: {column.why}")
    for note in printed.notes:
        say(note)


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:+.1f} %"


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command()(table)
