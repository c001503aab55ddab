"""`symmv eval annotations`: what people and machines get, and what it leaves on the disk."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from tests.cli.test_cli import is_harmless, symmv
from tests.exports import labels, song, write_export

pytestmark = pytest.mark.quick

HOSTILE = "\x1b[31mred [bold]x[/bold] \u202e"


@pytest.fixture
def out(tmp_path: Path) -> Path:
    rows = [song("a", chord=labels((8.0, "C:maj"), (24.0, "D:maj"))), song(HOSTILE), song("mine")]
    return write_export(tmp_path / "out", [*rows, song("c", chord=None)])


@pytest.fixture
def truth(tmp_path: Path) -> Path:
    rows = [song(song_id, chord=labels((32.0, "C:maj"))) for song_id in ("a", HOSTILE, "c")]
    return write_export(tmp_path / "truth", [*rows, song("theirs")])


def test_people_get_totals_the_worst_songs_and_what_was_left_out(out: Path, truth: Path) -> None:
    ended = symmv("eval", "annotations", out, "--against", truth)
    assert ended.status == 0
    assert "out against truth: 3 songs in both" in ended.out
    lines = {line.split("  ")[0].strip(): line for line in ended.out.splitlines()}
    assert lines["melody F1"].split()[2:] == ["1.000", "1.000", "to", "1.000", "3"]
    totals, worst = [line for line in ended.out.splitlines() if line.startswith("chord root")]
    assert totals.split()[2:] == ["0.375", "0.250", "to", "0.500", "2", "1"]
    assert "a 0.250," in worst
    for said in (
        "only in out: 1 song (mine)",
        "only in truth: 1 song (theirs)",
        "chord: 1 song not scored: null in what is evaluated",
        "accuracy.json; the next `symmv export",
    ):
        assert said in ended.err
    assert is_harmless(ended.out)
    assert is_harmless(ended.err)


def test_machines_get_the_same_and_what_went_into_the_file(out: Path, truth: Path) -> None:
    ended = symmv("eval", "annotations", out, "--against", truth, "--json", "--by-song")
    figures = {figure["metric"]: figure for figure in ended.json["figures"]}
    assert figures["chord_root"]["mean"] == 0.375
    assert figures["chord_root"]["interval"] == [0.25, 0.5]
    assert figures["chord_root"]["not_scored"] == {"null in what is evaluated": 1}
    assert ended.json["by_song"]["a"]["chord_root"] == 0.25
    assert ended.json["worst"]["chord_root"][0] == ["a", 0.25]
    assert (ended.json["only_evaluated"], ended.json["only_reference"]) == (["mine"], ["theirs"])
    assert (out / "accuracy.json").is_file()
    assert "by_song" not in symmv("eval", "annotations", out, "--against", truth, "--json").json


def test_the_table_by_song_is_printed_or_written(out: Path, truth: Path, tmp_path: Path) -> None:
    file = tmp_path / "songs.tsv"
    ended = symmv("eval", "annotations", out, "--against", truth, "--by-song", "--songs", file)
    assert "by song" in ended.out
    with file.open(encoding="utf-8", newline="") as lines:
        rows = {row["song_id"]: row for row in csv.DictReader(lines, delimiter="\t")}
    assert rows["a"]["chord_root"] == "0.250000"
    assert rows["c"]["chord_root"] == ""
    assert set(rows) == {"a", "c", HOSTILE}


def test_a_call_that_makes_no_sense_ends_with_2_and_changes_nothing(out: Path, truth: Path) -> None:
    for words in (
        (out, "--against", out / "nowhere"),
        (out, "--against", truth, "--songs", out / "songs.tsv"),
        (out / "data", "--against", truth),
        (out,),
    ):
        assert symmv("eval", "annotations", *words).status == 2
    assert sorted(path.name for path in out.iterdir()) == ["data"]
