"""The workbook reader: inline text, and no tricks."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symmv_tools.errors import BadMedium
from symmv_tools.sources import spreadsheet
from symmv_tools.sources.spreadsheet import rows_of
from tests.releases import write_workbook

WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]))


@given(st.lists(st.tuples(WORDS, WORDS), max_size=5))
def test_cells_come_back(tmp_path_factory: pytest.TempPathFactory, cells: list[tuple[str, str]]) -> None:
    path = tmp_path_factory.mktemp("book") / "index.xlsx"
    write_workbook(path, [("song_id", "name"), *cells])
    assert rows_of(path) == [{"song_id": a, "name": b} for a, b in cells]


def test_a_cell_that_is_left_out_is_empty(tmp_path: Path) -> None:
    write_workbook(tmp_path / "index.xlsx", [("song_id", "name"), ("001",)])
    assert rows_of(tmp_path / "index.xlsx") == [{"song_id": "001", "name": ""}]


LAUGHS = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>'


def test_a_document_type_is_refused(tmp_path: Path) -> None:
    write_workbook(tmp_path / "index.xlsx", [("song_id",), ("&b;",)], LAUGHS)
    with pytest.raises(BadMedium, match="document type"):
        rows_of(tmp_path / "index.xlsx")


def test_no_more_is_inflated_than_a_table_needs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spreadsheet, "_LARGEST_BYTES", 1000)
    write_workbook(tmp_path / "index.xlsx", [("x" * 1001,)])
    with pytest.raises(BadMedium, match="inflates to more than 1,000 bytes"):
        rows_of(tmp_path / "index.xlsx")


@pytest.mark.parametrize("content", [b"", b"song_id,name\n", b"PK\x03\x04 and then nothing"])
def test_what_is_no_workbook_is_said(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "index.xlsx").write_bytes(content)
    with pytest.raises(BadMedium, match=r"no \.xlsx workbook"):
        rows_of(tmp_path / "index.xlsx")


@pytest.mark.parametrize(
    ("sheet", "complaint"),
    [
        ("<worksheet><row>", "no XML"),
        ("<worksheet/>", "empty"),
        ('<worksheet><row><c r="A1" t="s"><v>0</v></c></row></worksheet>', "saved it anew"),
    ],
)
def test_a_workbook_of_another_kind_is_said(sheet: str, complaint: str, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "index.xlsx", "w") as book:
        book.writestr("xl/worksheets/sheet1.xml", sheet)
    with pytest.raises(BadMedium, match=complaint):
        rows_of(tmp_path / "index.xlsx")
