"""`symmv models`: checkpoints by short name, checksummed, usable offline."""

from __future__ import annotations

from typing import Annotated

import typer

from symmv_tools.cli.options import Json
from symmv_tools.cli.talk import emit_json, say, table

app = typer.Typer(help="Model weights: what there is, fetching it, checking it.", no_args_is_help=True)
Names = Annotated[list[str] | None, typer.Argument(help="Short names; default: all.")]


@app.command("list")
def list_(as_json: Json = False) -> int:
    """List the checkpoints symmv knows, with licence and where each is.

    Example: `symmv models list`
    """
    from symmv_tools import checkpoints

    found = [checkpoints.describe(name) for name in checkpoints.names()]
    if as_json:
        emit_json(found)
        return 0
    keys = ("name", "here", "megabytes", "licence", "about")
    table("checkpoints", keys, [[d[key] for key in keys] for d in found])
    return 0


@app.command()
def pull(names: Names = None) -> int:
    """Fetch checkpoints once; they are checked against their sha256 and then used offline.

    Of the Hugging Face hub any `owner/name@commit` is fetched. Without names everything comes: 2.2 GB.

    Example: `symmv models pull bytedance-piano`
    """
    from symmv_tools import checkpoints

    for name in names or checkpoints.names():
        print(checkpoints.fetch(name))
    return 0


@app.command()
def verify(names: Names = None) -> int:
    """Check the checkpoints on this machine against their sha256.

    Example: `symmv models verify`
    """
    from symmv_tools import checkpoints
    from symmv_tools.errors import MissingCheckpoint

    bad = 0
    for name in [checkpoints.entry(name).name for name in names or checkpoints.names()]:
        try:
            checkpoints.verify(name)
            say(f"{name:<26} good")
        except MissingCheckpoint as why:
            bad += 1
            say(f"{name:<26} {why.message}")
    return 1 if bad else 0
