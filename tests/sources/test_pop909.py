"""POP909's files: what they mean, and what is said of broken ones."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from symmv_tools.errors import BadMedium
from symmv_tools.sources.pop909 import (
    read_annotations,
    read_beat_audio,
    read_beat_midi,
    read_chords,
    read_keys,
)
from tests.releases import write_pop909


def write(folder: Path, text: str) -> Path:
    path = folder / "a.txt"
    path.write_text(text, encoding="utf-8")
    return path


def beat_midi(accents: str) -> str:
    """A beat file, one beat a second: `.` no accent, `o` the weaker, `O` the stronger one."""
    return "".join(f"{i}.5 {float(c != '.')} {float(c == 'O')}\n" for i, c in enumerate(accents))


def test_a_song_is_read_whole(tmp_path: Path) -> None:
    said = read_annotations(write_pop909(tmp_path, ["001"]) / "001")
    assert set(said.notes.track) == {"melody", "bridge", "piano"}
    assert said.pedal.keys() == {"time", "duration", "value"}
    assert said.beats_midi.position.tolist() == [1, 2, 3, 4, 1, 2]
    assert said.beats_audio.position.tolist() == [1, 2, 3, 4, 1]
    assert said.chords_midi.value == ["N", "B:maj", "C#:sus4(b7)/5"]
    assert said.chords_audio.value == ["N", "B:maj7"]
    assert said.keys.value == ["F#:major"]
    assert said.keys.time + said.keys.duration == pytest.approx([191.9825850340136])


@pytest.mark.parametrize(
    ("accents", "positions"),
    [
        ("O.o.O.o.", [1, 2, 3, 4, 1, 2, 3, 4]),
        (".O.o.O.o.", [4, 1, 2, 3, 4, 1, 2, 3, 4]),  # a pickup
        ("O.o.O.o.o.", [1, 2, 3, 4, 1, 2, 3, 4, 1, 2]),  # the last bar's mark is missing
        ("O.o.OoO.o.", [1, 2, 3, 4, 1, 2, 1, 2, 3, 4]),  # a bar of two
        ("O..o..O..o..", [1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3]),  # in three, bars in pairs
        ("..O..o..O..", [2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3]),
        ("......", [1, 2, 3, 4, 1, 2]),
    ],
)
def test_bars_begin_at_the_strong_accents_or_in_three_at_every_accent(
    accents: str, positions: list[int], tmp_path: Path
) -> None:
    assert read_beat_midi(write(tmp_path, beat_midi(accents))).position.tolist() == positions


@given(st.text(".oO", min_size=1, max_size=40))
def test_any_accents_give_a_position_to_each_beat(
    tmp_path_factory: pytest.TempPathFactory, accents: str
) -> None:
    found = read_beat_midi(write(tmp_path_factory.mktemp("beats"), beat_midi(accents)))
    assert len(found.position) == len(accents)
    assert (found.position >= 1).all()
    assert (np.diff(found.time) > 0).all()


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("1.0 1.0\n", r"a.txt:1: 3 numbers are expected; found '1.0 1.0'"),
        ("1.0 1.0 1.0\n\n2.0 1.0 1.0\n", "a.txt:2"),
        ("1.0 1.0 nan\n", "a.txt:1"),
        ("2.0 1.0 1.0\n1.0 1.0 1.0\n", "not in order"),
        ("", "is empty"),
    ],
)
def test_a_broken_beat_file_is_named_with_its_line(text: str, complaint: str, tmp_path: Path) -> None:
    with pytest.raises(BadMedium, match=complaint):
        read_beat_midi(write(tmp_path, text))


@pytest.mark.parametrize("position", ["0", "1.5", "256", "-1"])
def test_a_position_must_be_a_small_whole_number(position: str, tmp_path: Path) -> None:
    with pytest.raises(BadMedium, match="position in the bar"):
        read_beat_audio(write(tmp_path, f"1.0 {position}\n"))


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("0 1 H:maj\n", "a.txt:1: 'H:maj' is no chord"),
        ("0 1 C:maj\n0.5 2 C:maj\n", "a.txt:2: .*overlaps"),
        ("1 1 C:maj\n", "empty"),
        ("0 1 C:maj extra\n", "2 numbers and a label"),
    ],
)
def test_a_broken_chord_file_is_named_with_its_line(text: str, complaint: str, tmp_path: Path) -> None:
    with pytest.raises(BadMedium, match=complaint):
        read_chords(write(tmp_path, text))


def test_keys_are_spelled_as_ours(tmp_path: Path) -> None:
    path = write(tmp_path, "0 1 Db:min\n1 2 Gb:maj\n2 3 A:min\n")
    assert read_keys(path).value == ["C#:minor", "F#:major", "A:minor"]
    with pytest.raises(BadMedium, match="no key"):
        read_keys(write(tmp_path, "0 1 C:dorian\n"))
