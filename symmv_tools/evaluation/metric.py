"""What every metric says of itself: the tables, the reference page and the report read it here."""

from __future__ import annotations

from typing import NamedTuple


class Metric(NamedTuple):
    """One metric: a name that says its definition, and what a table and a reader should know.

    `title` is what a page calls it, `definition` a sentence with the choices made, `source` who defined
    it. `needs` are what a piece must have for it: "notes", "quarters" (a grid), "bars" (likewise), "chords",
    "audio".
    """

    name: str
    title: str
    unit: str
    definition: str
    source: str
    needs: tuple[str, ...] = ("notes",)
