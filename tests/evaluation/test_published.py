"""The published tables: complete, known measures, and every contradiction a sentence."""

from importlib.resources import files

import pytest

from symmv_tools.errors import BadCall, BadManifest
from symmv_tools.evaluation.published import BETTER, KINDS, Table, parse, table, tables
from symmv_tools.evaluation.retrieval.pools import DIFFBGM, VMCP

pytestmark = pytest.mark.quick

TEXT = (files("symmv_tools.manifests") / "published" / "tables.toml").read_text("utf-8")
RETRIEVAL = {f"p@{k}_{protocol.name}" for protocol in (DIFFBGM, VMCP) for k in protocol.ks}
KNOWN = RETRIEVAL | {
    "average_rank_vmcp",
    "diversity_diffbgm",
    "sc_muspy",
    "pe_muspy",
    "pce_muspy",
    "ebr_muspy",
    "ioi_mgeval",
    "pche8_diffbgm",
    "gps16_diffbgm",
}
SHAPES = {"symmv-2": (8, 9), "symmv-4": (5, 5), "diffbgm-2": (7, 7), "diffbgm-3": (5, 6), "diffbgm-6": (4, 3)}

SMALL = """
[papers.ours]
cite = "We, 2026"
[tables.t]
paper = "ours"
number = "Table 1"
section = "1"
caption = "A table."
data = "POP909"
notes = []
columns = [
    { name = "SC", metric = "sc_muspy", better = "real" },
    { name = "P", better = "higher", unit = "percent", why = "no" },
]
rows = [
    { name = "Real", kind = "real", values = ["0.9", "—"] },
    { name = "A", kind = "system", values = ["0.8", "12.5%"] },
]
"""


def test_the_tables_are_those_of_the_issue_and_whole() -> None:
    assert {name: (len(each.rows), len(each.columns)) for name, each in tables().items()} == SHAPES


@pytest.mark.parametrize("each", tables().values(), ids=lambda each: each.id)
def test_every_row_and_column_can_be_read(each: Table) -> None:
    for row in each.rows:
        for column in each.columns:
            value = each.value(row, column)
            assert value is None or value >= 0
            if column.unit == "percent" and value is not None:
                assert 0.05 < value < 0.5  # shares, not percent
            if value is None:
                assert row.kind == "real"


def test_every_measure_is_known_and_what_has_none_says_why() -> None:
    columns = [column for each in tables().values() for column in each.columns]
    assert {column.metric for column in columns} - {None} == KNOWN
    assert {column.name for column in columns if column.metric is None} == {"SI"}
    assert {column.better for column in columns} == set(BETTER)
    assert {row.kind for each in tables().values() for row in each.rows} == set(KINDS)


def test_every_row_is_held_against_the_real_one_of_its_data() -> None:
    found = table("diffbgm-3")
    real = {row.name: found.real(row) for row in found.rows}
    assert real["CMT"] is real["Real(official test set)"]
    assert real["Diff-BGM"] is real["Real(our test set)"]
    assert real["CMT"] is not real["Diff-BGM"]
    assert table("diffbgm-6").real(table("diffbgm-6").rows[0]) is None


def test_rows_that_one_paper_copied_from_another_agree() -> None:
    """Diff-BGM's Table 3 prints V-MusProd's PCE as PCHE: the digits say so."""
    copied, original = table("diffbgm-3"), table("symmv-2")
    names = {"PCHE": "PCE", "SC": "SC", "P@5": "P@5", "P@10": "P@10", "P@20": "P@20", "AR": "AR"}
    for ours, theirs in (("CMT", "CMT"), ("V-MusProd", "V-MusProd")):
        row = next(row for row in copied.rows if row.name == ours)
        source = next(row for row in original.rows if row.name == theirs)
        for column, printed in zip(copied.columns, row.values, strict=True):
            place = [each.name for each in original.columns].index(names[column.name])
            assert printed == source.values[place]


def test_the_gains_that_a_note_gives_follow_from_the_table() -> None:
    found = table("diffbgm-2")
    by_name = {row.name: row for row in found.rows}
    gains = [
        100
        * (
            (found.value(by_name["+ SAC-Attn (Diff-BGM)"], column) or 0)
            - (found.value(by_name["CMT"], column) or 0)
        )
        for column in found.columns
        if column.unit == "percent"
    ]
    assert gains == pytest.approx([2.72, 5.32, 7.70])
    assert "2.72, 5.32 and 7.70" in found.notes[0]
    assert "4.91, 8.15 and 10.39" in found.notes[0]


def test_an_unknown_table_brings_the_nearest_name() -> None:
    with pytest.raises(BadCall, match="'symmv-3'") as caught:
        table("symmv-3")
    assert "symmv-" in caught.value.hint


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ('values = ["0.9", "—"]', 'values = ["0.9"]', "row Real has 1 values for 2 columns"),
        ('"0.8"', '"about 0.8"', "row A: 'about 0.8' below SC is neither a number nor a dash"),
        ('"0.8"', '"80%"', "80% below SC is a percentage"),
        ('kind = "system"', 'kind = "ours"', "row A: kind is 'ours'"),
        ('better = "higher"', 'better = "more"', "column P: better is 'more'"),
        ('unit = "percent"', 'unit = "%"', "column P: unit is '%'"),
        (', why = "no"', "", "column P has neither a metric nor a reason"),
        ('name = "P"', 'name = "SC"', "columns have 'SC' twice"),
        ('name = "A"', 'name = "Real"', "rows have 'Real' twice"),
        ('paper = "ours"', 'paper = "theirs"', "paper is 'theirs'"),
        ('data = "POP909"', "", "published table t lacks data"),
        ("notes = []", "notes = []\nyear = 2026", "published table t has a field 'year'"),
        ('kind = "real", ', "", "a row lacks kind"),
        ('cite = "We, 2026"', 'who = "We"', "paper ours lacks cite"),
    ],
)
def test_a_contradiction_is_a_sentence(before: str, after: str, told: str) -> None:
    assert before in SMALL
    with pytest.raises(BadManifest, match=told.replace("(", r"\(")):
        parse(SMALL.replace(before, after))


def test_values_keep_the_printed_digits_and_are_read_in_our_units() -> None:
    found = parse(SMALL)["t"]
    real, system = found.rows
    assert found.paper == "We, 2026"
    assert system.values == ("0.8", "12.5%")
    assert [found.value(system, column) for column in found.columns] == [0.8, 0.125]
    assert found.value(real, found.columns[1]) is None


def test_the_shipped_text_is_what_is_read() -> None:
    assert parse(TEXT) == tables()
