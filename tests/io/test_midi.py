"""MIDI files: what is written is read back, and what is broken is named."""

from pathlib import Path

import mido
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symmv_tools.errors import BadMedium
from symmv_tools.io import midi
from symmv_tools.music.notes import Notes, make_notes

TICK = 60.0 / 120.0 / midi.TICKS_PER_BEAT
NO_PEDAL = {"time": np.zeros(0), "duration": np.zeros(0), "value": np.zeros(0, np.uint8)}

Rows = list[tuple[float, float, int, int, str]]
note_lists = st.lists(
    st.tuples(
        st.floats(0, 600),
        st.floats(0.001, 30),
        st.integers(0, 127),
        st.integers(1, 127),
        st.sampled_from(["", "melody", "旋律 🎵"]),
    ),
    max_size=40,
)


def notes_of(rows: Rows) -> Notes:
    onset, duration, pitch, velocity, track = zip(*rows, strict=True) if rows else ((), (), (), (), ())
    return make_notes(onset, duration, pitch, velocity, list(track))


def in_ticks(notes: Notes) -> list[tuple[str, int, int, int, int]]:
    start = np.round(notes.onset / TICK).astype(int)
    stop = np.maximum(np.round(notes.offset / TICK).astype(int), start + 1)
    return sorted(
        zip(
            notes.track,
            notes.pitch.tolist(),
            start.tolist(),
            stop.tolist(),
            notes.velocity.tolist(),
            strict=True,
        )
    )


def saved(path: Path, *tracks: list[mido.Message], ticks_per_beat: int = 480) -> Path:
    file = mido.MidiFile(ticks_per_beat=ticks_per_beat)
    file.tracks.extend(mido.MidiTrack(track) for track in tracks)
    file.save(path)
    return path


def note(pitch: int, ticks: int, wait: int = 0, channel: int = 0) -> list[mido.Message]:
    return [
        mido.Message("note_on", note=pitch, velocity=64, time=wait, channel=channel),
        mido.Message("note_on", note=pitch, velocity=0, time=ticks, channel=channel),
    ]


def one_note() -> bytes:
    return midi.write(make_notes([0.5], [1.0], [60], [64], ["melody"]))


@given(note_lists)
@settings(max_examples=60, deadline=None)
def test_notes_written_and_read_are_the_same_to_the_tick(rows: Rows) -> None:
    notes = notes_of(rows)
    back = midi.parse(midi.write(notes)).notes
    assert in_ticks(back) == in_ticks(notes)


@given(note_lists)
@settings(max_examples=20, deadline=None)
def test_the_same_notes_give_the_same_bytes(rows: Rows) -> None:
    assert midi.write(notes_of(rows)) == midi.write(notes_of(rows))


def test_the_pedal_is_written_and_read() -> None:
    pedal = {
        "time": np.array([0.0, 2.0, 3.0]),
        "duration": np.array([1.5, 1.0, 0.25]),
        "value": np.array([127, 90, 64]),
    }
    notes = make_notes([0, 1], [4, 1], [60, 64], [64, 64], ["melody", "piano"])
    back = midi.parse(midi.write(notes, pedal)).pedal
    assert np.allclose(back["time"], pedal["time"], atol=TICK)
    assert np.allclose(back["duration"], pedal["duration"], atol=TICK)
    assert back["value"].tolist() == pedal["value"].tolist()


def test_another_tempo_moves_no_note() -> None:
    notes = make_notes([0.5, 7.25], [1.0, 0.5], [60, 64], [64, 64])
    back = midi.parse(midi.write(notes, tempo_bpm=73.0))
    assert np.allclose(back.notes.onset, notes.onset, atol=TICK * 2)
    assert back.tempo.bpm == pytest.approx([73.0], abs=1e-3)


def test_tempo_changes_are_followed(tmp_path: Path) -> None:
    tempo = [
        mido.MetaMessage("set_tempo", tempo=1_000_000),
        mido.MetaMessage("set_tempo", tempo=250_000, time=480),
    ]
    read = midi.read(saved(tmp_path / "a.mid", [*tempo], note(60, 480, wait=240)))
    assert read.notes.onset.tolist() == [0.5]
    assert read.notes.offset.tolist() == [1.0 + 240 / 480 * 0.25]
    assert read.tempo.time.tolist() == [0.0, 1.0]
    assert read.tempo.bpm == pytest.approx([60.0, 240.0])


def test_names_of_tracks_are_lower_case_and_drums_are_left_out(tmp_path: Path) -> None:
    named = [mido.MetaMessage("track_name", name=" MELODY "), *note(60, 480)]
    drums = note(36, 960, channel=9)
    read = midi.read(saved(tmp_path / "a.mid", named, drums, note(50, 10)))
    assert sorted(zip(read.notes.track, read.notes.pitch.tolist(), strict=True)) == [("", 50), ("melody", 60)]
    assert read.duration == 1.0


def test_a_pitch_struck_again_before_its_release_gives_two_notes(tmp_path: Path) -> None:
    on, off = mido.Message("note_on", note=60, time=480), mido.Message("note_off", note=60, time=480)
    read = midi.read(saved(tmp_path / "a.mid", [on, on, off, off]))
    assert read.notes.onset.tolist() == [0.5, 1.0]
    assert read.notes.offset.tolist() == [1.5, 2.0]


def test_zero_ticks_and_unreleased_notes_are_left_out(tmp_path: Path) -> None:
    read = midi.read(
        saved(tmp_path / "a.mid", [*note(60, 0), *note(62, 5), mido.Message("note_on", note=70)])
    )
    assert read.notes.pitch.tolist() == [62]


def test_a_pedal_that_never_comes_up_ends_with_the_notes(tmp_path: Path) -> None:
    press = mido.Message("control_change", control=64, value=100)
    read = midi.read(saved(tmp_path / "a.mid", [press, *note(60, 960)]))
    assert {name: value.tolist() for name, value in read.pedal.items()} == {
        "time": [0.0],
        "duration": [1.0],
        "value": [100],
    }


def test_a_file_without_notes_is_read() -> None:
    read = midi.parse(midi.write(make_notes([], [], [], [])))
    assert len(read.notes) == 0
    assert read.duration == 0.0
    assert {name: value.tolist() for name, value in read.pedal.items()} == {k: [] for k in NO_PEDAL}


def test_a_hundred_minutes_are_read_to_the_tick() -> None:
    onset = np.arange(0, 6000, 0.1)
    notes = make_notes(onset, np.full(len(onset), 0.05), np.full(len(onset), 60), np.full(len(onset), 64))
    read = midi.parse(midi.write(notes))
    assert np.abs(read.notes.onset - onset).max() <= TICK / 2 + 1e-9
    assert read.duration == pytest.approx(5999.95, abs=TICK)


def test_what_follows_the_last_track_is_ignored() -> None:
    raw = one_note() + b"tail of a player" * 3
    assert midi.parse(raw).notes.pitch.tolist() == [60]
    assert midi.parse(raw).bytes == raw


@pytest.mark.parametrize(
    ("raw", "code", "words"),
    [
        (b"", "EMPTY", "0 bytes"),
        (b"hello", "NOT_MIDI", "begins with b'hello'"),
        (one_note()[:9], "TRUNCATED", "inside its header"),
        (one_note()[:14], "TRUNCATED", "0 of the 1 tracks"),
        (one_note()[:-1], "TRUNCATED", "cut off"),
        (one_note()[: len(one_note()) // 2], "TRUNCATED", "track 1 of 1"),
        (one_note()[:12] + b"\xe7\x28" + one_note()[14:], "UNREADABLE", "SMPTE"),
        (one_note()[:12] + b"\x00\x00" + one_note()[14:], "UNREADABLE", "0 ticks"),
        (one_note().replace(b"\x90\x3c\x40", b"\x90\x3c\xc0"), "UNREADABLE", "events make no sense"),
    ],
)
def test_a_broken_file_is_named(tmp_path: Path, raw: bytes, code: str, words: str) -> None:
    path = tmp_path / "broken.mid"
    path.write_bytes(raw)
    with pytest.raises(BadMedium, match=words) as caught:
        midi.read(path)
    assert caught.value.code == code
    assert "broken.mid" in caught.value.message


def test_a_file_that_cannot_be_opened_says_so_and_may_be_tried_again(tmp_path: Path) -> None:
    with pytest.raises(BadMedium, match="Is a directory") as caught:
        midi.read(tmp_path)
    assert (caught.value.code, caught.value.retryable) == ("UNREADABLE", True)


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_damaged_bytes_end_in_notes_or_in_a_sentence(data: st.DataObject) -> None:
    raw = bytearray(
        midi.write(make_notes(np.arange(20) / 4, np.full(20, 0.3), range(40, 60), np.full(20, 64)))
    )
    for _ in range(data.draw(st.integers(1, 5))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    try:
        notes = midi.parse(bytes(raw)).notes
    except BadMedium:
        return
    assert (notes.onset >= 0).all()
    assert (notes.duration > 0).all()
