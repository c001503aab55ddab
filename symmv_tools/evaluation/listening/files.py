"""A listening study's table of answers as a file: tab- or comma-separated, one answer per line."""

from __future__ import annotations

import csv
from dataclasses import MISSING, fields
from pathlib import Path

from symmv_tools.errors import BadCall
from symmv_tools.evaluation.listening.answers import Answer, check
from symmv_tools.song import printable

_COLUMNS = [field.name for field in fields(Answer)]
_NEEDED = [field.name for field in fields(Answer) if field.default is MISSING]


def read_answers(path: Path) -> list[Answer]:
    """Read a table whose header names the fields of `Answer`; `confidence` may be missing or empty.

    Raises BadCall, with the line, for a table that is none or contradicts itself (`answers.check`).
    """
    try:
        lines = path.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as why:
        raise BadCall(f"{path} cannot be read: {why}", "name a table of answers, as UTF-8 text") from why
    table = csv.DictReader(lines, delimiter="\t" if lines and "\t" in lines[0] else ",")
    missing = [name for name in _NEEDED if name not in (table.fieldnames or ())]
    if missing:
        raise BadCall(
            f"{path}: there is no column {', '.join(missing)}", f"its columns must be {', '.join(_COLUMNS)}"
        )
    answers = [_answer(path, number, cells) for number, cells in enumerate(table, 2)]
    check(answers, ())
    return answers


def _answer(path: Path, line: int, cells: dict[str, str | None]) -> Answer:
    said = {name: cells.get(name) for name in _COLUMNS}
    if any(said[name] is None for name in _NEEDED):
        raise BadCall(f"{path}:{line} has fewer cells than the header", "fill the line")
    sure = said.pop("confidence", None)
    try:
        confidence = float(sure) if sure else None
    except ValueError:
        raise BadCall(f"{path}:{line}: the confidence {printable(str(sure))!r} is no number") from None
    return Answer(**{name: str(value) for name, value in said.items()}, confidence=confidence)
