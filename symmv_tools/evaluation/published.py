"""What the field has printed: the tables of `manifests/published/tables.toml`, as data."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from symmv_tools.errors import BadCall, BadManifest
from symmv_tools.settings import nearest

BETTER = ("real", "higher", "lower")
KINDS = ("real", "system", "ablation")
UNITS = ("", "percent")
DASHES = ("-", "—")
"""How papers print that there is no figure."""

_SHARED = ("number", "section", "caption", "data")


@dataclass(frozen=True)
class Column:
    """One measure as printed.

    `metric` is our measure of the same definition, None where there is none; `why` says why not, or what
    keeps the two apart all the same. `better` is one of `BETTER`: `real` means closer to the Real row.
    `unit` is one of `UNITS`.
    """

    name: str
    better: str
    metric: str | None = None
    unit: str = ""
    why: str = ""


@dataclass(frozen=True)
class Row:
    """One system's figures as printed, one per column.

    `data` is what it was run on, `kind` one of `KINDS`.
    """

    name: str
    kind: str
    values: tuple[str, ...]
    data: str
    note: str = ""


@dataclass(frozen=True)
class Table:
    """One published table: what it says, where it stands, and what to know before comparing."""

    id: str
    paper: str
    number: str
    section: str
    caption: str
    data: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...]

    def value(self, row: Row, column: Column) -> float | None:
        """Return a figure as a number, shares in [0, 1] and not in percent; None where a dash is printed."""
        printed = row.values[self.columns.index(column)]
        return None if printed in DASHES else _number(printed) / (100 if column.unit == "percent" else 1)

    def real(self, row: Row) -> Row | None:
        """Return the Real row that `row` is held against, that of the same data; None if none is printed."""
        return next((real for real in self.rows if real.kind == "real" and real.data == row.data), None)


@cache
def tables() -> Mapping[str, Table]:
    """Return every shipped table by its id, such as `symmv-2`."""
    return parse((files("symmv_tools.manifests") / "published" / "tables.toml").read_text("utf-8"))


def table(name: str) -> Table:
    """Return one table; raises BadCall, with the nearest name, if there is none."""
    if name not in tables():
        raise BadCall(f"no published table is called {name!r}", nearest(name, tables()))
    return tables()[name]


def parse(text: str) -> dict[str, Table]:
    """Return the tables of a TOML text by id; BadManifest, with the place, if it contradicts itself."""
    document = tomllib.loads(text)
    _check_fields(document, ("papers", "tables"), (), "published tables")
    for name, paper in document["papers"].items():
        _check_fields(paper, ("cite",), (), f"paper {name}")
    papers = {name: paper["cite"] for name, paper in document["papers"].items()}
    return {name: _table(name, fields, papers) for name, fields in document["tables"].items()}


def _table(name: str, fields: Mapping[str, Any], papers: Mapping[str, str]) -> Table:
    where = f"published table {name}"
    _check_fields(fields, ("paper", *_SHARED, "columns", "rows", "notes"), (), where)
    _check_one_of(fields["paper"], tuple(papers), f"{where}: paper")
    columns = tuple(_column(column, where) for column in fields["columns"])
    rows = tuple(_row(row, columns, fields["data"], where) for row in fields["rows"])
    for what, names in (("columns", columns), ("rows", rows)):
        _check_distinct([each.name for each in names], f"{where}: {what}")
    shared = {key: fields[key] for key in _SHARED}
    notes = tuple(fields["notes"])
    return Table(id=name, paper=papers[fields["paper"]], columns=columns, rows=rows, notes=notes, **shared)


def _column(fields: Mapping[str, str], where: str) -> Column:
    _check_fields(fields, ("name", "better"), ("metric", "unit", "why"), f"{where}: a column")
    column = Column(**fields)
    where = f"{where}: column {column.name}"
    _check_one_of(column.better, BETTER, f"{where}: better")
    _check_one_of(column.unit, UNITS, f"{where}: unit")
    if column.metric is None and not column.why:
        raise BadManifest(f"{where} has neither a metric nor a reason why there is none", "add `why`")
    return column


def _row(fields: Mapping[str, Any], columns: tuple[Column, ...], data: str, where: str) -> Row:
    _check_fields(fields, ("name", "kind", "values"), ("data", "note"), f"{where}: a row")
    row = Row(**{"data": data, **fields, "values": tuple(fields["values"])})
    where = f"{where}: row {row.name}"
    _check_one_of(row.kind, KINDS, f"{where}: kind")
    if len(row.values) != len(columns):
        raise BadManifest(f"{where} has {len(row.values)} values for {len(columns)} columns")
    for column, value in zip(columns, row.values, strict=True):
        _check_figure(value, column, where)
    return row


def _check_figure(value: str, column: Column, where: str) -> None:
    if value in DASHES:
        return
    try:
        _number(value)
    except ValueError:
        raise BadManifest(f"{where}: {value!r} below {column.name} is neither a number nor a dash") from None
    if value.endswith("%") and column.unit != "percent":
        raise BadManifest(f"{where}: {value} below {column.name} is a percentage, the column's unit is not")


def _check_fields(
    fields: Mapping[str, Any], needed: tuple[str, ...], more: tuple[str, ...], where: str
) -> None:
    if missing := [name for name in needed if name not in fields]:
        raise BadManifest(f"{where} lacks {', '.join(missing)}; it has {', '.join(fields) or 'nothing'}")
    if unknown := [name for name in fields if name not in (*needed, *more)]:
        raise BadManifest(f"{where} has a field {unknown[0]!r}", nearest(unknown[0], (*needed, *more)))


def _check_one_of(value: str, known: tuple[str, ...], where: str) -> None:
    if value not in known:
        raise BadManifest(f"{where} is {value!r}", f"known are {', '.join(map(repr, known))}")


def _check_distinct(names: list[str], where: str) -> None:
    if twice := {name for name in names if names.count(name) > 1}:
        raise BadManifest(f"{where} have {min(twice)!r} twice")


def _number(printed: str) -> float:
    return float(printed.removesuffix("%"))
