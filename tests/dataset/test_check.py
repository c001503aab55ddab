"""check_row: every broken promise is named with its song and column."""

from collections.abc import Callable
from typing import Any

import mir_eval
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symmv_tools.dataset.check import BadRow, check_row, is_chord, is_key

pytestmark = pytest.mark.quick

Row = dict[str, Any]
Maker = Callable[..., Row]

PIECES = [
    *"ABCDEFGNX#b:/(),*",
    "maj",
    "min",
    "7",
    "maj7",
    "hdim7",
    "sus4",
    "aug7",
    "11",
    "13",
    "1",
    "0",
    "14",
    "b3",
]


def mir_eval_takes(label: str) -> bool:
    try:
        mir_eval.chord.validate_chord_label(label)
    except mir_eval.chord.InvalidChordException:
        return False
    return True


@given(st.lists(st.sampled_from(PIECES), max_size=8).map("".join))
def test_a_chord_is_what_mir_eval_takes(label: str) -> None:
    assert is_chord(label) == mir_eval_takes(label)


QUALITIES = [
    "",
    *(f":{q}" for q in (*mir_eval.chord.QUALITIES, "aug7", "maj11")),
    ":maj(9)",
    ":(1,b3,*5)",
    ":min(*b3)",
]


@settings(max_examples=60)
@given(
    st.sampled_from(["C", "F#", "Bbb"]), st.sampled_from(QUALITIES), st.sampled_from(["", "/5", "/b3", "/14"])
)
def test_every_quality_of_mir_eval_is_a_chord(root: str, quality: str, bass: str) -> None:
    label = root + quality + bass
    assert is_chord(label) == mir_eval_takes(label)


@pytest.mark.parametrize("label", ["C:maj\n", "c:maj", "", "H:maj", "C:major", "Cm", "C:maj/0"])
def test_what_is_not_a_chord(label: str) -> None:
    assert not is_chord(label)


@pytest.mark.parametrize(
    ("label", "good"),
    [("C:major", True), ("F#:minor", True), ("Bb:minor", True), ("C:maj", False), ("C", False), ("N", False)],
)
def test_what_a_key_is(label: str, good: bool) -> None:
    assert is_key(label) == good


def test_good_songs_pass(three_songs: list[Row]) -> None:
    for song in three_songs:
        check_row(song)


def replaced(song: Row, column: str, **parts: Any) -> Row:
    return song | {column: song[column] | parts}


@pytest.mark.parametrize(
    ("column", "parts", "complaint"),
    [
        ("chord", {"value": ["C:maj", "C:maj"]}, r"column chord: .*unequal length: time 3, .*value 2"),
        ("chord", {"value": ["C:maj", "Cm", "N"]}, r"column chord.value: .*'Cm' at 2.000 s"),
        ("chord", {"value": ["C:maj", None, "N"]}, r"column chord.value: .*None at 2.000 s"),
        ("chord", {"duration": np.array([1.0, -1.0, 1.0])}, r"chord.duration is negative at index 1: -1.0"),
        ("chord", {"time": np.array([0.0, np.nan, 1.0])}, r"chord.time is not finite at index 1"),
        ("chord", {"time": np.array([-0.5, 0.0, 1.0])}, r"chord.time is negative at index 0: -0.5"),
        ("chord", {"time": np.array([0.0, 2.0, 1.0])}, r"not sorted at index 2: 1.000000 follows 2.000000"),
        ("chord", {"time": ["a", "b", "c"]}, r"chord.time holds something that is no number"),
        (
            "chord",
            {"bass": ["C", "C", "C"]},
            r"must have the parts time, duration, value, confidence; got bass",
        ),
        ("key_mode", {"value": ["C:maj"]}, r"column key_mode.value: .*'C:maj' .*JAMS"),
        ("note_midi", {"value": np.full(16, 60.5)}, r"note_midi.value must be whole numbers.*60.5"),
        ("note_midi", {"velocity": np.full(16, 256)}, r"note_midi.velocity must be whole.*256"),
        ("beat", {"value": [1.0] * 15 + [float("nan")]}, r"beat.value must be whole.*nan"),
    ],
)
def test_a_broken_group_is_named(midi_only_song: Maker, column: str, parts: Row, complaint: str) -> None:
    with pytest.raises(
        BadRow,
        match=r"song 'folder:midi only', " + complaint if complaint.startswith("column") else complaint,
    ):
        check_row(replaced(midi_only_song(), column, **parts))


def test_notes_of_one_chord_may_begin_together(midi_only_song: Maker) -> None:
    check_row(replaced(midi_only_song(), "note_midi", time=np.zeros(16)))


def test_a_song_may_begin_before_its_video(midi_only_song: Maker) -> None:
    check_row(midi_only_song() | {"alignment": {"music_time": [0.0, 1.0], "video_time": [-2.0, -1.0]}})


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"split": "../../etc"}, "column split: .*must be one of train, validation, test"),
        ({"split": None}, "must be one of"),
        ({"song_id": ""}, "needs a song_id"),
        ({"temp": 1}, "column temp: temp is no column of the Row"),
    ],
)
def test_a_row_knows_its_columns_and_split(midi_only_song: Maker, change: Row, complaint: str) -> None:
    with pytest.raises(BadRow, match=complaint):
        check_row(midi_only_song() | change)


def test_a_hostile_song_id_is_shown_harmless(midi_only_song: Maker) -> None:
    with pytest.raises(BadRow) as caught:
        check_row(midi_only_song("\x1b[31mred") | {"split": None})
    assert "\x1b" not in str(caught.value)
