"""Pieces from MIDI bytes and from Rows: where quarters and bars come from."""

from __future__ import annotations

import math

import mido
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symmv_tools.errors import BadMedium
from symmv_tools.evaluation.quality.catalogue import measure
from symmv_tools.evaluation.quality.piece import piece_of_midi, piece_of_row
from symmv_tools.io import midi
from tests.evaluation.quality.files import control, midi_file, note
from tests.evaluation.quality.pieces import Note, note_lists, on_file_grid
from tests.exports import Row

pytestmark = pytest.mark.quick


def row(notes: list[Note], beats: list[float], positions: list[int], **more: object) -> Row:
    """A Row of notes whose times are quarters at 120 to the minute."""
    onset, duration, pitch = (np.array(part) for part in zip(*notes, strict=True))
    group = {
        "time": onset / 2,
        "duration": duration / 2,
        "value": pitch.astype(np.uint8),
        "velocity": np.full(len(notes), 80, np.uint8),
        "track": [""] * len(notes),
    }
    beat = {
        "time": np.array(beats),
        "value": np.array(positions, np.uint8),
        "confidence": [None] * len(beats),
    }
    return {"song_id": "a", "note_midi": group, "beat": beat, **more}


def test_quarters_are_ticks_and_seconds_follow_the_tempo() -> None:
    slow = (0, mido.MetaMessage("set_tempo", tempo=1_000_000))
    fast = (480, mido.MetaMessage("set_tempo", tempo=250_000))
    piece = piece_of_midi(midi_file([slow, fast], note(240, 480, 60) + note(960, 240, 62)))
    assert piece.start.tolist() == [0.5, 2.0]
    assert piece.end.tolist() == [1.5, 2.5]
    assert piece.notes.onset.tolist() == [0.5, 1.25]
    assert piece.notes.offset.tolist() == [1.125, 1.375]
    assert (piece.resolution, piece.grid, piece.chords) == (480, "file", None)
    assert piece.bars.tolist() == [0, 4]


def test_a_controller_after_the_last_note_is_part_of_the_length() -> None:
    piece = piece_of_midi(midi_file([*note(0, 480, 60), control(480 * 16, 64, 0)]))
    assert (piece.length, piece.end.max()) == (16, 1)
    assert piece.bars.tolist() == [0, 4, 8, 12, 16, 20]
    found = measure(piece)
    assert found["ebr_muspy"] == 15 / 17
    assert found["ebr_notes"] == 0.0


def test_notes_are_those_of_io_midi_besides_drums_and_notes_without_length() -> None:
    raw = midi_file(note(0, 0, 70) + note(0, 480, 60), note(0, 480, 36, channel=9))
    piece, plain = piece_of_midi(raw), midi.parse(raw).notes
    ours = piece.notes.take(~piece.is_drum & (piece.notes.duration > 0))
    assert ours.onset.tolist() == plain.onset.tolist()
    assert ours.pitch.tolist() == plain.pitch.tolist()
    assert len(piece.notes) == 3


def test_what_is_no_midi_file_is_named() -> None:
    with pytest.raises(BadMedium, match=r"song\.mid is no Standard MIDI File"):
        piece_of_midi(b"RIFF....WAVE", "song.mid")


@given(note_lists())
@settings(max_examples=40, deadline=None)
def test_a_row_on_even_beats_is_measured_as_its_file(notes: list[Note]) -> None:
    """But for groove consistency, which counts in the file's ticks."""
    n_beats = 4 * (int(max(start + duration for start, duration, _ in notes)) // 4 + 2)
    beats, positions = [k / 2 for k in range(n_beats)], [k % 4 + 1 for k in range(n_beats)]
    of_row, of_file = measure(piece_of_row(row(notes, beats, positions))), measure(on_file_grid(notes))
    for name in set(of_row) - {"groove_muspy"}:
        np.testing.assert_allclose(of_row[name], of_file[name], atol=1e-9, err_msg=name)


@given(note_lists(), st.floats(0.5, 2), st.floats(0, 10))
@settings(max_examples=40, deadline=None)
def test_on_beats_neither_tempo_nor_offset_changes_what_is_counted_in_beats(
    notes: list[Note], factor: float, later: float
) -> None:
    n_beats = 4 * (int(max(start + duration for start, duration, _ in notes)) // 4 + 2)
    beats, positions = [k / 2 for k in range(n_beats)], [k % 4 + 1 for k in range(n_beats)]
    moved = row(notes, [time * factor + later for time in beats], positions)
    moved["note_midi"]["time"] = moved["note_midi"]["time"] * factor + later
    moved["note_midi"]["duration"] = moved["note_midi"]["duration"] * factor
    piece, before = piece_of_row(moved), piece_of_row(row(notes, beats, positions))
    np.testing.assert_allclose(piece.start, before.start, atol=1e-6)
    np.testing.assert_allclose(piece.end, before.end, atol=1e-6)
    assert piece.bars[0] == before.bars[0]


def test_bars_go_from_downbeat_to_downbeat_and_on_as_usual_outside() -> None:
    notes = [(0.0, 1.0, 60), (22.0, 1.0, 62)]
    beats = [2.0 + 0.5 * k for k in range(12)]  # quarters 4 to 15
    piece = piece_of_row(row(notes, beats, [3, 1, 2, 3, 1, 2, 1, 2, 3, 1, 2, 3]))
    assert piece.start.tolist() == [-4, 18]
    assert piece.bars.tolist() == [-5, -2, 1, 4, 6, 9, 12, 15, 18, 21]
    assert piece.length == 19


def test_beats_without_a_downbeat_still_have_bars() -> None:
    piece = piece_of_row(row([(0.0, 1.0, 60)], [0.0, 0.5, 1.0], [2, 3, 4]))
    assert piece.bars.tolist() == [-1, 3]


def test_notes_before_the_first_beat_are_beats_too() -> None:
    piece = piece_of_row(row([(0.0, 0.5, 60), (3.0, 0.5, 62)], [1.0, 1.5, 2.0], [1, 2, 3]))
    assert piece.start.tolist() == [-2, 1]
    assert measure(piece)["ebr_notes"] == 0.5  # beats -2 to 1, and two of them sound


def test_pedal_and_chords_of_the_row_are_used() -> None:
    pedal = {"time": np.array([1.0]), "duration": np.array([7.0]), "value": np.array([90], np.uint8)}
    chord = {"time": np.arange(3.0), "duration": np.ones(3), "value": ["C:maj", "N", "G:7"]}
    notes = [(0.0, 1.0, 60)]
    piece = piece_of_row(row(notes, [0.0, 0.5, 1.0], [1, 2, 3], pedal=pedal, chord=chord))
    assert piece.length == 16
    assert piece.chords == ("C:maj", "N", "G:7")


@pytest.mark.parametrize("beats", [None, [], [1.0]])
def test_a_row_without_beats_has_no_grid(beats: list[float] | None) -> None:
    one = row([(0.0, 1.0, 60), (1.0, 1.0, 62)], beats or [], [1] * len(beats or []))
    piece = piece_of_row(one if beats is not None else {**one, "beat": None})
    assert piece.grid == "none"
    found = measure(piece)
    assert found["pce_muspy"] == 1.0
    assert math.isnan(found["ebr_muspy"])


def test_a_row_in_which_nobody_looked_for_notes_is_refused() -> None:
    with pytest.raises(ValueError, match="song 'a' has no note_midi"):
        piece_of_row({"song_id": "a", "note_midi": None})
