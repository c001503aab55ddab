"""A published table with our rows below it: printed figures as printed, ours with intervals, and chance."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from symmv_tools.errors import BadCall
from symmv_tools.evaluation.published import DASHES, Column, Row, Table
from symmv_tools.evaluation.result import Line, Result
from symmv_tools.evaluation.retrieval.chance import precision_by_chance, rank_by_chance
from symmv_tools.evaluation.retrieval.pools import DIFFBGM, VMCP

NOT_RUN = "not run"
NO_MEASURE = "no measure"
_PROTOCOLS = {protocol.name: protocol for protocol in (DIFFBGM, VMCP)}
_RANKED = re.compile(f"(p@(?P<k>[0-9]+)|average_rank)_(?P<protocol>{'|'.join(_PROTOCOLS)})")


@dataclass(frozen=True)
class Cell:
    """One cell: what is written in it, and the number behind it in the unit of the metric, if there is one.

    `from_real` is the relative distance to the Real row of the same source.
    """

    text: str
    value: float | None = None
    from_real: float | None = None


@dataclass(frozen=True)
class Beside:
    """A row of the table: `source` is printed, chance or ours."""

    name: str
    source: str
    cells: tuple[Cell, ...]


def beside(table: Table, results: Sequence[Result]) -> list[Beside]:
    """Return the rows of a published table, what guessing scores, and a row for each system of `results`.

    A cell of ours holds mean and 95 % interval; "not run" says that no result has the metric, "no measure"
    that nobody knows by which definition the paper's was computed. Raises BadCall if two results measured
    one metric of one system.
    """
    rows = [Beside(row.name, "printed", tuple(_printed(table, row))) for row in table.rows]
    chance = tuple(_by_chance(column) for column in table.columns)
    if any(cell.value is not None for cell in chance):
        rows.append(Beside("Chance", "chance", chance))
    lines = _by_name(results)
    real = {result.real for result in results}
    for name in _named(table, lines):
        title = f"{name} (real)" if name in real else name
        rows.append(Beside(title, "ours", tuple(_ours(table, lines, name))))
    return rows


def _named(table: Table, lines: dict[tuple[str, str], Line]) -> list[str]:
    """Our systems: those that have a figure of the table, else all there are."""
    metrics = {column.metric for column in table.columns}
    shown = dict.fromkeys(name for name, metric in lines if metric in metrics)
    return list(shown or dict.fromkeys(name for name, _ in lines)) or ["ours"]


def as_dict(table: Table, rows: Sequence[Beside]) -> dict[str, Any]:
    """Return the table for machines."""
    return {
        "table": table.id,
        "paper": table.paper,
        "number": table.number,
        "caption": table.caption,
        "columns": [
            {"name": c.name, "metric": c.metric, "better": c.better, "why": c.why} for c in table.columns
        ],
        "rows": [
            {
                "name": row.name,
                "source": row.source,
                "cells": {
                    column.name: {"text": cell.text, "value": cell.value, "from_real": cell.from_real}
                    for column, cell in zip(table.columns, row.cells, strict=True)
                },
            }
            for row in rows
        ],
        "notes": list(table.notes),
    }


def _printed(table: Table, row: Row) -> Iterator[Cell]:
    for column, text in zip(table.columns, row.values, strict=True):
        value = table.value(row, column)
        yield Cell("–" if text in DASHES else text, value, _from_real(table, row, column, value))


def _from_real(table: Table, row: Row, column: Column, value: float | None) -> float | None:
    real = table.real(row)
    if real is None or real is row or value is None or column.better != "real":
        return None
    true = table.value(real, column)
    return value / true - 1 if true else None


def _by_chance(column: Column) -> Cell:
    ranked = _RANKED.fullmatch(column.metric or "")
    if ranked is None:
        return Cell("–")
    size = _PROTOCOLS[ranked["protocol"]].pool_size
    value = precision_by_chance(int(ranked["k"]), size) if ranked["k"] else rank_by_chance(size)
    return Cell(_written(value, column), value)


def _ours(table: Table, lines: dict[tuple[str, str], Line], name: str) -> Iterator[Cell]:
    for column in table.columns:
        line = lines.get((name, column.metric or ""))
        if column.metric is None:
            yield Cell(NO_MEASURE)
        elif line is None or line.mean is None:
            yield Cell(NOT_RUN)
        else:
            low, high = line.interval or (line.mean, line.mean)
            text = f"{_written(line.mean, column)} [{_written(low, column)}, {_written(high, column)}]"
            yield Cell(
                text, line.mean, line.distance.relative if line.distance and column.better == "real" else None
            )


def _written(value: float, column: Column) -> str:
    if column.unit == "percent":
        return f"{math.floor(1000 * value + 0.5) / 10:.1f}"  # 31.25 is printed as 31.3, as the papers do
    return f"{value:.1f}" if column.better == "lower" else f"{value:.3f}"


def _by_name(results: Sequence[Result]) -> dict[tuple[str, str], Line]:
    found: dict[tuple[str, str], Line] = {}
    for result in results:
        for line in result.lines:
            key = line.system, line.metric
            if key in found and found[key] != line:
                raise BadCall(
                    f"two results say what {line.system} scores in {line.metric}, and differ",
                    "leave one of the files out, or evaluate under another name: NAME=FOLDER",
                )
            found[key] = line
    return found
