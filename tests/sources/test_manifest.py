"""Laws and examples of the source `manifest`."""

from __future__ import annotations

import contextlib
import csv
import dataclasses
import io
import json
import re
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from symmv_tools.errors import BadCall, BadManifest
from symmv_tools.song import Song
from symmv_tools.sources.collected import Collected
from symmv_tools.sources.manifest import COLUMNS, named, songs_from


def deaf(path: str) -> bool:
    return False


@pytest.fixture
def media(tmp_path: Path) -> Path:
    """A folder with a few empty media."""
    for name in ("a.wav", "a.mp4", "a.mid", "b.wav", "sub/c.mid"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    return tmp_path


def read(folder: Path, text: str | bytes, name: str = "list.tsv", **options: Any) -> Collected:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return songs_from(path, has_audio=deaf, **options)


# --- the forms ----------------------------------------------------------------------------------


def write(songs: list[Song], path: Path, form: str) -> None:
    rows = [dataclasses.asdict(song) for song in songs]
    if form == "parquet":
        names = {name: pa.float64() if name == "audio_video_offset" else pa.string() for name in COLUMNS}
        pq.write_table(pa.Table.from_pylist(rows, pa.schema(list(names.items()))), path)
    elif form == "jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    else:
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS, dialect="excel-tab" if form == "tsv" else "excel")
            writer.writeheader()
            writer.writerows(rows)


TEXT = st.text(st.characters(codec="utf-8"), min_size=1, max_size=30)
OPTIONAL = st.none() | TEXT


@st.composite
def songs(draw: st.DrawFn) -> list[Song]:
    ids = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1).filter(str.strip)
    made = []
    for song_id in draw(st.lists(ids, unique=True, max_size=4)):
        chosen = draw(st.sets(st.sampled_from(["audio", "video", "midi"]), min_size=1))
        values = {name: draw(OPTIONAL) for name in COLUMNS if name not in ("song_id", "audio_video_offset")}
        values |= {kind: kind if kind in chosen else None for kind in ("audio", "video", "midi")}
        offset = draw(st.none() | st.floats(allow_nan=False, allow_infinity=False))
        made.append(Song(song_id, **values, audio_video_offset=offset))
    return made


@pytest.mark.parametrize("form", ["tsv", "csv", "jsonl", "parquet"])
@given(written=songs())
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_songs_survive_being_written_and_read(
    tmp_path_factory: pytest.TempPathFactory, form: str, written: list[Song]
) -> None:
    folder = tmp_path_factory.mktemp("round")
    for kind in ("audio", "video", "midi"):
        (folder / kind).touch()
    here = [_placed(song, folder) for song in written]
    path = folder / f"songs.{form}"
    write(here, path, form)
    if written or form != "jsonl":  # JSON lines without lines has no header either
        assert songs_from(path, has_audio=deaf) == Collected(here, [])


def _placed(song: Song, folder: Path) -> Song:
    found = {kind: str(folder / kind) for kind in ("audio", "video", "midi") if getattr(song, kind)}
    return dataclasses.replace(song, **found)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["list.tsv", "list.csv", "list", "list.txt"])
@pytest.mark.parametrize(
    "text",
    [
        "song_id\taudio\nx\ta.wav\n",
        "song_id,audio\nx,a.wav",
        '\ufeffsong_id,audio\r\n"x","a.wav"\r\n',
        "\n".join(['{"song_id": "x", "audio": "a.wav", "title": null}', "", ""]),
        "song_id\taudio\tmidi\n\nx\ta.wav\t\n\n",
    ],
)
def test_the_content_says_the_form_whatever_the_name(media: Path, name: str, text: str) -> None:
    assert read(media, text, name).songs == [Song("x", audio=str(media / "a.wav"))]


def test_stdin_is_read_from_the_working_directory(media: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = io.TextIOWrapper(io.BytesIO(b"audio\nsub/../a.wav\n"))
    monkeypatch.setattr(sys, "stdin", text)
    monkeypatch.chdir(media)
    (song,) = songs_from("-").songs
    assert (song.song_id, song.audio) == ("folder:a", str(media / "sub/../a.wav"))


def test_numbers_in_text_columns_are_taken_by_their_digits(media: Path) -> None:
    (song,) = read(media, '{"audio": "a.wav", "shazam_id": 53982678, "audio_video_offset": 2}').songs
    assert (song.shazam_id, song.audio_video_offset) == ("53982678", 2.0)


# --- names, media, base -------------------------------------------------------------------------


def test_a_row_without_an_id_is_named_after_its_first_medium(media: Path) -> None:
    found = read(media, f"title\taudio\tmidi\n\t\tsub/c.mid\nMine\t{media}/a.wav\t./a.mid\n")
    assert [(song.song_id, song.title) for song in found.songs] == [
        ("folder:sub/c", "c"),
        ("folder:a", "Mine"),
    ]


def test_a_list_pairs_files_of_different_names_below_a_folder(media: Path, tmp_path_factory: Any) -> None:
    elsewhere = tmp_path_factory.mktemp("lists")
    (song,) = read(elsewhere, "audio\tvideo\nb.wav\ta.mp4\n", base=media).songs
    assert song == Song("folder:b", title="b", audio=str(media / "b.wav"), video=str(media / "a.mp4"))


def test_media_may_lie_above_the_base(media: Path) -> None:
    (song,) = read(media, "audio\n../b.wav\n", base=media / "sub").songs
    assert song.song_id == "folder:../b"
    assert song.audio is not None
    assert Path(song.audio).samefile(media / "b.wav")


def test_a_lone_video_is_listened_to(media: Path) -> None:
    (media / "list.tsv").write_text("video\na.mp4\n")
    (song,) = songs_from(media / "list.tsv", has_audio=lambda path: True).songs
    assert song.audio == song.video


def test_a_limit_ends_the_reading(media: Path) -> None:
    found = read(media, "audio\na.wav\nb.wav\nx\ty\tz\n", limit=2)
    assert len(found.songs) == 2


# --- rows that are refused ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "code", "sentence"),
    [
        (
            {"song_id": "x", "audio": "gone.wav"},
            "MEDIA_MISSING",
            r"list.tsv:2: the audio file .*gone\.wav does not",
        ),
        ({"song_id": "x", "audio": "sub"}, "NOT_A_FILE", "sub is a folder"),
        ({"song_id": "x", "midi": "nul\0.mid"}, "MEDIA_MISSING", "does not exist"),
        ({"song_id": "x", "title": "no media"}, "NO_MEDIUM", "list.tsv:2: the row names no audio"),
        (
            {"song_id": "x", "audio": "a.wav", "title": "\ud800"},
            "UNDECODABLE_TEXT",
            "title holds half a character",
        ),
        ({"song_id": "\udce9", "audio": "a.wav"}, "UNDECODABLE_TEXT", r"song_id holds .*\\xe9"),
        ({"song_id": " \n", "audio": "a.wav"}, "BAD_SONG_ID", "blank"),
        ({"song_id": "a\0b", "audio": "a.wav"}, "BAD_SONG_ID", "NUL"),
        ({"song_id": "x" * 10_001, "audio": "a.wav"}, "BAD_SONG_ID", "10,001 characters; 10,000 are allowed"),
    ],
)
def test_a_bad_row_is_refused_and_its_neighbours_go_on(
    media: Path, row: dict[str, str], code: str, sentence: str
) -> None:
    rows = [{"song_id": "first", "audio": "a.wav"}, row, {"song_id": "last", "audio": "b.wav"}]
    found = read(media, "\n".join(json.dumps(row) for row in rows))
    assert [song.song_id for song in found.songs] == ["first", "last"]
    (refusal,) = found.refused
    assert refusal.code == code
    assert re.search(sentence, refusal.message)
    refusal.what.encode()


@pytest.mark.parametrize(
    "song_id", ["../../etc/passwd", "-rf", "a\nb", "\x1b[2J", "youtube:\N{MUSICAL NOTE}", "x" * 10_000]
)
def test_hostile_ids_are_only_ids(media: Path, song_id: str) -> None:
    (song,) = read(media, json.dumps({"song_id": song_id, "audio": "a.wav"})).songs
    assert song.song_id == song_id


# --- lists that contradict themselves or cannot be read -----------------------------------------


@pytest.mark.parametrize(
    ("text", "sentence", "hint"),
    [
        (
            "song_id\taudio\nx\ta.wav\nx\tb.wav\n",
            r"list.tsv:3: song_id 'x' appears twice \(first on line 2\)",
            "-live",
        ),
        ("song_id\taudio\nx\tgone\nx\tb.wav\n", "appears twice", "-live"),
        ("audio\na.wav\n./a.wav\n", r":3: song_id 'folder:a' appears twice \(first on line 2\)", "own id"),
        ("song_id\taudi\nx\ta.wav\n", "list.tsv:1: there is no column 'audi'", "did you mean 'audio'"),
        ('{"audio": "a.wav"}\n{"vidoe": "a"}', "list.tsv:2: there is no column 'vidoe'", "'video'"),
        (
            "a.wav\ta.mid\n",
            "list.tsv:1: the first line must name the columns; found 'a.wav'",
            "known: song_id",
        ),
        ("audio;video\na;b\n", "must name the columns", "semicolons"),
        ("audio\taudio\na\tb\n", "'audio' appears twice", "remove"),
        ("audio\tmidi\na.wav\n", "list.tsv:2: this row has 1 cell, the header 2", "empty"),
        ("audio,title\na.wav,Hello, world\n", ":2: this row has 3 cells, the header 2", "quotes"),
        ('title\taudio\n"open\ta.wav\nx\ty\n', "list.tsv:2: unexpected end of data", "double"),
        ('title\taudio\n"Heroes" live\ta.wav\n', "list.tsv:2: .* expected after", "double"),
        (
            "audio\taudio_video_offset\na.wav\t1,5\n",
            ":2: audio_video_offset must be a number .* '1,5'",
            "decimal",
        ),
        ("audio\taudio_video_offset\na.wav\tinf\n", "must be a number of seconds", "decimal"),
        ('{"audio": "a.wav", "audio_video_offset": true}', "must be a number of seconds", "decimal"),
        ('{"audio": "a.wav", "title": ["x"]}', ":1: title must be text; found a list", "quotes"),
        ('{"audio": "a.wav"\n', ":1: this is no JSON", "one object a line"),
        ('{"audio": "a.wav"}\n[1]', ":2: each line must be one JSON object; found a list", "JSON lines"),
        ('{"audio": ' + "[" * 100_000, ":1: this is no JSON", "one object a line"),
        ("", "list.tsv:1: the first line is empty", "known: song_id"),
        (b"audio\na.wav\ncaf\xe9.wav\n", "list.tsv:3: byte 0xe9 is not UTF-8", "UTF-8"),
        ("audio\na.wav\n".encode("utf-16"), "list.tsv:1: byte 0xff is not UTF-8", "CSV UTF-8"),
        (b"PK\3\4\0\0\0", "holds binary data", "CSV UTF-8"),
        (b"PAR1 and no more", "list.tsv (is damaged|cannot be read)", ""),
    ],
)
def test_a_bad_list_is_refused_with_file_line_and_remedy(
    media: Path, text: str | bytes, sentence: str, hint: str
) -> None:
    with pytest.raises(BadManifest, match=sentence) as caught:
        read(media, text)
    assert hint in caught.value.hint


def test_a_list_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadManifest, match=r"nowhere\.tsv cannot be read: No such file"):
        songs_from(tmp_path / "nowhere.tsv")
    with pytest.raises(BadManifest, match="cannot be read: Is a directory"):
        songs_from(tmp_path)


def test_a_parquet_file_with_a_strange_column_is_refused(media: Path) -> None:
    pq.write_table(pa.table({"audio": ["a.wav"], "tilte": ["x"]}), media / "list.parquet")
    with pytest.raises(BadManifest, match="no column 'tilte'") as caught:
        songs_from(media / "list.parquet")
    assert caught.value.hint == "did you mean 'title'?"


@given(st.binary(max_size=300))
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_bytes_end_in_songs_refusals_or_a_sentence(tmp_path_factory: Any, noise: bytes) -> None:
    folder = tmp_path_factory.mktemp("noise", numbered=True)
    for head in (b"", b"audio\ttitle\n", b"audio,title\n", b'{"audio": "a.wav"}\n', b"PAR1"):
        with contextlib.suppress(BadManifest):
            read(folder, head + noise)


# --- lists that symmv brings --------------------------------------------------------------------


def test_a_list_that_symmv_brings_is_found_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "toy.tsv").touch()
    assert named("toy", shelf=tmp_path) == tmp_path / "toy.tsv"
    with pytest.raises(BadCall, match="named 'toi'") as caught:
        named("toi", shelf=tmp_path)
    assert caught.value.hint == "did you mean 'toy'?"
    with pytest.raises(BadCall, match="named"):
        named("../toy", shelf=tmp_path)


def test_the_list_of_pop909_names_each_song_once_and_holds_no_medium() -> None:
    found = songs_from(named("pop909"))
    assert not found.songs
    assert {refusal.code for refusal in found.refused} == {"NO_MEDIUM"}
    ids = {refusal.what for refusal in found.refused}
    assert len(ids) == len(found.refused) == 909
    assert all(song_id.startswith("pop909:") for song_id in ids)


def test_the_list_of_symmv_names_each_song_once_with_the_address_of_its_video() -> None:
    found = songs_from(named("symmv"))
    assert not found.refused
    assert len({song.song_id for song in found.songs}) == len(found.songs) == 999
    assert all(song.song_id.startswith("symmv:") for song in found.songs)
    assert all((song.video_url or "").startswith("http") for song in found.songs)
    assert not any(song.audio or song.video or song.midi for song in found.songs)
