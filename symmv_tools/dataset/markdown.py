"""Foreign text made harmless: for Markdown as Hugging Face and GitHub render it, and for its YAML."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence

from symmv_tools.song import printable

_MARKS = re.compile(r"([\\`*_{}\[\]()#+\-.!|~^$:@<>])")


def escaped(text: str, width: int = 120) -> str:
    """`text` as one line of Markdown that shows exactly its letters: no markup, HTML, link or maths.

    `&` and `<` become entities and every mark gets a backslash, also those that only matter inside
    a table, at the start of a line, or as a bare URL, a mention or an emoji name.
    """
    line = " ".join(printable(text, width).split())
    return _MARKS.sub(r"\\\1", line.replace("&", "&amp;")).replace("\\<", "&lt;").replace("\\>", "&gt;")


def quoted(text: str, width: int = 120) -> str:
    """`text` as a YAML string: JSON in plain ASCII is YAML, whatever the text holds."""
    return json.dumps(printable(text, width))


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table of cells that are Markdown already: foreign ones go through `escaped` first."""
    lines = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines)
