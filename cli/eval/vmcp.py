"""`symmv eval vmcp`: does generated music fit its video, as a video-music CLIP sees and hears them?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from symmv_tools.cli.eval.options import Latex, SoundFont, Split
from symmv_tools.cli.options import Json, Workers


def vmcp(
    data: Annotated[Path, typer.Option("--data", help="The export whose videos the music was made for.")],
    model: Annotated[Path, typer.Option("--model", help="The judge: a run of `symmv train vmcp`.")],
    music: Annotated[
        list[str] | None,
        typer.Option(
            "--music", help="A folder of MIDI or audio, each file named after its song; NAME=FOLDER names it."
        ),
    ] = None,
    split: Split = None,
    pool: Annotated[int, typer.Option("--pool", min=2, help="Among how many videos one is ranked.")] = 70,
    repeats: Annotated[int, typer.Option("--repeats", min=1, help="Pools drawn for each piece.")] = 20,
    study: Annotated[
        Path | None,
        typer.Option("--study", help="A listening study's answers (TSV or CSV): do people and judge agree?"),
    ] = None,
    keep: Annotated[
        Path | None, typer.Option("--keep", help="Folder that keeps what was heard, for the next time.")
    ] = None,
    same_judge: Annotated[
        bool, typer.Option("--same-judge", help="Let a network judge what it has chosen; the result says so.")
    ] = False,
    soundfont: SoundFont = None,
    workers: Workers = None,
    as_json: Json = False,
    as_latex: Latex = False,
) -> int:
    """Rank the own video of each piece of music among others: V-MusProd's VMCP, P@K and average rank.

    Example: `symmv eval vmcp --data out --split test --music ours=samples/ --model runs/vmcp`

    MIDI is rendered, the export's own as that of all systems; every piece counts, ties count against it, and
    chance and intervals stand beside each figure. Two rows are made of the export's own music: what any other
    song scores, and what the song scores whose tempo fits the motion. `--json > vmcp.json` is what
    `symmv eval table symmv-2` reads.
    """
    import os

    from symmv_tools.cli.eval.showing import show
    from symmv_tools.cli.progress import counting
    from symmv_tools.evaluation.metrics import TITLES
    from symmv_tools.evaluation.retrieval.vmcp import Pools
    from symmv_tools.evaluation.systems import open_systems
    from symmv_tools.generate.judging import Wanted, judge_music

    wanted = Wanted(split, Pools(pool, repeats), study, keep, soundfont, same_judge)
    pieces = sum(len(system.ids) for system in open_systems([str(data), *(music or [])], split))
    with counting("pieces", pieces) as advance:
        found = judge_music(
            data, music or [], model, wanted, workers=workers or os.cpu_count() or 1, advance=advance
        )
    status: int = show(found, TITLES, as_json=as_json, as_latex=as_latex)
    return status


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command()(vmcp)
