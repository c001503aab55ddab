"""`symmv stats`: what an export holds, in numbers; two of them side by side."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from symmv_tools.cli.options import Json
from symmv_tools.cli.talk import emit_json, table

if TYPE_CHECKING:
    from symmv_tools.dataset.report.statistics import Statistics

_MOST = 8  # values of a column that are printed


def stats(
    export: Annotated[Path, typer.Argument(help="Folder that `symmv export` wrote.")],
    other: Annotated[Path | None, typer.Argument(help="Another export, to stand beside it.")] = None,
    as_json: Json = False,
) -> int:
    """Say in numbers what a data set holds, beside the two papers and, if named, beside another data set.

    Example: `symmv stats symmv/export out`
    """
    from symmv_tools.dataset.report.statistics import statistics
    from symmv_tools.pipeline.running_order import running_order

    order = running_order()
    found = [statistics(folder, order) for folder in (export, other) if folder is not None]
    if as_json:
        emit_json([one.as_dict() for one in found] if other else found[0].as_dict())
        return 0
    _print_papers(found)
    _print_numbers(found)
    _print_words(found)
    for one in found:
        _print_losses(one)
    return 0


def _print_papers(found: Sequence[Statistics]) -> None:
    from symmv_tools.dataset.report.published import table_one

    head, lines = table_one(*found)
    table("beside the papers (–: the paper does not say)", head, lines)


def _print_numbers(found: Sequence[Statistics]) -> None:
    """Totals, and what is measured of each note or song: mean, and where nine of ten lie."""
    from symmv_tools.dataset.report.statistics import PER_NOTE, PER_SONG

    names = [one.name for one in found]
    groups = ("note_midi", "beat", "chord", "key_mode", "shot", "caption")
    table("entries", ["", *names], [[group, *(one.entries[group] for one in found)] for group in groups])
    rows = [
        [f"{title}, {unit}", *(_spread(one, name) for one in found)]
        for name, (title, unit) in (PER_SONG | PER_NOTE).items()
    ]
    table("mean (median; nine of ten)", ["", *names], rows)


def _spread(found: Statistics, name: str) -> str:
    from symmv_tools.dataset.report.histogram import number

    histogram = found.histograms[name]
    if histogram.mean is None:
        return "-"
    low, median, high = (number(histogram.quantile(share) or 0.0) for share in (0.05, 0.5, 0.95))
    return f"{number(histogram.mean)} ({median}; {low} to {high})"


def _print_words(found: Sequence[Statistics]) -> None:
    """How often the values of a column, the keys and the chords occur: the most frequent of the first one."""
    names = [one.name for one in found]
    columns: list[tuple[str, list[dict[str, Any]]]] = [
        (f"songs by {column}", [one.words[column] for one in found]) for column in found[0].words
    ]
    columns.append(("minutes by key", [{k: s / 60 for k, s in one.keys.items()} for one in found]))
    columns.append(("% of chords, keys at C or a", [_percent(one.chords.shares(None)) for one in found]))
    for title, counts in columns:
        first = next((count for count in counts if count), {})
        most = sorted(first, key=lambda value: (-first[value], value))[:_MOST]
        if most:
            table(
                title, ["", *names], [[value, *(count.get(value, 0) for count in counts)] for value in most]
            )


def _percent(shares: dict[str, float]) -> dict[str, float]:
    return {name: 100 * share for name, share in shares.items()}


def _print_losses(found: Statistics) -> None:
    losses = found.losses
    lost = [loss for step in losses.steps for loss in step.losses]
    rows = [[loss.stage, loss.code, loss.songs, loss.reason] for loss in lost]
    title = f"{found.name}: {losses.exported:,} of {losses.known:,} songs are exported"
    table(title, ["lost at", "code", "songs", "of one of them"], rows)
    if losses.columns:
        kept = [[loss.stage, loss.code, loss.songs, loss.reason] for loss in losses.columns]
        table(f"{found.name}: exported without", ["stage", "code", "songs", "of one of them"], kept)


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command()(stats)
