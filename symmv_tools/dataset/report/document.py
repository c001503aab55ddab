"""The report: all that is to know of an export, on one page that needs no network and no other file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from symmv_tools.dataset.accuracy import NAME as ACCURACY
from symmv_tools.dataset.accuracy import Accuracy, read_accuracy
from symmv_tools.dataset.report import figures, sections
from symmv_tools.dataset.report.effort import Effort
from symmv_tools.dataset.report.html_parts import page, paragraph, text
from symmv_tools.dataset.report.statistics import Statistics, statistics
from symmv_tools.dataset.report.style import STYLE
from symmv_tools.dataset.report.visual_map import VisualMap, visual_map
from symmv_tools.io.atomic import written


@dataclass(frozen=True)
class Report:
    """What a page tells. `work` is None where no store was asked; `link` gives the page of a song."""

    found: Statistics
    places: VisualMap
    measured: Accuracy | None = None
    work: Effort | None = None
    link: sections.Link = field(default=lambda song_id: None)


def gather(
    folder: Path,
    order: Sequence[str] = (),
    work: Effort | None = None,
    link: sections.Link = lambda song_id: None,
) -> Report:
    """Read the export in `folder`, stages being in `order`; BadCall if it is none."""
    found = statistics(folder, order)
    measured = read_accuracy(folder) if (folder / ACCURACY).is_file() else None
    return Report(found, visual_map(folder, found), measured, work, link)


def report_page(report: Report) -> str:
    """Return the page: equal reports give equal bytes. All foreign text comes out as text."""
    found = report.found
    name = text(found.name)
    what = (
        "Everything here was counted in the export itself; all of it as numbers: "
        "<code>symmv stats --json</code>."
    )
    links = "".join(f'<li><a href="#{anchor}">{title}</a></li>' for anchor, title in _CONTENTS.items())
    nav = f'<nav aria-label="Sections"><ul>{links}</ul></nav>'
    body = (
        sections.totals(found),
        sections.yields(found.losses, found.recipes),
        sections.beside_the_papers(found),
        figures.figure_three(found, report.places),
        figures.music(found),
        figures.video(found),
        sections.accuracy(report.measured, found.recipes),
        sections.songs_to_look_at(found.losses, report.work, report.link),
    )
    return page(f"{name}: report", STYLE, f"<h1>{name}</h1>\n{paragraph(what)}\n{nav}", body)


_CONTENTS = {
    "totals": "at a glance",
    "yield": "yield",
    "papers": "beside the papers",
    "figure-3": "by genre",
    "music": "music",
    "video": "video",
    "accuracy": "accuracy",
    "songs": "songs",
}


def write_report(path: Path, report: Report) -> None:
    """Write the page, whole or not at all."""
    with written(path) as part:
        part.write_text(report_page(report), encoding="utf-8", newline="\n")
