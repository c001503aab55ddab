"""`symmv eval quality|retrieval|alignment|table` as a person calls them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from symmv_tools.dataset.constants import Constants, write_constants
from symmv_tools.io.midi import write
from tests.cli.test_cli import is_harmless, symmv
from tests.evaluation.pieces import noise, tune, write_pieces
from tests.exports import beats, labels, song, write_export


@pytest.fixture
def folders(tmp_path: Path) -> list[str]:
    real = write_pieces(tmp_path / "real", [(f"s{i}", tune(i, 3)) for i in range(4)])
    ours = write_pieces(tmp_path / "ours", [(f"s{i}", noise(i, 3)) for i in range(4)])
    return [str(real), f"noise={ours}"]


def test_quality_prints_a_table_and_marks_what_is_not_told_apart(folders: list[str]) -> None:
    ended = symmv("eval", "quality", folders[0], f"copies={folders[0]}")
    assert ended.status == 0
    assert "SC" in ended.out
    assert "grid: file" in ended.out
    assert "≈" in ended.out
    assert "do not tell the system from real" in ended.err


def test_quality_as_json_fills_a_published_table(folders: list[str], tmp_path: Path) -> None:
    songs, quality = tmp_path / "songs.tsv", tmp_path / "quality.json"
    quality.write_text(symmv("eval", "quality", *folders, "--json", "--songs", songs).out, "utf-8")
    assert songs.read_text("utf-8").startswith("system\tpiece\tsc_muspy")
    assert len(songs.read_text("utf-8").splitlines()) == 9
    table = json.loads(symmv("eval", "table", "symmv-4", quality, "--json").out)
    rows = {row["name"]: row for row in table["rows"]}
    assert rows["real (real)"]["cells"]["SC"]["value"] == 1.0
    assert rows["noise"]["cells"]["SC"]["from_real"] < 0
    assert rows["V-MusProd"]["cells"]["SC"]["text"] == "0.967"


def test_a_table_without_results_says_not_run() -> None:
    ended = symmv("eval", "table", "diffbgm-2")
    assert ended.status == 0
    assert "not run" in ended.out
    assert "31.3" in ended.out
    assert "gains over CMT" in ended.err
    assert r"\toprule" in symmv("eval", "table", "diffbgm-2", "--latex").out


def test_a_broken_piece_is_named_and_ends_in_one(folders: list[str]) -> None:
    (Path(folders[0]) / "s0.mid").write_bytes(b"not MIDI")
    ended = symmv("eval", "quality", folders[0], "--latex")
    assert ended.status == 1
    assert ended.out.startswith(r"\begin{table}")
    assert "real: 1 piece could not be measured" in ended.err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["quality", "nowhere"], "there is no folder nowhere"),
        (["table", "symmv-3"], "no published table is called 'symmv-3'"),
        (["table", "symmv-4", "nothing.json"], "nothing.json cannot be read"),
    ],
)
def test_a_wrong_call_is_said_in_a_sentence(words: list[str], sentence: str) -> None:
    ended = symmv("eval", *words)
    assert ended.status == 2
    assert sentence in ended.err


def test_hostile_names_reach_neither_terminal_nor_tex(folders: list[str]) -> None:
    hostile = f"\x1b[31mred \u202e \\input{{x}}={folders[0]}"
    for words in ((), ("--latex",), ("--json",)):
        ended = symmv("eval", "quality", hostile, *words)
        assert ended.status == 0
        assert is_harmless(ended.out)
        assert is_harmless(ended.err)
    assert r"\input" not in symmv("eval", "quality", hostile, "--latex").out


def test_retrieval_says_chance_and_the_renderer(folders: list[str]) -> None:
    ended = symmv("eval", "retrieval", *folders, "--unit", "piece", "--pool", "3", "--workers", "1")
    assert ended.status == 0
    assert "chance" in ended.out
    assert "tinysoundfont" in ended.out
    assert "TimGM6mb.sf2" in ended.out


def test_alignment_reads_the_export_s_videos(tmp_path: Path) -> None:
    shots = labels((8.0, "start"), (8.0, "cut"), (16.0, "cut"))
    row = song("x:1", shot=shots, beat=beats(64), video_fps=25.0, midi=write(tune(1)))
    write_export(tmp_path / "out", [row])
    write_constants(tmp_path / "out", Constants())
    ours, songs = write_pieces(tmp_path / "ours", [("x:1", tune(2))]), tmp_path / "songs.tsv"
    ended = symmv("eval", "alignment", tmp_path / "out", ours, "--songs", songs, "--json")
    by_metric = {(line["system"], line["metric"]): line for line in json.loads(ended.out)["lines"]}
    assert by_metric["out", "cuts_on_beat_70ms"]["mean"] == 1.0
    assert by_metric["ours", "tbiou_cuts_vem"]["chance"] is not None
    assert "ours\tx:1\t" in songs.read_text("utf-8")
