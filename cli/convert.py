"""`symmv convert`: an export in the formats of other people's tools."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from symmv_tools.cli.options import Json
from symmv_tools.cli.talk import counted, emit_json, say


def convert(
    export: Annotated[Path, typer.Argument(help="An export: the folder that `symmv export` wrote.")],
    to: Annotated[str, typer.Option("--to", help="jams, jsonl, lab, midi, pop909 or webdataset.")],
    out: Annotated[Path, typer.Option("--out", help="Folder to write: new or empty.")],
    split: Annotated[
        str | None, typer.Option("--split", help="Only train, validation or test.", show_default="all")
    ] = None,
    as_json: Json = False,
) -> int:
    """Write every song of an export in another format.

    JAMS, .lab and .beats files, MIDI, POP909's folders, JSON lines, or the tar files of WebDataset.

    Example: `symmv convert out --to jams --out jams`

    Files are named after the songs' ids; `songs.jsonl` (for POP909 `index.xlsx`) says which is which; JSON
    lines and tar files are shards of some 64 MB. What a
    format cannot hold is listed in docs/how-to/load-and-convert.md.
    """
    from symmv_tools.dataset.convert.folder import convert as write
    from symmv_tools.dataset.convert.folder import format_of
    from symmv_tools.dataset.load import load

    rows = load(export, split=split, columns=format_of(to).columns)
    files = [str(path) for path in write(rows, to, out)]
    say(f"converted {counted(len(rows), 'song')} into {counted(len(files), 'file')}")
    if as_json:
        emit_json({"songs": len(rows), "files": files})
    else:
        print(out)
    return 0


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command()(convert)
