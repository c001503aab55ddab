"""`symmv export` and `compact`: what a store gives away, and tidying it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from symmv_tools.cli.options import Json, Work, needed
from symmv_tools.cli.talk import counted, emit_json, say

if TYPE_CHECKING:
    from symmv_tools.pipeline.dividing import Splitting
    from symmv_tools.pipeline.exporting import Shape
    from symmv_tools.pipeline.house import House


def export(
    out: Annotated[Path, typer.Argument(help="Folder to write; an earlier export there is replaced.")],
    work: Work = "",
    use: Annotated[
        list[str] | None, typer.Option("--use", help="Take a column from a variant, e.g. chords=paper.")
    ] = None,
    accuracy: Annotated[
        Path | None,
        typer.Option(
            "--accuracy",
            help="Figures for the card: what `symmv eval annotations` wrote, or an export that holds it.",
            show_default="that in OUT",
        ),
    ] = None,
    splits: Annotated[
        str,
        typer.Option(
            "--splits",
            help="Who is in which split: a list that symmv ships (symmv, pop909), a TSV file, or an export.",
            show_default="by hash, and what was exported before stays",
        ),
    ] = "",
    group_by: Annotated[
        list[str] | None,
        typer.Option("--group-by", help="Keep songs of one artist, or one channel, in one split as well."),
    ] = None,
    only_licensed: Annotated[
        bool, typer.Option("--only-licensed", help="Only songs whose licence lets copies be passed on.")
    ] = False,
    columns: Annotated[
        list[str] | None,
        typer.Option("--column", help="Write only this column of the rows, and their ids; repeatable."),
    ] = None,
    embed: Annotated[
        bool, typer.Option("--embed", help="Put the bytes of audio and video into the rows.")
    ] = False,
    hop_bars: Annotated[
        int, typer.Option("--segment-hop", min=1, help="Bars of four from one segment to the next.")
    ] = 8,
    as_json: Json = False,
) -> int:
    """Write the data set: Parquet files per split, segments, features, the failures, and a card.

    Example: `symmv export out --use chords=paper`

    Songs that share a recording, a video or a song are in one split, and a song stays in its split for
    ever: what would tie two splits together is left out (`bridges_splits` in the failures).

    `segments` are windows of 32 beats with what is seen meanwhile, to train on; for windows that overlap,
    as Diff-BGM's do, choose `--segment-hop 1`. Embedded media go wherever the rows go: that is for those
    who may pass them on.

    A measured accuracy stands in the card where it was measured with the settings, versions and weights
    that made this export, on whatever songs.
    """
    from symmv_tools.pipeline.dividing import Splitting
    from symmv_tools.pipeline.exporting import Shape
    from symmv_tools.pipeline.house import House

    splitting, shape = Splitting(splits, tuple(group_by or ())), Shape(tuple(columns or ()), embed, hop_bars)
    house = House.open(needed(work))
    with house.store.locked("export"):
        files = write_out(
            house, out.absolute(), use or [], splitting, shape, accuracy, only_licensed=only_licensed
        )
    print_files(files, {}, as_json)
    return 0


def write_out(
    house: House,
    out: Path,
    use: Sequence[str],
    splitting: Splitting,
    shape: Shape,
    accuracy: Path | None = None,
    *,
    only_licensed: bool = False,
) -> list[Path]:
    """Export and say what was written."""
    from symmv_tools.pipeline.exporting import export as write

    made = write(house, out, use, accuracy, splitting, shape, only_licensed=only_licensed)
    left_out = f"; {counted(made.left_out, 'song')} left out (see failures)" if made.left_out else ""
    say(f"exported {counted(made.rows, 'row')}{left_out}")
    return made.files


def print_files(files: Sequence[Path], more: dict[str, Any], as_json: bool) -> None:
    """Print what was written: a path per line for people, one object with `more` for machines."""
    if as_json:
        emit_json({**more, "files": [str(path) for path in files]})
    for path in () if as_json else files:
        print(path)


def compact(work: Work = "") -> int:
    """Merge the many small parts of each table into few, and drop rows that newer ones replace.

    Example: `symmv compact`
    """
    from symmv_tools.store import Store
    from symmv_tools.store.compact import compact_table

    store = Store.open(needed(work))
    with store.locked("compact"):
        store.refresh()
        for folder in sorted(p for p in store.tables.iterdir() if p.is_dir()):
            before, after = compact_table(store, folder.name)
            say(f"{folder.name:<18} {before:,} parts -> {after:,}")
    return 0


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command()(export)
    app.command()(compact)
