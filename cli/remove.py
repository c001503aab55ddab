"""`symmv remove`: what its owner asked to be taken down."""

from __future__ import annotations

from typing import Annotated

import typer

from symmv_tools.cli.options import Json, Work, needed
from symmv_tools.cli.talk import counted, emit_json, say


def remove(
    things: Annotated[
        list[str],
        typer.Argument(help="Song ids; addresses of pages; SHA-256 of files.", metavar="SONG|URL|SHA256..."),
    ],
    why: Annotated[str, typer.Option("--why", help="The reason, as `failures` will give it.")],
    work: Work = "",
    as_json: Json = False,
) -> int:
    """Take songs down for good: no export will hold them again, and their media in the store are deleted.

    Example: `symmv remove youtube:dQw4w9WgXcQ --why "the owner asked on 3 May 2026"`

    An address or a SHA-256 takes down every song that is made of it, now or later. Exports name such songs
    in their failures, by id and reason alone. What was exported before must be exported again, or deleted.
    """
    from symmv_tools.pipeline.house import House
    from symmv_tools.pipeline.takedowns import take_down

    house = House.open(needed(work))
    with house.store.locked("remove"):
        removed = take_down(house.store, things, why)
    songs, files = counted(len(removed.songs), "song"), counted(len(removed.files), "file")
    say(f"taken down: {songs}, {files} deleted; export again, for earlier exports still hold them")
    if as_json:
        emit_json({"songs": removed.songs, "files": [str(path) for path in removed.files]})
    return 0


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command()(remove)
