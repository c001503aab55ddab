"""SymMV's files: ticks, labels, the texture rule, and a table with holes."""

from __future__ import annotations

from pathlib import Path

import pytest

from symmv_tools.errors import BadCall, BadMedium
from symmv_tools.io import midi
from symmv_tools.sources.symmv import Entry, key_of, read_annotations, read_chords, read_index, split
from tests.releases import FULL, SYMMV_HEADER, TEXTURE, write_symmv, write_ticks

URL = "https://www.youtube.com/watch?v=a"


def test_a_song_is_read_whole(tmp_path: Path) -> None:
    folder = write_symmv(tmp_path, {"00001": f"{URL}\tE- major\t5"})
    (entry,) = read_index(tmp_path / "SymMV.csv")["00001"]
    said = read_annotations(folder, "00001", entry)
    assert entry == Entry(URL, "E- major", "5")
    assert said.key == "Eb:major"
    assert said.chords.value == ["A:min", "F:maj7", "C:dim"]
    assert said.chords.time.tolist() == [0.5, 4.0, 6.0]
    assert said.chords.duration.tolist() == [3.5, 1.0, 1.0], "440 ticks a second"
    assert set(said.notes.track) == {""}


def test_melody_is_what_the_texture_file_lacks(tmp_path: Path) -> None:
    write_ticks(tmp_path / "full.mid", FULL)
    write_ticks(tmp_path / "texture.mid", TEXTURE)
    notes, texture = (midi.read(tmp_path / name).notes for name in ("full.mid", "texture.mid"))
    both = split(notes, texture)
    tracks = {
        name: [
            (round(440 * both.onset[i]), round(440 * both.offset[i]), int(both.pitch[i]))
            for i, track in enumerate(both.track)
            if track == name
        ]
        for name in ("melody", "accompaniment")
    }
    assert tracks["accompaniment"] == list(TEXTURE), "note for note"
    assert tracks["melody"] == [(0, 440, 72), (440, 660, 64), (660, 1100, 67), (1320, 1540, 65)]


def test_a_texture_of_another_song_is_refused(tmp_path: Path) -> None:
    write_ticks(tmp_path / "full.mid", FULL)
    write_ticks(tmp_path / "texture.mid", TEXTURE[:-1])
    with pytest.raises(BadMedium, match="5 notes, the texture file 4"):
        split(*(midi.read(tmp_path / name).notes for name in ("full.mid", "texture.mid")))


def test_rows_may_end_early_and_repeat(tmp_path: Path) -> None:
    path = tmp_path / "index.csv"
    rows = ["1\tu\tC major", "2\tu\tc minor\t", "2\tu\tc minor\t", "3\tu\tC major\t7", "3\tu\tD major\t7"]
    path.write_text("\r\n".join([SYMMV_HEADER, *rows]), encoding="utf-8")
    assert read_index(path) == {
        "1": [Entry("u", "C major", "")],
        "2": [Entry("u", "c minor", "")],
        "3": [Entry("u", "C major", "7"), Entry("u", "D major", "7")],
    }


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "index\tyoutube_url\n"])
def test_another_table_is_no_index(text: str, tmp_path: Path) -> None:
    path = tmp_path / "index.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadCall, match="is no index of SymMV"):
        read_index(path)


@pytest.mark.parametrize(
    ("tonality", "key"),
    [("C major", "C:major"), ("E- major", "Eb:major"), ("g# minor", "G#:minor"), ("b- minor", "Bb:minor")],
)
def test_music21_s_keys_are_spelled_as_ours(tonality: str, key: str) -> None:
    assert key_of(tonality) == key


def test_what_is_no_key_is_refused() -> None:
    with pytest.raises(BadMedium, match="H major"):
        key_of("H major")


def test_a_label_that_is_none_is_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "00001.txt"
    path.write_text("0 220 Am\n220 440 Amaj13\n", encoding="utf-8")
    with pytest.raises(BadMedium, match=r"00001\.txt:2: 'Amaj13'"):
        read_chords(path)
