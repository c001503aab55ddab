"""Results and published tables in LaTeX (booktabs)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from symmv_tools.evaluation.beside import Beside
from symmv_tools.evaluation.published import Table
from symmv_tools.evaluation.result import Line, Result
from symmv_tools.song import printable

_SPECIAL = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{character: f"\\{character}" for character in "&%$#_{}"},
}


def escaped(text: str) -> str:
    """Return `text` with every character that TeX or a terminal would act upon made harmless."""
    return "".join(_SPECIAL.get(character, character) for character in printable(text, 10_000))


def latex(found: Result, titles: Mapping[str, str]) -> str:
    """Return the table of a result: metrics, called as `titles` says, down and systems across."""
    rows = [
        [
            escaped(titles.get(metric, metric)),
            *(_cell(found.line(system, metric)) for system in found.systems),
        ]
        for metric in found.metrics
    ]
    said = "; ".join(f"{key}: {value}" for key, value in found.conditions.items())
    caption = f"Mean and 95 \\% interval; $\\approx$: not told from {escaped(found.real)}. {escaped(said)}."
    return tabular(["", *map(escaped, found.systems)], rows, caption)


def tabular(head: Sequence[str], rows: Sequence[Sequence[str]], caption: str) -> str:
    """Return a table of cells that are LaTeX already."""
    lines = [" & ".join(cells) + r" \\" for cells in rows]
    return "\n".join(
        [
            r"\begin{table}",
            r"\centering",
            rf"\begin{{tabular}}{{l{'r' * (len(head) - 1)}}}",
            r"\toprule",
            " & ".join(head) + r" \\",
            r"\midrule",
            *lines,
            r"\bottomrule",
            r"\end{tabular}",
            rf"\caption{{{caption}}}",
            r"\end{table}",
        ]
    )


def _cell(line: Line | None) -> str:
    if line is None or line.mean is None:
        return "--"
    alike = r"^{\approx}" if line.distance is not None and not line.distance.is_resolved else ""
    spread = "" if line.interval is None else " [{:.3f}, {:.3f}]".format(*line.interval)
    return f"${line.mean:.3f}{alike}${spread}"


def of_published(table: Table, rows: Sequence[Beside]) -> str:
    """Return a published table with our rows below it."""
    head = ["", *(escaped(column.name) for column in table.columns)]
    cells = [
        [escaped(f"{row.name} ({row.source})"), *(escaped(cell.text) for cell in row.cells)] for row in rows
    ]
    caption = escaped(f"{table.paper}, {table.number}. Ours: mean and 95 % interval. {' '.join(table.notes)}")
    return tabular(head, cells, caption)
