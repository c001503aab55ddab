"""How the command line talks: results to stdout, everything else to stderr.

Tables are for people, JSON is for machines.
"""

from __future__ import annotations

import json
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any

from symmv_tools.song import printable


def say(text: str) -> None:
    """Print one line of talk; it is made safe for the terminal, for it may quote a title or a file name."""
    print(printable(text, 10_000), file=sys.stderr)


def emit_json(value: Any) -> None:
    """Print a result for machines, readable for people: only what could harm a terminal is escaped."""
    print(harmless(json.dumps(value, ensure_ascii=False, indent=2)))


def harmless(text: str) -> str:
    """JSON text with every character that could harm a terminal escaped."""
    return "".join(json.dumps(c)[1:-1] if _harms(c) else c for c in text)


def _harms(character: str) -> bool:
    # json.dumps escapes the controls below U+0020 only; U+009B begins an escape sequence as well.
    return character != "\n" and unicodedata.category(character)[0] == "C"


def table(title: str, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Print a result for people. Cells are made safe for the terminal; numbers go to the right."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    rows = [list(row) for row in rows]
    drawn = Table(title=title, title_justify="left", box=None, pad_edge=False, header_style="bold")
    for i, name in enumerate(header):
        numeric = all(isinstance(row[i], int | float) or row[i] in ("", "-") for row in rows)
        drawn.add_column(Text(_cell(name)), justify="right" if numeric and rows else "left", overflow="fold")
    for row in rows:
        # Text, not str: rich would read [red] and :heart: in a str as markup, and ids are full of colons.
        drawn.add_row(*(Text(_cell(value)) for value in row))
    # A table in a pipe is for grep: one row, one line.
    Console(width=None if sys.stdout.isatty() else 10_000).print(drawn)


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:,.1f}"
    return f"{value:,}" if isinstance(value, int) else printable(str(value), 200)


def counted(number: int, noun: str) -> str:
    """Return "1 song", "1,204 songs"."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def counts(outcomes: dict[str, int]) -> str:
    """Return "12 done, 1 failed" for a closing line."""
    return ", ".join(f"{n:,} {name}" for name, n in sorted(outcomes.items()) if n) or "nothing to do"
