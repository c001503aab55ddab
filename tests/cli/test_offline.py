"""Without a network every command says what it cannot do, and does the rest.

The suite refuses every connection that would leave this machine, so here is what such a user sees.
"""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from symmv_tools.cli.main import main
from tests.media import write_song

VIDEO = "https://www.youtube.com/watch?v=SJOKlqJho8U"


@pytest.fixture(autouse=True)
def _state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYMMV_STATE", str(tmp_path / "state"))


def run(*words: str) -> int:
    with pytest.raises(SystemExit) as end:
        main(words)
    return int(end.value.code or 0)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """A song of one's own, and one that would have to be fetched."""
    write_song(tmp_path / "own.mid", bars=16)
    path = tmp_path / "songs.tsv"
    path.write_text(f"song_id\tmidi\tcover_url\nmy:1\town.mid\t\nmy:2\t\t{VIDEO}\n", encoding="utf-8")
    return path


def test_a_channel_cannot_be_listed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    url = "https://www.youtube.com/@somepianist/videos"
    assert run("collect", "--channel", url, "--work", str(tmp_path / "work")) == 2
    assert "is this machine on the network?" in capsys.readouterr().err


def test_what_a_list_names_is_recorded_before_the_network_is_missed(
    tmp_path: Path, table: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    work = str(tmp_path / "work")
    assert run("collect", "--from", str(table), "--work", work) == 2
    said = capsys.readouterr().err
    assert "2 songs, 2 new or changed, 0 refused" in said
    assert "the network cannot be reached, and 1 of the songs wait" in said
    assert "nothing is lost" in said
    assert run("annotate", "keys", "--work", work) == 0


def test_a_build_does_what_it_can(tmp_path: Path, table: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pipeline = tmp_path / "p.toml"
    pipeline.write_text('[collect]\ntable = "songs.tsv"\n[search]\nvideos = true\n', encoding="utf-8")
    assert run("build", str(pipeline), "--work", str(tmp_path / "work")) == 1
    said = capsys.readouterr().err
    assert said.count("the network cannot be reached") == 1
    files = list((tmp_path / "work" / "export").rglob("*.parquet"))
    rows = [row for f in files if "failures" not in str(f) for row in pq.read_table(f).to_pylist()]
    assert [row["song_id"] for row in rows] == ["my:1"]


def test_a_release_that_is_not_there_is_named_with_its_origin(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("build", "symmv", "--work", "work") == 2
    assert "https://github.com/zhuole1025/SymMV" in capsys.readouterr().err


def test_an_unknown_pipeline_is_answered_with_those_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("build", "bgm990") == 2
    assert "did you mean 'bgm909'?" in capsys.readouterr().err
