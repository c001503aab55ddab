"""`symmv stats` and `symmv report`: what people and machines get, and where the page may stand."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote

import pytest

from symmv_tools.dataset.failures import write_failures
from symmv_tools.pipeline.running_order import running_order
from symmv_tools.song import Song, file_name
from symmv_tools.store import Store
from tests.cli.test_cli import HOSTILE, is_harmless, symmv
from tests.exports import song, write_export


@pytest.fixture
def out(tmp_path: Path) -> Path:
    folder = write_export(tmp_path / "out", [song(f"s{i}", genre=HOSTILE, artist=f"a{i}") for i in range(3)])
    rows = [("lost", "keys"), ("lost", "midi_quality"), ("s1", "chords"), (HOSTILE, "search")]
    failures = [{"song_id": s, "stage": stage, "code": "BAD", "reason": HOSTILE} for s, stage in rows]
    write_failures(folder, failures)
    return folder


def test_people_get_tables_beside_the_papers(out: Path, tmp_path: Path) -> None:
    other = write_export(tmp_path / "other", [song("x", chord=None)])
    ended = symmv("stats", out, other)
    assert ended.status == 0
    lines = [line.split() for line in ended.out.splitlines()]
    assert ["songs", "1,140", "1,140", "909", "3", "1"] in lines
    assert ["chord", "6", "0"] in lines
    assert ["C:major", "1.6", "0.5"] in lines
    assert "out: 3 of 5 songs are exported" in ended.out
    assert "other: 1 of 1 songs are exported" in ended.out
    assert is_harmless(ended.out)


def test_machines_get_all_of_it_in_the_order_of_the_stages(out: Path) -> None:
    told = symmv("stats", out, "--json").json
    assert (told["songs"], told["distinct"]["artist"]) == (3, 3)
    assert told["words"]["genre"] == {HOSTILE: 3}
    steps = {step["stage"]: step["left"] for step in told["losses"]["steps"]}
    assert list(steps.items()) == [("search", 4), ("midi_quality", 3)]
    assert told["losses"]["columns"][0]["stage"] == "chords"
    assert [one["name"] for one in symmv("stats", out, out, "--json").json] == ["out", "out"]


def test_the_order_is_that_of_all_stages_each_once() -> None:
    order = running_order()
    assert len(order) == len(set(order))
    assert order.index("fetch") < order.index("search") < order.index("read_midi") < order.index("chords")


def test_the_page_stands_beside_the_export_and_links_to_pages_that_are_there(
    out: Path, tmp_path: Path
) -> None:
    store = Store.open(tmp_path / "work", create=True)
    store.put([Song("lost")])
    store.close()
    pages = tmp_path / "my pages"
    pages.mkdir()
    (pages / f"{file_name('lost')}.html").write_text("")
    ended = symmv("report", out, "--work", tmp_path / "work", "--pages", pages)
    assert ended.status == 0
    assert ended.out.strip() == str(tmp_path / "out-report.html")
    text = (tmp_path / "out-report.html").read_text(encoding="utf-8")
    [link] = [part.split('"')[0] for part in text.split('<a href="')[1:] if not part.startswith("#")]
    assert (tmp_path / unquote(link)).is_file()
    assert symmv("report", out, "--out", tmp_path / "b.html", "--json").json == {
        "report": str(tmp_path / "b.html")
    }


def test_a_call_that_makes_no_sense_ends_with_2_and_writes_nothing(out: Path, tmp_path: Path) -> None:
    before = sorted(tmp_path.rglob("*"))
    for words in (
        ("report", out, "--out", out / "report.html"),
        ("report", out, "--out", tmp_path / "none" / "report.html"),
        ("report", out, "--work", tmp_path / "none"),
        ("report", tmp_path / "none"),
        ("stats", tmp_path),
        ("stats", out, tmp_path / "none"),
    ):
        ended = symmv(*words)
        assert ended.status == 2
        assert "try: " in ended.err
    assert sorted(tmp_path.rglob("*")) == before
