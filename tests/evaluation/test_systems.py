"""Systems: exports, runs and folders, named by hand or by their folder."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from symmv_tools.errors import BadCall, BadMedium
from symmv_tools.evaluation.systems import open_system, open_systems, partners
from symmv_tools.song import file_name
from tests.exports import song, write_export

pytestmark = pytest.mark.quick


def test_a_folder_is_named_after_itself_or_by_hand(tmp_path: Path) -> None:
    folder = tmp_path / "cmt"
    folder.mkdir()
    (folder / "a.mid").write_bytes(b"")
    assert open_system(str(folder)).name == "cmt"
    assert open_system(f"theirs={folder}").name == "theirs"


def test_midi_and_audio_of_one_name_are_one_piece(tmp_path: Path) -> None:
    for name in ("b.wav", "b.MID", "deep/a.midi", ".hidden.mid", "notes.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    found = open_system(str(tmp_path))
    assert found.ids == ["b", "deep/a"]
    first = next(iter(found.entries()))
    assert first.audio == tmp_path / "b.wav"
    assert first.midi_bytes() == b"x"


def test_two_files_of_one_kind_and_name_are_refused(tmp_path: Path) -> None:
    for name in ("b.mid", "b.midi"):
        (tmp_path / name).write_bytes(b"x")
    with pytest.raises(BadCall, match="b is there twice"):
        list(open_system(str(tmp_path)).entries())


def test_a_run_is_its_samples(tmp_path: Path) -> None:
    (tmp_path / "samples").mkdir()
    (tmp_path / "samples" / "a.mid").write_bytes(b"x")
    (tmp_path / "not-a-sample.mid").write_bytes(b"x")
    assert open_system(str(tmp_path)).ids == ["a"]


def test_an_export_gives_its_rows_and_their_midi(tmp_path: Path) -> None:
    write_export(tmp_path / "out", [song("x:1", midi=b"MThd"), song("x:2", midi=None)])
    found = open_system(str(tmp_path / "out"))
    assert found.is_export
    assert found.ids == ["x:1", "x:2"]
    assert [entry.midi_bytes() for entry in found.entries(["midi", "beat"])] == [b"MThd", None]


def test_what_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadCall, match="there is no folder"):
        open_system(str(tmp_path / "nowhere"))
    with pytest.raises(BadCall, match="no MIDI or audio file"):
        _ = open_system(str(tmp_path)).ids


def test_a_file_that_vanished_costs_itself(tmp_path: Path) -> None:
    (tmp_path / "a.mid").write_bytes(b"x")
    entries = list(open_system(str(tmp_path)).entries())
    (tmp_path / "a.mid").unlink()
    with pytest.raises(BadMedium, match=r"a\.mid cannot be read"):
        entries[0].midi_bytes()


def test_two_systems_of_one_name_are_refused(tmp_path: Path) -> None:
    for folder in ("x/gen", "y/gen"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "a.mid").write_bytes(b"x")
    with pytest.raises(BadCall, match="two systems are called 'gen'"):
        open_systems([str(tmp_path / "x/gen"), str(tmp_path / "y/gen")])


def test_an_export_without_songs_is_refused(tmp_path: Path) -> None:
    write_export(tmp_path / "out", [song("x:1")])
    (file,) = (tmp_path / "out").rglob("*.parquet")
    pq.write_table(pq.read_table(file).slice(0, 0), file)
    with pytest.raises(BadCall, match="holds no piece"):
        open_systems([str(tmp_path / "out")])


@given(st.lists(st.text(min_size=1), unique=True))
def test_a_sample_named_after_its_song_finds_it(ids: list[str]) -> None:
    assert partners([file_name(one) for one in ids], ids) == {file_name(one): one for one in ids}
    assert partners(ids, ids) == {one: one for one in ids}
    assert partners(["stranger"], [one for one in ids if one != "stranger"]) == {}
