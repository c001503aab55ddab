"""The options that several commands share, each with one meaning and one help text."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from symmv_tools.errors import BadCall

Work = Annotated[
    str,
    typer.Option("--work", envvar="SYMMV_WORK", help="The store: a work folder.", show_default="$SYMMV_WORK"),
]
Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON, for machines.")]
Gpu = Annotated[int | None, typer.Option("--gpu", help="Use the GPU with this index, e.g. 0.")]
Workers = Annotated[
    int | None, typer.Option("--workers", min=1, help="Worker processes.", show_default="one per core")
]
Limit = Annotated[int | None, typer.Option("--limit", min=1, help="Only the first N songs, by id.")]
Preset = Annotated[
    str | None,
    typer.Option("--preset", help="default, paper, chorder, skyline-16, or a TOML file of settings."),
]
Set = Annotated[
    list[str] | None, typer.Option("--set", help="Change one setting, e.g. chords.keep_bass=true.")
]
Stages = Annotated[
    list[str] | None, typer.Argument(help="Stages, or stage@variant; with what they need. Default: all.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")]


def needed(work: str) -> str:
    """Return the named store, or the usual one; BadCall if neither is named nor there."""
    if work:
        return work
    if os.path.isdir("work/tables"):
        return "work"
    raise BadCall("no store is named", "say --work DIR, or set SYMMV_WORK")
