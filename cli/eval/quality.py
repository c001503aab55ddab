"""`symmv eval quality`: every symbolic metric of the field, real music and generated side by side."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from symmv_tools.cli.eval.options import Latex, Real, Songs, SoundFont, Split, Systems
from symmv_tools.cli.options import Json, Workers


def quality(
    real: Real,
    systems: Systems = None,
    split: Split = None,
    grid: Annotated[
        Literal["file", "beats"],
        typer.Option("--grid", help="What bars and beats are: `file` (MIDI ticks) or `beats` (annotated)."),
    ] = "file",
    structure: Annotated[
        bool, typer.Option("--structure", help="Structureness of the sound too; a second or two per piece.")
    ] = False,
    soundfont: SoundFont = None,
    workers: Workers = None,
    songs: Songs = None,
    as_json: Json = False,
    as_latex: Latex = False,
) -> int:
    """Measure the music of one or more systems beside real music: mean, sd, n, interval, distance.

    Example: `symmv eval quality out --split test ours=samples/ cmt=cmt-midi/`

    The metrics and their definitions: docs/reference/metrics.md. They say "closer to real is better", so the
    first folder is real music. Where each piece of a system is named after its song, pairs are compared;
    ≈ marks what so many pieces do not tell apart. `--json > quality.json` is what `symmv eval table` reads.
    """
    import os

    from symmv_tools.cli.eval.showing import show, write_songs
    from symmv_tools.cli.progress import counting
    from symmv_tools.evaluation.metrics import TITLES
    from symmv_tools.evaluation.quality.corpus import Quality, evaluate_quality
    from symmv_tools.evaluation.sound import Sound
    from symmv_tools.evaluation.systems import open_systems

    compared = open_systems([real, *(systems or [])], split)
    how = Quality(grid, Sound(soundfont) if structure else None)
    several = (os.cpu_count() or 1) if structure else 1  # notes alone take a millisecond a piece
    with counting("pieces", sum(len(system.ids) for system in compared)) as advance:
        found = evaluate_quality(compared, how, workers=workers or several, advance=advance)
    if songs is not None:
        write_songs(songs, found.measured)
    status: int = show(found.result, TITLES, as_json=as_json, as_latex=as_latex)
    return status


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command()(quality)
