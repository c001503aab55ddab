"""A whole export in other formats: names, refusals, and the command."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from symmv_tools.dataset.convert.folder import FORMATS, SONGS, convert
from symmv_tools.dataset.convert.jams_file import from_jams
from symmv_tools.dataset.convert.labels import read_beats, read_lab
from symmv_tools.dataset.convert.midi import from_midi
from symmv_tools.errors import BadCall
from tests.cli.test_cli import symmv
from tests.exports import notes, song, write_export
from tests.rows import canonical

pytestmark = pytest.mark.quick

HOSTILE = "web:../../x/\x00\n\x1b[31m" + "y" * 5000


def test_no_song_id_bends_a_path(tmp_path: Path) -> None:
    rows = [song(HOSTILE), song(HOSTILE + "z"), song("/"), song("")]
    for name in FORMATS:
        out = tmp_path / name
        files = list(convert(rows, name, out))
        assert len(set(files)) == len(files)
        assert all(file.is_relative_to(out) and ".." not in file.parts and file.is_file() for file in files)
        assert {path.name for path in tmp_path.iterdir()} <= set(FORMATS)


def test_the_list_says_which_file_is_whose(tmp_path: Path) -> None:
    files = list(convert([song(HOSTILE), song("b")], "midi", tmp_path / "out"))
    songs = [json.loads(line) for line in (tmp_path / "out" / SONGS).read_text("utf-8").splitlines()]
    assert [each["song_id"] for each in songs] == [HOSTILE, "b"]
    assert [f"{each['name']}.mid" for each in songs] == [path.name for path in files[:2]]


def test_null_has_no_file_and_empty_an_empty_one(tmp_path: Path) -> None:
    row = song("a", chord=None, key_mode={"time": [], "duration": [], "value": [], "confidence": []})
    files = [path.relative_to(tmp_path / "out") for path in convert([row], "lab", tmp_path / "out")]
    assert [path.parts[0] for path in files] == ["keys", "beats", SONGS]
    assert (tmp_path / "out" / files[0]).read_text("utf-8") == ""


def test_what_is_there_already_is_never_written_over(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    for out in (tmp_path, tmp_path / "mine.txt"):
        with pytest.raises(BadCall, match="not empty"):
            list(convert([], "jams", out))
    with pytest.raises(BadCall, match="no format 'jam'") as caught:
        list(convert([], "jam", tmp_path / "out"))
    assert "'jams'" in caught.value.hint


# --- the command ----------------------------------------------------------------------------------


@pytest.fixture
def export(tmp_path: Path) -> Path:
    rows = [song("test:a", note_midi=notes(8, melody=2)), song("test:b", split="test")]
    return write_export(tmp_path / "export", rows)


@pytest.mark.parametrize("to", FORMATS)
def test_the_command_writes_every_format(export: Path, tmp_path: Path, to: str) -> None:
    ended = symmv("convert", export, "--to", to, "--out", tmp_path / "out", "--json")
    assert ended.status == 0, ended.err
    assert ended.json["songs"] == 2
    assert all(Path(file).is_file() for file in ended.json["files"])


def test_one_split_in_each_format_says_what_the_row_says(export: Path, tmp_path: Path) -> None:
    for to in ("jams", "lab", "midi"):
        symmv("convert", export, "--to", to, "--out", tmp_path / to, "--split", "train")
    (name,) = [
        json.loads(line)["name"] for line in (tmp_path / "jams" / SONGS).read_text("utf-8").splitlines()
    ]
    row = song("test:a", note_midi=notes(8, melody=2))
    document = json.loads((tmp_path / "jams" / f"{name}.jams").read_text("utf-8"))
    assert canonical(from_jams(document)) == canonical(row)
    assert read_lab(tmp_path / "lab" / "chords" / f"{name}.lab")["value"] == row["chord"]["value"]
    assert (
        read_beats(tmp_path / "lab" / "beats" / f"{name}.beats")["value"].tolist()
        == row["beat"]["value"].tolist()
    )
    back = from_midi((tmp_path / "midi" / f"{name}.mid").read_bytes())["note_midi"]
    assert back["value"].tolist() == row["note_midi"]["value"].tolist()
    assert back["track"] == row["note_midi"]["track"]


def test_a_wrong_format_or_folder_is_the_callers_fault(export: Path, tmp_path: Path) -> None:
    ended = symmv("convert", export, "--to", "musicxml", "--out", tmp_path / "out")
    assert ended.status == 2
    assert "no format 'musicxml'" in ended.err
    assert symmv("convert", tmp_path / "none", "--to", "jams", "--out", tmp_path / "out").status == 2
    assert not (tmp_path / "out").exists()
