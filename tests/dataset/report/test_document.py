"""The report: whole, offline, deaf to titles, kind to screen readers, and silent about nothing that lacks."""

from __future__ import annotations

import re
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from symmv_tools.dataset.failures import write_failures
from symmv_tools.dataset.parquet import Table
from symmv_tools.dataset.report.document import gather, report_page, write_report
from symmv_tools.dataset.report.effort import Effort
from symmv_tools.dataset.report.statistics import Statistics
from symmv_tools.dataset.siblings import _SCHEMA as FEATURES
from tests.exports import labels, notes, recipe, song, write_export

HOSTILE = "</title><script>alert(1)</script>\"' onload=alert(1) \u202egnp $x^2$ \\1"
SHOWN = HOSTILE.replace("\u202e", "\N{REPLACEMENT CHARACTER}")
VOID = {"meta", "link", "wbr"}


class Page(HTMLParser):
    """Collects tags, attributes and text, and notes any tag that is not closed in order."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, *names: str) -> list[dict[str, str]]:
        return [attributes for tag, attributes in self.tags if tag in names]

    def values(self, name: str) -> list[str]:
        return [attributes[name] for _, attributes in self.tags if name in attributes]

    @property
    def plots(self) -> list[str]:
        return [plot["aria-label"].partition(".")[0] for plot in self.all("svg") if "aria-label" in plot]


def rich(folder: Path) -> Path:
    """An export of six hostile genres, with videos and CLIP features, and failures that speak HTML."""
    genres = ["Pop", "Rock", "Soul", "Dance", HOSTILE, "Jazz"]
    rows, random = [], np.random.default_rng(0)
    with Table(folder / "features_semantic", FEATURES) as table:
        for i in range(60):
            genre = genres[i % 6]
            rows.append(
                song(
                    f"s{i:02d}",
                    title=HOSTILE,
                    artist=HOSTILE,
                    genre=genre,
                    tempo_global=80.0 + i,
                    duration=60.0 + i,
                    note_midi=notes(40 + 9 * i) | {"duration": random.uniform(0.1, 2, 40 + 9 * i)},
                    chord=labels(*((2.0, c) for c in ("C:maj", "F:maj7", "A:min/b3", "G:7")[: 1 + i % 4])),
                    key_mode=labels((60.0, ("C:major", "A:minor", "Eb:major")[i % 3])),
                    video={"bytes": None, "path": "v.mp4"},
                    shot=labels(*((60.0 / (i + 1), "cut") for _ in range(i + 1))),
                    match_score=i / 60,
                )
            )
            seen = random.normal(size=(4, 8)) + 6 * np.eye(8)[i % 6]
            table.add({"song_id": f"s{i:02d}", "split": "train", "start": 0.0, "rate": 1.0, "value": seen})
    write_export(folder, rows, [recipe("chords", "chord")])
    reason = {"stage": "search", "code": HOSTILE, "reason": HOSTILE}
    write_failures(folder, [{"song_id": f"{HOSTILE} {i}", **reason} for i in range(3)])
    return folder


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    work = Effort({"chords": 2.0}, [(HOSTILE, 1.5)])
    folder = tmp_path_factory.mktemp("rich") / "out"
    return report_page(gather(rich(folder), ("search",), work, lambda song_id: "pages/a%20b.html"))


def test_nothing_in_it_acts_and_nothing_is_fetched(page: str) -> None:
    found = Page(page)
    assert found.open == []
    assert not found.all("script", "iframe", "img", "object", "embed", "base", "form")
    assert not [name for _, attributes in found.tags for name in attributes if name.startswith("on")]
    assert {href.split("#")[0] for href in found.values("href")} == {"", "data:,", "pages/a%20b.html"}
    assert not found.values("src")
    assert not found.values("xlink:href")
    assert "default-src 'none'" in found.all("meta")[2]["content"]
    assert not re.search(r"url\((?!#)", page)
    assert "@import" not in page


def test_foreign_text_comes_out_as_text(page: str) -> None:
    found = Page(page)
    # the table of genres, a legend, code and reason of the failure, three songs and the slowest
    assert found.text.count(SHOWN) >= 7
    assert "\u202e" not in page
    assert "<script" not in page


def test_it_can_be_read_aloud_and_found_one_s_way_in(page: str) -> None:
    found = Page(page)
    assert found.all("html") == [{"lang": "en"}]
    assert len(found.all("title")) == len(found.all("h1")) == len(found.all("main")) == 1
    for svg in found.all("svg"):
        assert svg.get("aria-hidden") == "true" or (svg["role"] == "img" and len(svg["aria-label"]) > 20)
    for cell in found.all("th"):
        assert cell["scope"] in ("row", "col")
    assert len(found.all("table")) == len(found.all("caption"))


def test_every_id_is_one_thing_and_every_reference_finds_it(page: str) -> None:
    found = Page(page)
    ids = Counter(found.values("id"))
    assert max(ids.values()) == 1
    named = [*re.findall(r"url\(#([^)]*)\)", page), *found.values("aria-labelledby")]
    named += [href[1:] for href in found.values("href") if href.startswith("#")]
    assert set(named) <= set(ids)


def test_plots_take_the_colours_of_the_page_by_day_and_night(page: str) -> None:
    plots = re.findall(r'<svg class="plot".*?</svg>', page, re.DOTALL)
    assert len(plots) == 13
    for plot in plots:
        assert "var(--" in plot
        # Black and white would be matplotlib's own.
        assert not re.search(r"(fill|stroke): #[0-9a-f]{3,}", plot)
        assert "<style" not in plot


def test_all_of_it_is_drawn_where_nothing_lacks(page: str) -> None:
    found = Page(page)
    assert found.plots == [
        "Tempo by genre", "What is seen, by genre", "Chords by genre", "The long tail of chords", "Keys",
        "Pitches", "Durations of notes", "Note density", "Length of a song", "Chord changes",
        "Shots of a video", "Pace of a video", "Pair score",
    ]  # fmt: skip
    for said in ("60 of 63 songs are exported (95.2 %)", "BGM909’s mean, 62", "left after search", "1.5"):
        assert said in found.text


def test_equal_exports_give_equal_pages(tmp_path: Path) -> None:
    pages = [report_page(gather(rich(tmp_path / name / "out"))) for name in ("a", "b")]
    assert pages[0] == pages[1]


def test_what_lacks_is_said_with_its_remedy_and_not_drawn(tmp_path: Path) -> None:
    found = Page(report_page(gather(write_export(tmp_path / "out", [song("a"), song("b")]))))
    assert found.plots == ["Chords of all songs", "The long tail of chords", "Keys", "Pitches"]
    for said in (
        "No song has a genre",
        "Fewer than 5 songs have a tempo",
        "no CLIP features are in this export: symmv annotate semantic makes them",
        "No song has a video: symmv search",
        "No pair scores",
        "Nothing was measured",
        "symmv report EXPORT --work STORE",
        "No song was lost",
        "With fewer than 5 songs",
    ):
        assert said in found.text


def test_an_export_of_nothing_has_a_report(tmp_path: Path) -> None:
    (tmp_path / "out" / "data").mkdir(parents=True)
    target = tmp_path / "page.html"
    write_report(target, gather(tmp_path / "out"))
    found = Page(target.read_text(encoding="utf-8"))
    assert found.open == []
    assert found.plots == []
    assert "No notes" in found.text


def test_genres_are_ranked_and_pop_can_be_left_out() -> None:
    found = Statistics("x")
    counts: dict[str, Any] = {"Pop": 9, "Rock": 5, "Soul": 5, "Jazz": 1}
    found.words["genre"].update(counts)
    assert found.frequent_genres(2) == ["Pop", "Rock"]
    assert found.frequent_genres(3, without="pop") == ["Rock", "Soul", "Jazz"]
