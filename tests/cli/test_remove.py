"""`symmv remove`, and how `symmv export` splits, as people and machines get them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from symmv_tools.pipeline.building import read_pipeline
from symmv_tools.pipeline.house import House
from symmv_tools.pipeline.run import annotate
from symmv_tools.song import Song
from symmv_tools.store import Store
from tests.cli.test_cli import HOSTILE, is_harmless, symmv
from tests.media import write_song


@pytest.fixture(scope="module")
def annotated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of two songs, one with a hostile id."""
    folder = tmp_path_factory.mktemp("annotated")
    store = Store.open(folder / "work", create=True)
    songs = {"good": "test:good", "evil": HOSTILE}
    for name in songs:
        write_song(folder / f"{name}.mid")
    store.put([Song(song_id, midi=str(folder / f"{name}.mid")) for name, song_id in songs.items()])
    store.close()
    annotate(House.open(folder / "work"), workers=1)
    return folder / "work"


@pytest.fixture
def work(annotated: Path, tmp_path: Path) -> Path:
    """A copy of that store for one test."""
    return Path(shutil.copytree(annotated, tmp_path / "work"))


def rows_of(out: Path) -> dict[str, str]:
    """Split by song_id."""
    tables = [pq.read_table(path, columns=["song_id", "split"]) for path in (out / "data").iterdir()]
    return {row["song_id"]: row["split"] for table in tables for row in table.to_pylist()}


def test_a_removed_song_is_in_no_export_and_a_slip_is_refused(work: Path, tmp_path: Path) -> None:
    refused = symmv("remove", "test:god", "--why", "x", "--work", work)
    assert (refused.status, "no song 'test:god'" in refused.err) == (2, True)
    ended = symmv("remove", HOSTILE, "--why", f"asked {HOSTILE}", "--work", work, "--json")
    assert (ended.status, ended.json) == (0, {"songs": [HOSTILE], "files": []})
    assert is_harmless(ended.out + ended.err)
    assert symmv("export", tmp_path / "out", "--work", work).status == 0
    assert set(rows_of(tmp_path / "out")) == {"test:good"}
    (failure,) = pq.read_table(tmp_path / "out" / "failures").to_pylist()
    assert (failure["song_id"], failure["code"], failure["reason"]) == (
        HOSTILE,
        "TAKEN_DOWN",
        f"asked {HOSTILE}",
    )


def test_export_takes_its_splits_from_a_file_and_says_what_it_does_not_know(
    work: Path, tmp_path: Path
) -> None:
    mine = tmp_path / "mine.tsv"
    mine.write_text("song_id\tsplit\ntest:good\ttest\n", encoding="utf-8")
    assert symmv("export", tmp_path / "out", "--work", work, "--splits", mine).status == 0
    assert rows_of(tmp_path / "out")["test:good"] == "test"
    for words, said in (
        (("--splits", "simmv"), "'symmv'"),
        (("--group-by", "chanel"), "'channel'"),
    ):
        ended = symmv("export", tmp_path / "other", "--work", work, *words)
        assert (ended.status, said in ended.err) == (2, True), ended.err


def test_only_licensed_songs_are_exported_where_that_is_asked(work: Path, tmp_path: Path) -> None:
    assert symmv("export", tmp_path / "out", "--work", work, "--only-licensed").status == 0
    failures = pq.read_table(tmp_path / "out" / "failures").to_pylist()
    assert {(f["song_id"], f["code"]) for f in failures} == {
        ("test:good", "NOT_LICENSED"),
        (HOSTILE, "NOT_LICENSED"),
    }


def test_a_pipeline_file_says_how_its_export_is_split(tmp_path: Path) -> None:
    (tmp_path / "mine.tsv").write_text("song_id\tsplit\n", encoding="utf-8")
    (tmp_path / "all.toml").write_text(
        '[export]\nsplits = "mine.tsv"\ngroup_by = "artist, channel"\n', encoding="utf-8"
    )
    splitting = read_pipeline(str(tmp_path / "all.toml")).splitting()
    assert (splitting.frozen, splitting.by) == (str(tmp_path / "mine.tsv"), ("artist", "channel"))
    assert read_pipeline("symmv").splitting().frozen == "symmv"
    assert read_pipeline("bgm909").splitting().frozen == "pop909"
