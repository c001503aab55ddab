"""Plots for pages: small matplotlib figures as SVG that follows the page's colours and can be read aloud."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.projections.polar import PolarAxes

from symmv_tools.song import printable

WIDTH, HEIGHT = 4.2, 2.7  # inches; at 100 pixels each a plot is about as wide as a phone and stays readable
_DPI = 100

# matplotlib wants colours of its own; these become the page's, which are others in the dark.
_COLOURS = {
    "#010101": "var(--ink)",
    "#020202": "var(--faint)",
    "#030303": "var(--line)",
    "#040404": "var(--paper)",
}
INK, FAINT, LINE, PAPER = _COLOURS
SERIES = tuple(f"#0505{number:02d}" for number in range(6))
"""Colours of up to six groups that stand beside each other; the page's `--series-0` to `--series-5`."""

# Who does not tell the colours apart tells these: each series as a line, and as a mark, here and in a legend.
DASHES: tuple[tuple[float, ...], ...] = ((1, 0), (6, 2), (2, 1.5), (6, 2, 1.5, 2), (1, 1), (9, 3))
MARKS = (("o", "●"), ("s", "■"), ("^", "▲"), ("D", "◆"), ("v", "▼"), ("P", "✚"))

_COLOURS |= {colour: f"var(--series-{number})" for number, colour in enumerate(SERIES)}
_STYLE: Any = {
    "svg.fonttype": "none",  # letters stay letters: small files, and text to search and read aloud
    "svg.hashsalt": "symmv",
    "font.family": ["sans-serif"],
    "font.size": 9.0,
    "text.parse_math": False,
    "text.color": INK,
    "axes.edgecolor": FAINT,
    "axes.labelcolor": FAINT,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.8,
    "xtick.color": FAINT,
    "ytick.color": FAINT,
    "lines.linewidth": 1.8,
}


@dataclass(frozen=True)
class Plot:
    """An SVG element, its `title`, and a sentence that `says` what it shows.

    `legend` gives the number of each name's series, `drawn` what stands for it.
    """

    svg: str
    title: str
    says: str
    legend: Mapping[str, int] = field(default_factory=dict)
    drawn: Literal["bars", "lines", "marks"] = "bars"


@contextmanager
def canvas(height: float = HEIGHT) -> Iterator[Axes]:
    """Give axes to draw on, in the style that `svg_of` understands."""
    with matplotlib.rc_context(_STYLE):
        figure = Figure(figsize=(WIDTH, height), dpi=_DPI, facecolor="none", layout="constrained")
        yield figure.add_subplot(facecolor="none")


@contextmanager
def wheel(size: float) -> Iterator[PolarAxes]:
    """Give bare axes that go round clockwise from the top, `size` inches wide and high."""
    with matplotlib.rc_context(_STYLE):
        figure = Figure(figsize=(WIDTH, size), dpi=_DPI, facecolor="none")
        share = size / WIDTH
        axes = figure.add_axes(((1 - share) / 2, 0.0, share, 1.0), projection="polar", facecolor="none")
        assert isinstance(axes, PolarAxes)
        axes.set_theta_zero_location("N")
        axes.set_theta_direction(-1)
        axes.set_axis_off()
        yield axes


def svg_of(axes: Axes, name: str, title: str, says: str) -> str:
    """Return the figure of `axes` as an SVG element to stand in a page; equal drawings give equal bytes.

    `name` must be the plot's own on that page: the element's ids begin with it.
    """
    figure = axes.get_figure(root=True)
    assert figure is not None
    buffer = io.StringIO()
    with matplotlib.rc_context(_STYLE):
        figure.savefig(buffer, format="svg", metadata={"Date": None})
    return _inline(buffer.getvalue(), name, f"{title}. {says}")


def _inline(svg: str, name: str, label: str) -> str:
    body = svg[svg.index("<svg") :]
    body = re.sub(r"<metadata>.*?</metadata>", "", body, flags=re.DOTALL)
    # A style sheet in an inline SVG counts for the whole page; the page says the same for its plots alone.
    body = re.sub(r"<style.*?</style>", "", body, flags=re.DOTALL)
    body = re.sub(r'\bid="', f'id="{name}-', body)
    body = (
        body.replace("xlink:href=", "href=")
        .replace('href="#', f'href="#{name}-')
        .replace("url(#", f"url(#{name}-")
    )
    body = re.sub("|".join(_COLOURS), lambda found: _COLOURS[found[0]], body)
    body = re.sub(r"<svg [^>]*viewBox=\"([^\"]*)\"[^>]*>", _opening(label), body, count=1)
    return "\n".join(line.rstrip() for line in body.strip().splitlines() if line.strip())


def _opening(label: str) -> str:
    said = html.escape(printable(label, 1000)).replace("\\", r"\\")
    return rf'<svg class="plot" viewBox="\1" role="img" aria-label="{said}">'
