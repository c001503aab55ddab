"""`symmv import`: released data sets into a store."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from symmv_tools.cli.options import Json, Limit, Work
from symmv_tools.cli.talk import counted, emit_json, say, table
from symmv_tools.errors import BadCall

if TYPE_CHECKING:
    from symmv_tools.pipeline.house import House
    from symmv_tools.pipeline.importing import Imported

Index = Annotated[
    Path | None,
    typer.Option("--index", help="The release's table of songs, where it does not lie with its files."),
]


def import_(
    release: Annotated[str, typer.Argument(help="pop909 or symmv.")],
    path: Annotated[Path, typer.Argument(help="Its folder, or its .tar.gz.")],
    index: Index = None,
    work: Work = "",
    limit: Limit = None,
    as_json: Json = False,
) -> int:
    """Bring a released data set into a store, which is made if it is not there.

    Example: `symmv import pop909 POP909.tar.gz --work work`

    Its songs can then be annotated as any others. What the release itself says of them stands beside
    that as `chords@released` and so on: `symmv export --use chords=released` takes it. SymMV's table
    is looked for among its files, and beside them.
    """
    if not work:
        raise BadCall("no store is named", "say --work DIR, or set SYMMV_WORK; it is made if it is not there")
    from symmv_tools.pipeline.house import House

    house = House.open(work, create=True)
    with house.store.locked("import"):
        house.store.sweep()
        done = bring(house, release, path, index=index, limit=limit, quiet=as_json)
    if as_json:
        refused = [{"what": r.what, "code": r.code, "message": r.message} for r in done.refused]
        new = dict(done.written)
        emit_json({"songs": done.songs, "changed": done.changed, "new": new, "refused": refused})
    return 1 if done.refused else 0


def bring(
    house: House,
    release: str,
    path: Path,
    *,
    index: Path | None = None,
    limit: int | None = None,
    quiet: bool = False,
) -> Imported:
    """Import a release and say what came of it; `quiet` leaves the table away. The caller holds the lock."""
    from symmv_tools.cli.progress import counting_up
    from symmv_tools.pipeline.importing import import_release

    with counting_up(f"importing {release}") as progress:
        done = import_release(house, release, path, index=index, limit=limit, progress=progress)
    for refusal in done.refused:
        say(f"refused {refusal.message}")
    if done.written and not quiet:
        table("new annotations", ["variant", "songs"], sorted(done.written.items()))
    say(
        f"{counted(done.songs, 'song')}, {done.changed:,} new or changed, "
        f"{counted(sum(done.written.values()), 'new annotation')}, {len(done.refused):,} refused"
    )
    return done


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command("import")(import_)
