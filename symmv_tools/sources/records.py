"""Rows of a table in whatever form it comes: TSV, CSV, JSON lines, Parquet, or any text on stdin.

The content says which form it is, not the name: a tab-separated file called `.csv` reads well.
Rows stream; no more than one row (of Parquet, one batch) is held.
"""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from symmv_tools.errors import BadManifest
from symmv_tools.settings import nearest
from symmv_tools.song import printable
from symmv_tools.sources.collected import spelled

_FORMS = "a list of songs is TSV, CSV, JSON lines or Parquet"
_PARQUET = b"PAR1"


class Record(NamedTuple):
    """One row: the line it begins on (in Parquet, its number), and its cells by column name."""

    line: int
    cells: Mapping[str, Any]


def records_from(source: str | Path, columns: Collection[str]) -> Iterator[Record]:
    """Yield the rows of the table `source`, "-" being stdin, whose columns are among `columns`.

    Cells of TSV and CSV are text, "" where empty; of JSON lines and Parquet what is there.

    Raises BadManifest, with file and line, for a file that cannot be read or is no UTF-8, a column
    that is not among `columns` or appears twice, and a row that does not fit the header.
    """
    if str(source) == "-":
        yield from _text_records(sys.stdin.buffer, "stdin", columns)
        return
    where = spelled(str(source))
    try:
        with open(source, "rb") as file:
            if file.peek(len(_PARQUET)).startswith(_PARQUET):
                yield from _parquet_records(source, where, columns)
            else:
                yield from _text_records(file, where, columns)
    except OSError as why:
        raise BadManifest(f"{where} cannot be read: {why.strerror or why}", "check the path") from why


def _text_records(file: Iterable[bytes], where: str, columns: Collection[str]) -> Iterator[Record]:
    lines = _decoded(file, where)
    first = next(lines, "")
    if "\0" in first or first.startswith("PAR1"):
        hint = f"{_FORMS}; save a spreadsheet as 'CSV UTF-8', and give Parquet by its path"
        raise BadManifest(f"{where} holds binary data, not text", hint)
    if not first.strip():
        raise BadManifest(f"{where}:1: the first line is empty; it must name the columns", _known(columns))
    lines = chain([first], lines)
    if first.lstrip().startswith(("{", "[")):
        return _json_records(lines, where, columns)
    # A header holds names of columns only, so one tab in it settles the matter.
    return _table_records(
        lines, "excel" if "," in first and "\t" not in first else "excel-tab", where, columns
    )


def _decoded(file: Iterable[bytes], where: str) -> Iterator[str]:
    # Decoded line by line, so that the complaint can name the line.
    for line, raw in enumerate(file, 1):
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError as why:
            message = f"{where}:{line}: byte 0x{raw[why.start]:02x} is not UTF-8"
            raise BadManifest(message, "save the list as UTF-8; spreadsheets call it 'CSV UTF-8'") from why
        yield text.removeprefix("\ufeff") if line == 1 else text


# --- TSV and CSV --------------------------------------------------------------------------------


def _table_records(
    lines: Iterable[str], dialect: str, where: str, columns: Collection[str]
) -> Iterator[Record]:
    rows = _rows(lines, dialect, where)
    _, names = next(rows)
    header = [name.strip() for name in names]
    _check_header(header, columns, f"{where}:1")
    for line, row in rows:
        if len(row) != len(header):
            raise BadManifest(
                f"{where}:{line}: this row has {_cells(len(row))}, the header {len(header)}",
                "leave cells empty rather than out; put a cell that holds the separator in double quotes",
            )
        yield Record(line, dict(zip(header, row, strict=True)))


def _cells(count: int) -> str:
    return "1 cell" if count == 1 else f"{count} cells"


def _rows(lines: Iterable[str], dialect: str, where: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows that are not blank, each with the line it begins on."""
    # Without `strict` a quote left open would swallow the rest of the file in silence.
    reader = csv.reader(lines, dialect, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as why:
            hint = "a cell that begins with a double quote must end with one, and double those inside"
            raise BadManifest(f"{where}:{line}: {why}", hint) from why
        if row:
            yield line, row


def _check_header(header: list[str], columns: Collection[str], where: str) -> None:
    if not set(header) & set(columns):
        found = ", ".join(repr(printable(name)) for name in header[:5])
        hint = _known(columns)
        if len(header) == 1 and ";" in header[0]:
            hint = "separate the columns by tabs or commas, not by semicolons"
        raise BadManifest(f"{where}: the first line must name the columns; found {found}", hint)
    for index, name in enumerate(header):
        _check_column(name, columns, where)
        if name in header[:index]:
            raise BadManifest(f"{where}: the column {name!r} appears twice", "remove one of the two")


def _check_column(name: str, columns: Collection[str], where: str) -> None:
    if name not in columns:
        raise BadManifest(f"{where}: there is no column {printable(name)!r}", nearest(name, columns))


def _known(columns: Collection[str]) -> str:
    return "known: " + ", ".join(columns)


# --- JSON lines and Parquet ---------------------------------------------------------------------


def _json_records(lines: Iterable[str], where: str, columns: Collection[str]) -> Iterator[Record]:
    for line, text in enumerate(lines, 1):
        if not text.strip():
            continue
        try:
            cells = json.loads(text)
        except (ValueError, RecursionError) as why:
            raise BadManifest(f"{where}:{line}: this is no JSON: {why}", "write one object a line") from why
        if not isinstance(cells, dict):
            kind = type(cells).__name__
            raise BadManifest(f"{where}:{line}: each line must be one JSON object; found a {kind}", _FORMS)
        for name in cells:
            _check_column(name, columns, f"{where}:{line}")
        yield Record(line, cells)


def _parquet_records(path: str | Path, where: str, columns: Collection[str]) -> Iterator[Record]:
    try:
        with pq.ParquetFile(path) as table:
            _check_header(table.schema_arrow.names, columns, where)
            batches = (batch.to_pylist() for batch in table.iter_batches(batch_size=8192))
            for line, cells in enumerate(chain.from_iterable(batches), 1):
                yield Record(line, cells)
    except (pa.ArrowException, UnicodeDecodeError) as why:
        raise BadManifest(f"{where} is damaged: {why}", "write the Parquet file again") from why
