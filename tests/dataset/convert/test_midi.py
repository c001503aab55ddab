"""Row -> MIDI, symusic, pretty_midi -> row: what the format can hold comes back."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pretty_midi
import pytest
import symusic
from hypothesis import given, settings
from hypothesis import strategies as st

from symmv_tools.dataset.check import check_row
from symmv_tools.dataset.convert.midi import from_midi, from_symusic, to_midi, to_symusic
from symmv_tools.dataset.convert.pretty import from_pretty_midi, to_pretty_midi
from symmv_tools.errors import BadMedium
from symmv_tools.io.midi import TICKS_PER_BEAT
from tests.exports import labels, notes, song
from tests.rows import GRID, KEY, SECONDS, Row, chained, metres, pedals
from tests.rows import notes as random_notes

pytestmark = pytest.mark.quick


def held(times: st.SearchStrategy[float]) -> st.SearchStrategy[Row]:
    """Rows of what a MIDI file can hold; it has no place for a pedal without notes."""
    return st.fixed_dictionaries(
        {
            "note_midi": random_notes(times).filter(lambda group: len(group["time"]) > 0),
            "pedal": pedals(times),
            "tempo_global": st.floats(40, 240),
            "time_signature": metres(times),
            "key_mode": chained(times, KEY),
        }
    )


def sorted_notes(group: Row) -> list[tuple[Any, ...]]:
    """The notes in an order of their own, times to the nearest 64th of a second."""
    time, duration = (np.round(np.asarray(group[name]) * 64).tolist() for name in ("time", "duration"))
    rest = [list(map(int, group[name])) for name in ("value", "velocity")]
    return sorted(zip(time, rest[0], group["track"], rest[1], duration, strict=True))


def assert_same_times(found: Any, wanted: Any, within: float) -> None:
    np.testing.assert_allclose(np.asarray(found, float), np.asarray(wanted, float), rtol=0, atol=within)


def assert_held(back: Row, row: Row, within: float) -> None:
    """`back` says what `row` says, times `within` so many seconds."""
    check_row(back | {"song_id": "x", "split": "train"})
    assert sorted_notes(back["note_midi"]) == sorted_notes(row["note_midi"])
    for column, names in {"pedal": ["value"], "time_signature": ["numerator", "denominator"]}.items():
        assert_same_times(back[column]["time"], row[column]["time"], within)
        for name in names:
            assert list(back[column][name]) == list(row[column][name])
    assert_same_times(back["pedal"]["duration"], row["pedal"]["duration"], 2 * within)
    assert back["key_mode"]["value"] == row["key_mode"]["value"]
    assert_same_times(back["key_mode"]["time"], row["key_mode"]["time"], within)


@settings(deadline=None)
@given(held(GRID))
def test_a_midi_file_gives_back_what_it_can_hold_within_a_tick(row: Row) -> None:
    tick = 60 / row["tempo_global"] / TICKS_PER_BEAT
    for back in (from_midi(to_midi(row)), from_symusic(to_symusic(row))):
        assert_held(back, row, tick)
        assert back["tempo_global"] == pytest.approx(row["tempo_global"], rel=1e-5)


@settings(deadline=None)
@given(held(SECONDS))
def test_pretty_midi_keeps_every_digit_of_a_time(row: Row) -> None:
    back = from_pretty_midi(to_pretty_midi(row))
    assert_held(back, row, 1e-9)
    assert np.sort(back["note_midi"]["time"]).tolist() == np.sort(row["note_midi"]["time"]).tolist()
    assert back["tempo_global"] == pytest.approx(row["tempo_global"], rel=1e-6)


def test_pretty_midi_reads_the_file_that_we_write() -> None:
    raw = to_midi(song("a", note_midi=notes(9, melody=3), key_mode=labels((32.0, "F#:minor"))))
    theirs = from_pretty_midi(pretty_midi.PrettyMIDI(io.BytesIO(raw)))
    assert sorted_notes(theirs["note_midi"]) == sorted_notes(notes(9, melody=3))
    assert theirs["key_mode"]["value"] == ["F#:minor"]


def test_pretty_midi_writes_a_file_that_we_read(tmp_path: Any) -> None:
    row = song("a", note_midi=notes(9, melody=3), key_mode=labels((32.0, "A:minor")))
    to_pretty_midi(row).write(str(tmp_path / "a.mid"))
    ours = from_midi((tmp_path / "a.mid").read_bytes())
    assert sorted_notes(ours["note_midi"]) == sorted_notes(row["note_midi"])
    assert ours["key_mode"]["value"] == ["A:minor"]


def test_a_row_of_nulls_becomes_an_empty_file_at_the_usual_tempo() -> None:
    for back in (from_midi(to_midi({})), from_pretty_midi(to_pretty_midi({}))):
        assert back["duration"] == 0.0
        assert all(len(back[column]["time"]) == 0 for column in ("note_midi", "pedal", "key_mode"))
        assert back["tempo_global"] == pytest.approx(120.0)


@pytest.mark.parametrize(
    ("key", "back"),
    [("C:major", "C:major"), ("Cb:major", "Cb:major"), ("G#:major", "Ab:major"), ("Fb:major", "E:major")],
)
def test_a_key_of_more_than_seven_accidentals_is_respelt(key: str, back: str) -> None:
    row = song("a", key_mode=labels((9.0, key)))
    assert from_midi(to_midi(row))["key_mode"]["value"] == [back]


def test_what_midi_cannot_say_of_notes_and_pedals_is_lost() -> None:
    silent = notes(2) | {"velocity": [0, 80]}
    weak = {"time": [0.0, 1.0], "duration": [0.5, 0.5], "value": [63, 64]}
    back = from_midi(to_midi(song("a", note_midi=silent, pedal=weak)))
    assert back["note_midi"]["time"].tolist() == [0.5]
    assert back["pedal"]["time"].tolist() == [1.0]
    assert len(from_midi(to_midi({"pedal": weak}))["pedal"]["time"]) == 0


@pytest.mark.parametrize(("over", "under"), [(4, 3), (0, 4), (4, 0)])
def test_a_metre_that_midi_cannot_say_is_left_out(over: int, under: int) -> None:
    metre = {"time": [0.0], "numerator": [over], "denominator": [under]}
    assert len(from_midi(to_midi(song("a", time_signature=metre)))["time_signature"]["time"]) == 0


def test_the_tempo_that_midi_cannot_say_is_the_usual_one() -> None:
    assert from_midi(to_midi(song("a", tempo_global=2.0)))["tempo_global"] == pytest.approx(120.0)


def test_a_score_in_seconds_is_read_too() -> None:
    row = song("a", note_midi=notes(9))
    ticks: Any = symusic.Score.from_midi(to_midi(row))
    assert sorted_notes(from_symusic(ticks.to("second"))["note_midi"]) == sorted_notes(row["note_midi"])


def test_bytes_that_are_no_midi_are_refused() -> None:
    with pytest.raises(BadMedium):
        from_midi(b"MThd nonsense")
