"""The parts that a page of numbers is put together from: text, tables, bars, tiles, plots. HTML in, HTML out.

Whatever may be foreign goes through `text` on its way in; the functions here put no other string into a page
than what they are given as HTML and what they write themselves.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence

from symmv_tools.dataset.report.plot import DASHES, MARKS, Plot
from symmv_tools.song import printable

Row = Sequence[str]


def text(value: object, width: int = 200) -> str:
    """`value` as HTML that shows its letters and does nothing."""
    return html.escape(printable(str(value), width))


def section(anchor: str, title: str, *parts: str) -> str:
    """A section with a heading, which links can lead to."""
    return f'<section id="{anchor}" aria-labelledby="{anchor}-title">\n' + "\n".join(
        [f'<h2 id="{anchor}-title">{title}</h2>', *filter(None, parts), "</section>"]
    )


def paragraph(content: str) -> str:
    """A paragraph."""
    return f"<p>{content}</p>"


def missing(sentence: str) -> str:
    """A sentence that says what is not there, and how to get it; `code` in backticks."""
    pieces = text(sentence, 1000).split("`")
    said = "".join(f"<code>{piece}</code>" if i % 2 else piece for i, piece in enumerate(pieces))
    return f'<p class="missing">{said}</p>'


def table(caption: str, head: Row, rows: Iterable[Row], *, numbers: Sequence[int] = ()) -> str:
    """A table whose rows begin with their own heading; `numbers` are the columns to set right."""
    titles = "".join(
        f'<th scope="col"{_right(i, numbers)}>{cell}</th>' if cell else "<td></td>"
        for i, cell in enumerate(head)
    )
    body = "\n".join(_row(row, numbers) for row in rows)
    return (
        f"<table><caption>{caption}</caption>\n<thead><tr>{titles}</tr></thead>\n"
        f"<tbody>\n{body}\n</tbody></table>"
    )


def _row(row: Row, numbers: Sequence[int]) -> str:
    cells = "".join(f"<td{_right(i, numbers)}>{cell}</td>" for i, cell in enumerate(row[1:], start=1))
    return f'<tr><th scope="row">{row[0]}</th>{cells}</tr>'


def _right(column: int, numbers: Sequence[int]) -> str:
    return ' class="number"' if column in numbers else ""


def bar(share: float) -> str:
    """A bar as long as `share` (0 to 1) of its cell; the number stands beside it, so it is silent."""
    return f'<span class="bar" aria-hidden="true" style="--share:{100 * min(max(share, 0), 1):.1f}%"></span>'


def bars(
    caption: str, head: Row, rows: Iterable[tuple[str, float]], whole: float, shown: str = ",.0f"
) -> str:
    """A table of names with a number and a bar; `whole` is the number of a full bar."""
    lines = [(name, format(value, shown), bar(value / whole if whole else 0)) for name, value in rows]
    return f'<div class="bars">{table(caption, [*head, ""], lines, numbers=(1,))}</div>'


def tiles(facts: Iterable[tuple[str, str]]) -> str:
    """The numbers one wants first, large."""
    return f'<dl class="tiles">{"".join(f"<div><dt>{k}</dt><dd>{v}</dd></div>" for k, v in facts)}</dl>'


def figure(plot: Plot) -> str:
    """A plot with its title, legend and sentence."""
    legend = "".join(f"<li>{_key(plot, i)}{text(name, 60)}</li>" for name, i in plot.legend.items())
    legend = f'<ul class="legend">{legend}</ul>' if legend else ""
    return (
        f"<figure><h3>{text(plot.title)}</h3>{legend}\n{plot.svg}\n"
        f"<figcaption>{text(plot.says, 1000)}</figcaption></figure>"
    )


def _key(plot: Plot, series: int) -> str:
    """What stands for a series in the legend: as it is drawn."""
    colour = f"var(--series-{series})"
    if plot.drawn == "marks":
        return f'<span class="key" aria-hidden="true" style="color: {colour}">{MARKS[series][1]}</span>'
    if plot.drawn == "bars":
        return f'<span class="key swatch" aria-hidden="true" style="background: {colour}"></span>'
    dashes = " ".join(f"{2 * length:g}" for length in DASHES[series])
    line = f'<path d="M0 5H28" style="stroke: {colour}; stroke-width: 2.5; stroke-dasharray: {dashes}"/>'
    return f'<svg class="key" viewBox="0 0 28 10" width="28" height="10" aria-hidden="true">{line}</svg>'


def gallery(figures: Iterable[str]) -> str:
    """Figures beside each other where there is room, else one below the other."""
    shown = "\n".join(figures)
    return f'<div class="gallery">\n{shown}\n</div>' if shown else ""


def page(title: str, style: str, header: str, body: Iterable[str]) -> str:
    """A whole page that needs no other file, runs no script, and may load nothing."""
    return _PAGE.format(title=title, style=style, header=header, body="\n".join(body))


_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<header>
{header}
</header>
<main>
{body}
</main>
</body>
</html>
"""
