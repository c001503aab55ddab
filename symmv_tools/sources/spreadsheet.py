"""The first sheet of an .xlsx file whose cells are inline text, as POP909's index is.

The standard library has what it takes. Workbooks come from the web, so a document type (and with
it every entity) is refused, and no more is inflated than a table can need.
"""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path
from xml.parsers import expat

from symmv_tools.errors import BadMedium

_SHEET = "xl/worksheets/sheet1.xml"
_LARGEST_BYTES = 64 << 20


def rows_of(path: Path) -> list[dict[str, str]]:
    """Return the rows below the header, each by the header's words; "" where a cell is empty.

    Raises BadMedium if the file is no workbook, or holds anything but inline text and numbers.
    """
    sheet = _Sheet()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler, parser.EndElementHandler = sheet.start, sheet.end
    parser.CharacterDataHandler, parser.StartDoctypeDeclHandler = sheet.text, _refuse_doctype
    try:
        parser.Parse(_sheet_xml(path), True)
    except expat.ExpatError as why:
        raise _bad(path, f"its table is no XML: {why}") from why
    except ValueError as why:
        raise _bad(path, str(why)) from why
    if not sheet.rows:
        raise _bad(path, "its table is empty")
    header, *rows = sheet.rows
    return [{name: row.get(column, "").strip() for column, name in header.items()} for row in rows]


def _sheet_xml(path: Path) -> bytes:
    try:
        with zipfile.ZipFile(path) as book, book.open(_SHEET) as file:
            content = file.read(_LARGEST_BYTES + 1)
    except (zipfile.BadZipFile, zlib.error, EOFError, KeyError, NotImplementedError, RuntimeError) as why:
        raise _bad(path, f"it is no .xlsx workbook: {why}") from why
    except OSError as why:
        raise _bad(path, f"it cannot be read: {why.strerror or why}") from why
    if len(content) > _LARGEST_BYTES:
        raise _bad(path, f"its table inflates to more than {_LARGEST_BYTES:,} bytes")
    return content


def _bad(path: Path, trouble: str) -> BadMedium:
    return BadMedium("BAD_INDEX", f"{path.name} cannot be used: {trouble}", "unpack the release again")


def _refuse_doctype(*what: object) -> None:
    raise ValueError("its XML declares a document type, which no workbook does")


class _Sheet:
    """Collects cells by column letter, row by row."""

    def __init__(self) -> None:
        self.rows: list[dict[str, str]] = []
        self._column = ""
        self._is_value = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        match name.rpartition(" ")[2]:
            case "row":
                self.rows.append({})
            case "c":
                if attributes.get("t") == "s":
                    raise ValueError("its text is shared between cells: a program has saved it anew")
                self._column = attributes.get("r", "").rstrip("0123456789")
            case "t" | "v":
                self._is_value = True

    def end(self, name: str) -> None:
        if name.rpartition(" ")[2] in ("t", "v"):
            self._is_value = False

    def text(self, text: str) -> None:
        if self._is_value and self.rows:
            row = self.rows[-1]
            row[self._column] = row.get(self._column, "") + text
