"""`symmv parse-title`: titles in, songs and artists out, line by line."""

from __future__ import annotations

import json
import sys

import typer

from symmv_tools.cli.talk import harmless


def parse_title() -> int:
    """Read titles from stdin, one per line, and print what each may name: one JSON line per title.

    A line is `{"hypotheses": [{"artist": …, "song": …, "confidence": …}, …]}`, likeliest first; `artist` is
    null where the title names none, and the list is empty where the title names nothing.

    Example: `symmv parse-title < titles.txt`
    """
    from dataclasses import asdict

    from symmv_tools.sources.titles import parse_title as parsed

    for line in sys.stdin.buffer:  # bytes, for one title that is not UTF-8 must not cost the others
        found = [
            asdict(h) | {"confidence": round(h.confidence, 4)}
            for h in parsed(line.decode("utf-8", "replace"))
        ]
        print(harmless(json.dumps({"hypotheses": found}, ensure_ascii=False)), flush=True)
    return 0


def register(app: typer.Typer) -> None:
    """Add the command to the app."""
    app.command("parse-title")(parse_title)
