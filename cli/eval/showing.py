"""How a result of `symmv eval` is shown: as a table for people, as JSON, or as LaTeX."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from symmv_tools.cli.talk import counted, emit_json, say, table

if TYPE_CHECKING:
    from symmv_tools.evaluation.measured import Measured
    from symmv_tools.evaluation.result import Line, Result

_NAMED = 5


def show(found: Result, titles: Mapping[str, str], *, as_json: bool, as_latex: bool) -> int:
    """Print a result; return the command's status: 1 if a piece could not be measured."""
    if as_json:
        emit_json(found.as_dict())
    elif as_latex:
        from symmv_tools.evaluation.latex import latex

        print(latex(found, titles))
    else:
        _print(found, titles)
    for system, failed in found.failed.items():
        for why in list(failed.values())[:_NAMED]:
            say(why)
        say(f"{system}: {counted(len(failed), 'piece')} could not be measured")
    return int(any(found.failed.values()))


def _print(found: Result, titles: Mapping[str, str]) -> None:
    has_chance = any(line.chance is not None for line in found.lines)
    head = ["metric", "system", "n", "mean", "sd", "95 % interval", *(["chance"] if has_chance else [])]
    head += [f"from {found.real}", "relative", ""]
    rows = [
        [
            titles.get(line.metric, line.metric),
            line.system,
            line.n,
            *_spread(line),
            *_chance(line, has_chance),
            *_distance(line),
        ]
        for line in found.lines
    ]
    table("; ".join(f"{key}: {value}" for key, value in found.conditions.items()), head, rows)
    if any(line.distance and not line.distance.is_resolved for line in found.lines):
        say(f"≈: so many pieces do not tell the system from {found.real}")
    undefined = [line for line in found.lines if line.undefined]
    for line in undefined[:_NAMED]:
        say(f"{line.system}: {line.metric} is undefined for {counted(line.undefined, 'piece')}")


def _spread(line: Line) -> list[str]:
    return [_number(line.mean), _number(line.sd), _interval(line.interval)]


def _chance(line: Line, has_chance: bool) -> list[str]:
    return [_number(line.chance)] if has_chance else []


def _distance(line: Line) -> list[str]:
    far = line.distance
    if far is None:
        return ["", "", ""]
    relative = "-" if far.relative is None else f"{100 * far.relative:+.1f} %"
    return [f"{far.absolute:+.4f}", relative, "" if far.is_resolved else "≈"]


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.4f}"


def _interval(interval: tuple[float, float] | None) -> str:
    return "-" if interval is None else "{:.4f} to {:.4f}".format(*interval)


def write_songs(path: Path, measured: list[Measured]) -> None:
    """Write a line per system and piece: tab-separated, a column per metric, "" where undefined."""
    import csv

    from symmv_tools.io.atomic import written

    metrics = list(dict.fromkeys(name for one in measured for by in one.values.values() for name in by))
    with written(path) as part, part.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, delimiter="\t", lineterminator="\n")
        rows.writerow(["system", "piece", *metrics])
        for one in measured:
            for piece, by in one.values.items():
                rows.writerow([one.name, piece, *(by.get(name, "") for name in metrics)])
