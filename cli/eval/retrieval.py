"""`symmv eval retrieval`: does generated music sound like the true music of its video, and is it varied?"""

from __future__ import annotations

import os
from typing import Annotated, Literal

import typer

from symmv_tools.cli.eval.options import Latex, Real, SoundFont, Split, Systems
from symmv_tools.cli.options import Json, Workers


def retrieval(
    real: Real,
    systems: Systems = None,
    split: Split = None,
    unit: Annotated[
        Literal["segment", "piece"],
        typer.Option("--unit", help="Rank eight bars of MIDI, or pieces."),
    ] = "segment",
    pool: Annotated[int, typer.Option("--pool", min=2, help="Among how many the true one is ranked.")] = 64,
    repeats: Annotated[int, typer.Option("--repeats", min=1, help="Pools drawn for each query.")] = 20,
    network: Annotated[
        Literal["musicnn-mtt", "musicnn-msd"], typer.Option("--network", help="Who hears the music.")
    ] = "musicnn-mtt",
    embedder: Annotated[
        str | None, typer.Option("--embedder", help="FAD by this audio checkpoint too, e.g. a CLAP.")
    ] = None,
    classifier: Annotated[
        str | None, typer.Option("--classifier", help="KL by this audio checkpoint too, e.g. an AST.")
    ] = None,
    soundfont: SoundFont = None,
    workers: Workers = None,
    as_json: Json = False,
    as_latex: Latex = False,
) -> int:
    """Rank the true music of each generated piece among others: Diff-BGM's P@K; diversity, FAD and KL too.

    Example: `symmv eval retrieval out --split test ours=samples/`

    Music is compared with music, by the cosine of what Musicnn hears; no video is looked at. Samples must be
    named after their songs. MIDI is rendered, of all systems alike. The chance level stands beside every
    figure: a system that knows nothing of the video scores it.
    """
    from symmv_tools.cli.eval.showing import show
    from symmv_tools.cli.progress import counting
    from symmv_tools.evaluation.metrics import TITLES
    from symmv_tools.evaluation.retrieval.heard import Ear
    from symmv_tools.evaluation.retrieval.listeners import Listener
    from symmv_tools.evaluation.retrieval.music import Asked, evaluate_retrieval
    from symmv_tools.evaluation.sound import Sound
    from symmv_tools.evaluation.systems import open_systems

    compared = open_systems([real, *(systems or [])], split)
    sound = Sound(soundfont)
    listeners = [Listener(embedder, "embed", sound)] if embedder else []
    listeners += [Listener(classifier, "classify", sound)] if classifier else []
    ear, asked = Ear(network, unit, sound), Asked(pool, repeats, tuple(listeners))
    n_workers = workers or os.cpu_count() or 1
    pieces = sum(len(system.ids) for system in compared) * (1 + len(listeners))
    with counting("pieces", pieces) as advance:
        found = evaluate_retrieval(compared, ear, asked, workers=n_workers, advance=advance)
    status: int = show(found, TITLES, as_json=as_json, as_latex=as_latex)
    return status


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command()(retrieval)
