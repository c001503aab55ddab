"""Laws and examples of the source `folder`."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from symmv_tools.errors import BadCall
from symmv_tools.song import Song
from symmv_tools.sources.collected import Collected
from symmv_tools.sources.folder import ENDINGS, songs_in


def deaf(path: str) -> bool:
    return False


def touch(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


def ids(found: Collected) -> list[str]:
    return [song.song_id for song in found.songs]


def codes(found: Collected) -> dict[str, str]:
    return {refusal.what: refusal.code for refusal in found.refused}


# --- pairing ------------------------------------------------------------------------------------


def test_files_that_differ_in_their_extension_only_are_one_song(tmp_path: Path) -> None:
    touch(tmp_path, "live/one.FLAC", "live/one.mp4", "live/one.mid", "two.kar", "notes.txt")
    found = songs_in(tmp_path, has_audio=deaf)
    one, two = found.songs
    at = str(tmp_path / "live" / "one")
    assert one == Song(
        "folder:live/one", title="one", audio=f"{at}.FLAC", video=f"{at}.mp4", midi=f"{at}.mid"
    )
    assert two == Song("folder:two", title="two", midi=str(tmp_path / "two.kar"))
    assert not found.refused


def test_names_are_told_apart_by_case_extensions_are_not(tmp_path: Path) -> None:
    touch(tmp_path, "Song.WAV", "song.Mid")
    assert ids(songs_in(tmp_path)) == ["folder:Song", "folder:song"]


def test_dots_inside_a_name_belong_to_the_name(tmp_path: Path) -> None:
    touch(tmp_path, "take.v2.mp3", "take.v1.mp3", "..take/a..b.mid", "c..d/e.mid")
    assert ids(songs_in(tmp_path)) == ["folder:c..d/e", "folder:take.v1", "folder:take.v2"]


def test_a_folder_with_the_name_of_a_medium_is_a_folder(tmp_path: Path) -> None:
    touch(tmp_path, "album.mp3/track.mp3")
    assert ids(songs_in(tmp_path)) == ["folder:album.mp3/track"]


@pytest.mark.parametrize("pair", [("x.wav", "x.mp3"), ("x.mp4", "x.webm"), ("x.mp3", "x.MP3")])
def test_two_files_of_one_kind_refuse_the_song_and_spare_its_neighbours(
    tmp_path: Path, pair: tuple[str, str]
) -> None:
    touch(tmp_path, *pair, "x.mid", "a.mid", "z.mid")
    found = songs_in(tmp_path, has_audio=deaf)
    assert ids(found) == ["folder:a", "folder:z"]
    assert codes(found) == {"folder:x": "DUPLICATE"}
    assert all(name in found.refused[0].message for name in pair)


def test_names_that_look_alike_are_one_name_and_their_spellings_are_shown(tmp_path: Path) -> None:
    touch(tmp_path, "caf\N{LATIN SMALL LETTER E WITH ACUTE}.wav", "cafe\N{COMBINING ACUTE ACCENT}.mp3")
    found = songs_in(tmp_path)
    assert codes(found) == {"folder:caf\N{LATIN SMALL LETTER E WITH ACUTE}": "DUPLICATE"}
    touch(tmp_path, "cafe\N{COMBINING ACUTE ACCENT}.wav")
    (tmp_path / "cafe\N{COMBINING ACUTE ACCENT}.mp3").unlink()
    message = songs_in(tmp_path).refused[0].message
    assert "caf\\xe9.wav" in message
    assert "cafe\\u0301.wav" in message


# --- a video's own sound ------------------------------------------------------------------------


def test_the_sound_of_a_lone_video_is_its_music(tmp_path: Path) -> None:
    touch(tmp_path, "loud.mp4", "mute.mp4", "scored.mp4", "scored.mid")
    loud, mute, scored = songs_in(tmp_path, has_audio=lambda path: "mute" not in path).songs
    assert loud.audio == loud.video == str(tmp_path / "loud.mp4")
    assert (mute.audio, mute.video) == (None, str(tmp_path / "mute.mp4"))
    assert scored.audio is None


def test_only_lone_videos_are_listened_to(tmp_path: Path) -> None:
    touch(tmp_path, "a.mp4", "a.wav", "b.mp4", "b.mid", "c.wav", "d.mp4")
    asked: list[str] = []

    def asking(path: str) -> bool:
        asked.append(path)
        return False

    songs_in(tmp_path, has_audio=asking)
    assert asked == [str(tmp_path / "d.mp4")]


# --- what is read, and in which order -----------------------------------------------------------


def test_hidden_files_and_folders_are_left_out(tmp_path: Path) -> None:
    touch(tmp_path, ".a.mp3", "._b.mp3", ".mp3", ".trash/c.mp3", "d.mp3")
    assert ids(songs_in(tmp_path)) == ["folder:d"]


def test_a_limit_takes_the_first_songs_by_name(tmp_path: Path) -> None:
    touch(tmp_path, "c.mid", "a/z.mid", "b.mid")
    assert ids(songs_in(tmp_path, limit=2)) == ["folder:a/z", "folder:b"]
    assert ids(songs_in(tmp_path, limit=0)) == []


def test_empty_files_are_songs_whose_stages_will_complain(tmp_path: Path) -> None:
    touch(tmp_path, "empty.wav")
    assert len(songs_in(tmp_path).songs) == 1


# --- links --------------------------------------------------------------------------------------


def test_a_linked_file_keeps_the_name_of_its_link(tmp_path: Path) -> None:
    touch(tmp_path, "elsewhere/original.mp3", "here/plain.mid")
    (tmp_path / "here" / "linked.mp3").symlink_to(tmp_path / "elsewhere" / "original.mp3")
    linked, _ = songs_in(tmp_path / "here").songs
    assert linked == Song("folder:linked", title="linked", audio=str(tmp_path / "here" / "linked.mp3"))


def test_circles_of_links_end(tmp_path: Path) -> None:
    touch(tmp_path, "a/one.mid", "b/two.mid")
    (tmp_path / "a" / "up").symlink_to(tmp_path)
    (tmp_path / "a" / "across").symlink_to(tmp_path / "b")
    (tmp_path / "b" / "across").symlink_to(tmp_path / "a")
    (tmp_path / "itself").symlink_to(tmp_path / "itself")
    found = songs_in(tmp_path)
    assert ids(found) == ["folder:a/one", "folder:b/two"]
    assert not found.refused


def test_a_linked_folder_from_outside_is_read_once(tmp_path: Path) -> None:
    touch(tmp_path, "outside/one.mid")
    inside = tmp_path / "inside"
    inside.mkdir()
    for name in ("z", "m"):
        (inside / name).symlink_to(tmp_path / "outside")
    assert ids(songs_in(inside)) == ["folder:m/one"]


def test_a_song_with_a_broken_link_is_refused_rather_than_changed(tmp_path: Path) -> None:
    touch(tmp_path, "x.mp4", "y.mid")
    (tmp_path / "x.mp3").symlink_to(tmp_path / "gone.mp3")
    found = songs_in(tmp_path, has_audio=lambda path: True)
    assert ids(found) == ["folder:y"]
    assert codes(found) == {"folder:x": "MEDIA_MISSING"}
    assert "x.mp3 is a link that leads nowhere" in found.refused[0].message


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.wav")
    assert codes(songs_in(tmp_path)) == {"folder:pipe": "NOT_A_FILE"}


# --- hostile names ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "-rf",
        "two\nlines",
        "\N{MUSICAL NOTE}\N{FAMILY}",
        "a..b",
        "x" * 240,
        "\x1b[31mred",
        "'; --",
        " ",
        "%00",
        "~",
    ],
)
def test_hostile_names_are_only_names(tmp_path: Path, name: str) -> None:
    touch(tmp_path, f"{name}.mid")
    (song,) = songs_in(tmp_path).songs
    assert song == Song(f"folder:{name}", title=name, midi=str(tmp_path / f"{name}.mid"))


def test_a_name_may_be_as_long_as_the_system_can_open(tmp_path: Path) -> None:
    part = "d" * 200
    room = 4000 - len(str(tmp_path))
    deep = "/".join([part] * (room // (len(part) + 1)))
    touch(tmp_path, f"{deep}/song.mid")
    (song,) = songs_in(tmp_path).songs
    assert song.song_id == f"folder:{deep}/song"
    assert song.title == "song"


def test_a_folder_too_deep_to_open_is_refused_with_a_sentence(tmp_path: Path) -> None:
    touch(tmp_path, "near.mid")
    handle = os.open(tmp_path, os.O_RDONLY)
    for _ in range(25):  # 5,000 characters: more than one path may have
        os.mkdir("d" * 200, dir_fd=handle)
        deeper = os.open("d" * 200, os.O_RDONLY, dir_fd=handle)
        os.close(handle)
        handle = deeper
    os.close(os.open("far.mid", os.O_CREAT | os.O_WRONLY, dir_fd=handle))
    os.close(handle)
    found = songs_in(tmp_path)
    assert ids(found) == ["folder:near"]
    assert [refusal.code for refusal in found.refused] == ["UNREADABLE"]
    assert "too long" in found.refused[0].message


def test_names_that_are_no_text_are_refused_and_can_be_printed(tmp_path: Path) -> None:
    touch(tmp_path, "good.mid")
    try:
        (tmp_path / os.fsdecode(b"caf\xe9.mp3")).touch()
    except OSError:
        pytest.skip("this file system takes UTF-8 names only")
    found = songs_in(tmp_path)
    assert ids(found) == ["folder:good"]
    (refusal,) = found.refused
    assert (refusal.what, refusal.code) == (r"caf\xe9.mp3", "UNDECODABLE_NAME")
    refusal.message.encode()


NAMES = st.text(st.characters(codec="utf-8", exclude_characters="/\0"), min_size=1, max_size=40).filter(
    lambda name: not name.startswith(".")
)
ENDING = st.sampled_from([ending for endings in ENDINGS.values() for ending in endings])


@given(st.lists(st.tuples(NAMES, ENDING), min_size=1, max_size=8))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_every_name_becomes_a_song_or_a_refusal(
    tmp_path_factory: pytest.TempPathFactory, names: list[tuple[str, str]]
) -> None:
    folder = tmp_path_factory.mktemp("names")
    touch(folder, *(f"{name}.{ending}" for name, ending in names))
    found = songs_in(folder, has_audio=deaf)
    wanted = {"folder:" + unicodedata.normalize("NFC", name) for name, _ in names}
    assert {*ids(found), *codes(found)} == wanted
    assert len(found.songs) + len(found.refused) == len(wanted)
    assert ids(found) == sorted(ids(found))
    assert songs_in(folder, has_audio=deaf) == found


# --- folders that are none ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda path: None, "there is no folder"),
        (lambda path: path.touch(), "is a file, not a folder"),
        (lambda path: path.mkdir(), "no audio, video or MIDI file"),
        (lambda path: (path.mkdir(), (path / "readme.txt").touch()), "no audio, video or MIDI file"),
    ],
)
def test_a_folder_without_media_is_a_bad_call(
    tmp_path: Path, make: Callable[[Path], object], sentence: str
) -> None:
    make(tmp_path / "songs")
    with pytest.raises(BadCall, match=sentence) as caught:
        songs_in(tmp_path / "songs")
    assert caught.value.hint


def test_an_unreadable_folder_is_named_and_its_neighbours_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    touch(tmp_path, "open/one.mid", "shut/two.mid")
    scandir = os.scandir

    def guarded(path: str) -> object:
        if path.endswith("shut"):
            raise PermissionError(13, "Permission denied", path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", guarded)
    found = songs_in(tmp_path)
    assert ids(found) == ["folder:open/one"]
    assert codes(found) == {"shut/": "UNREADABLE"}
    with pytest.raises(BadCall, match="cannot be read: Permission denied"):
        songs_in(tmp_path / "shut")
