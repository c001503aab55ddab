"""`symmv eval annotations`: how good annotations are, against a reference."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from symmv_tools.cli.options import Json
from symmv_tools.cli.talk import counted, emit_json, say, table

if TYPE_CHECKING:
    from symmv_tools.dataset.accuracy import Accuracy, Figure
    from symmv_tools.evaluation.annotations.comparing import Comparison, Tally

_WORST = 5


def annotations_(
    out: Annotated[Path, typer.Argument(help="The export to score.")],
    against: Annotated[Path, typer.Option("--against", help="The export that is taken to be right.")],
    songs: Annotated[
        Path | None, typer.Option("--songs", help="Write every song's scores into this TSV file.")
    ] = None,
    by_song: Annotated[bool, typer.Option("--by-song", help="Print every song's scores too.")] = False,
    as_json: Json = False,
) -> int:
    """Score the annotations of one export against another's: by song, in total, and where they fail.

    Example: `symmv eval annotations out --against truth`

    Both are folders that `symmv export` wrote; `--use chords=paper` picks the variants in them, and songs
    are matched by song_id. The totals go into `accuracy.json` in OUT, which the next `symmv export OUT`
    tells in its card; `symmv export ELSEWHERE --accuracy OUT` tells them of songs that have no truth.
    """
    from symmv_tools.dataset.accuracy import NAME, write_accuracy
    from symmv_tools.evaluation.annotations.by_song import song_table
    from symmv_tools.evaluation.annotations.comparing import compare

    _refuse_inside(out, songs)
    found = compare(out, against)
    accuracy = found.accuracy()
    write_accuracy(out / NAME, accuracy)
    if songs is not None:
        _write_songs(songs, found)
    if as_json:
        emit_json(_for_machines(found, accuracy, by_song))
    else:
        _print_totals(found, accuracy.figures)
        _print_worst(found)
        if by_song:
            table("by song", *song_table(found, "{:.3f}"))
    for line in _left_out(found):
        say(line)
    say(f"wrote {out / NAME}; the next `symmv export {out}` tells it in the card")
    return 0


def _refuse_inside(out: Path, songs: Path | None) -> None:
    from symmv_tools.errors import BadCall

    if songs is not None and songs.absolute().is_relative_to(out.absolute()):
        raise BadCall(
            f"{songs} lies in the export {out}, which the next export replaces", "write it somewhere else"
        )


def _write_songs(path: Path, found: Comparison) -> None:
    from symmv_tools.evaluation.annotations.by_song import songs_tsv
    from symmv_tools.io.atomic import written

    with written(path) as part:
        part.write_text(songs_tsv(found), encoding="utf-8", newline="\n")


def _print_totals(found: Comparison, figures: tuple[Figure, ...]) -> None:
    rows = [
        (
            figure.title,
            f"{figure.mean:.3f}",
            "-" if figure.interval is None else "{:.3f} to {:.3f}".format(*figure.interval),
            figure.songs,
            sum(figure.not_scored.values()) or "",
        )
        for figure in figures
    ]
    title = (
        f"{found.evaluated.name} against {found.reference.name}: {counted(len(found.songs), 'song')} in both"
    )
    table(title, ["score", "mean", "95 % interval", "songs", "not scored"], rows)


def _print_worst(found: Comparison) -> None:
    rows = [
        (tally.metric.title, ", ".join(f"{song_id} {value:.3f}" for song_id, value in worst))
        for tally in found.tallies
        if (worst := tally.worst(_WORST))
    ]
    if rows:
        table("the worst songs: look at them", ["score", "songs"], rows)


def _left_out(found: Comparison) -> Iterator[str]:
    """Say which songs and columns were not scored, and why."""
    for export, missing in ((found.evaluated, found.only_evaluated), (found.reference, found.only_reference)):
        if missing:
            named = ", ".join(missing[:_WORST]) + (", …" if len(missing) > _WORST else "")
            yield f"only in {export.name}: {counted(len(missing), 'song')} ({named})"
    yield from dict.fromkeys(
        f"{_subject(found, tally, why)}: {counted(count, 'song')} not scored: {why}"
        for tally in found.tallies
        for why, count in sorted(tally.not_scored.items())
    )


def _subject(found: Comparison, tally: Tally, why: str) -> str:
    """Return the name of the whole family if all its metrics left out as many songs, else the metric's."""
    family = [other for other in found.tallies if other.family is tally.family]
    alike = {other.not_scored[why] for other in family} == {tally.not_scored[why]}
    return tally.family.name if alike else tally.metric.title


def _for_machines(found: Comparison, accuracy: Accuracy, by_song: bool) -> dict[str, Any]:
    from dataclasses import asdict

    from symmv_tools.evaluation.annotations.by_song import scores_by_song

    worst = {tally.name: tally.worst(_WORST) for tally in found.tallies}
    return {
        **asdict(accuracy),
        "only_evaluated": found.only_evaluated,
        "only_reference": found.only_reference,
        "worst": {name: songs for name, songs in worst.items() if songs},
        **({"by_song": scores_by_song(found)} if by_song else {}),
    }


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command("annotations")(annotations_)
