"""`symmv eval alignment`: how music and picture go together in time, each figure beside its chance."""

from __future__ import annotations

from typing import Annotated

import typer

from symmv_tools.cli.eval.options import Latex, Songs, Split, Systems
from symmv_tools.cli.options import Json


def alignment(
    out: Annotated[str, typer.Argument(help="The export whose videos are looked at, with their own music.")],
    systems: Systems = None,
    split: Split = None,
    songs: Songs = None,
    as_json: Json = False,
    as_latex: Latex = False,
) -> int:
    """Score beats on cuts and on motion, onsets with motion, tempo: the videos' own music, and generated.

    Example: `symmv eval alignment out --split test ours=samples/`

    Shots and motion are read of the export; samples must be named after its songs. A MIDI file's beats are
    those of its tempo, and it begins with its video; of recordings, annotate and export them, and name that
    export. With a tolerance of half a second nearly every cut is near a beat: look at chance, and at z.
    """
    from symmv_tools.cli.eval.showing import show, write_songs
    from symmv_tools.cli.progress import counting
    from symmv_tools.evaluation.alignment.corpus import evaluate_alignment
    from symmv_tools.evaluation.metrics import TITLES
    from symmv_tools.evaluation.systems import open_systems

    compared = open_systems([out, *(systems or [])], split)
    with counting("pieces", sum(len(system.ids) for system in compared)) as advance:
        found, measured = evaluate_alignment(compared, advance=advance)
    if songs is not None:
        write_songs(songs, measured)
    status: int = show(found, TITLES, as_json=as_json, as_latex=as_latex)
    return status


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command()(alignment)
