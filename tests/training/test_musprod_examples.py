"""Rows -> what V-MusProd's stages learn of them."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from symmv_tools.errors import BadSettings
from symmv_tools.music.tokens.decode import decode
from symmv_tools.music.tokens.encode import merged
from symmv_tools.music.tokens.vocabulary import CHORD, END, LONGEST, NO_ROOT, NOTE, PITCH, ROOT, START, TYPE
from symmv_tools.training.chance import generator
from symmv_tools.training.musprod_examples import (
    STAGES,
    Example,
    ExampleSettings,
    example_of,
    parts_of,
)
from tests.exports import Row, beats, labels, notes, song
from tests.music.tokens.said import same

pytestmark = pytest.mark.quick

WHOLE = ExampleSettings(transpose=False)
PLAYED = st.lists(
    st.tuples(
        st.floats(0, 30),
        st.floats(0.05, 8),
        st.integers(21, 108),
        st.sampled_from(["melody", "bridge", "piano", ""]),
    ),
    min_size=1,
    max_size=25,
)
HEARD = st.lists(
    st.tuples(st.floats(0.5, 8), st.sampled_from(["C:maj", "A:min7/b3", "N", "Eb:hdim7"])), max_size=6
)


def row(
    played: list[tuple[float, float, int, str]], heard: Sequence[tuple[float, str]] = (), **changes: Any
) -> Row:
    """A song of beats of half a second, in bars of four, with an upbeat of one."""
    time, duration, pitch, track = zip(*sorted(played), strict=True)
    group: Row = {"time": np.array(time), "duration": np.array(duration), "value": np.array(pitch, np.uint8)}
    group |= {"velocity": np.full(len(time), 80, np.uint8), "track": list(track)}
    grid = beats(40)
    grid["value"] = np.roll(grid["value"], 1)
    return song("test:s", note_midi=group, beat=grid, chord=labels(*heard), **changes)


SONGS = st.builds(row, PLAYED, HEARD)


def learned(song: Row, stage: str, settings: ExampleSettings = WHOLE, epoch: int = 0) -> Example:
    return example_of(song, {}, stage, settings, generator(0, epoch, song["song_id"]))


def pitches(event: NDArray[np.int64]) -> NDArray[np.int64]:
    found: NDArray[np.int64] = event[event[:, TYPE] == NOTE, PITCH] - 1
    return found


@given(SONGS)
def test_each_stage_learns_its_part_of_the_song(song: Row) -> None:
    _, bars, melody, accompaniment, chords = parts_of(song)
    both = merged(melody, accompaniment)
    wanted = {"melody": melody, "accompaniment": accompaniment, "music": both}
    for stage, part in wanted.items():
        example = learned(song, stage)
        heard = decode(example.target.event)
        assert heard.notes.step.tolist() == (merged(part).step - bars.start[0]).tolist()
        assert heard.notes.pitch.tolist() == merged(part).pitch.tolist()
        assert heard.notes.duration.tolist() == np.minimum(merged(part).duration, LONGEST).tolist()
        assert example.source is not None
        read = decode(example.source.event)
        assert same(read.chords, chords._replace(step=chords.step - bars.start[0]))
        assert read.notes.pitch.tolist() == (
            merged(melody).pitch.tolist() if stage == "accompaniment" else []
        )
    example = learned(song, "chord")
    assert (example.source, example.source_timing) == (None, None)
    assert same(decode(example.target.event).chords, chords._replace(step=chords.step - bars.start[0]))


@given(SONGS, st.sampled_from(STAGES))
def test_an_example_begins_and_ends_and_all_of_it_has_a_place(song: Row, stage: str) -> None:
    example = learned(song, stage, ExampleSettings(most_bars=3))
    kinds = example.target.event[:, TYPE].tolist()
    assert (kinds[0], kinds[-1]) == (START, END)
    assert {START, END}.isdisjoint(kinds[1:-1])
    for tokens, timing in ((example.target, example.timing), (example.source, example.source_timing)):
        if tokens is not None and timing is not None:
            assert len(tokens.event) == len(tokens.bar) == len(tokens.beat) == len(timing)
            assert np.isin(tokens.bar, np.arange(example.length_bars)).all()
            assert np.isin(timing, np.arange(1, 102)).all()
            assert set(tokens.bar.tolist()) == set(example.target.bar.tolist())


@given(
    SONGS,
    st.sampled_from(STAGES),
    st.integers(1, 6),
    st.integers(0, 99),
    st.sampled_from(["random", "first"]),
)
def test_a_stretch_is_a_part_of_the_whole_and_knows_where(
    song: Row, stage: str, most: int, epoch: int, crop: str
) -> None:
    whole = learned(song, stage)
    part = learned(song, stage, dataclasses.replace(WHOLE, most_bars=most, crop=crop), epoch)
    first, last = part.target.bar[[0, -1]].tolist()
    assert last - first + 1 == min(most, whole.length_bars)
    assert first == 0 or crop == "random"
    mine = (whole.target.bar >= first) & (whole.target.bar <= last)
    mine[[0, -1]] = False
    assert same([column[1:-1] for column in part.target], [column[mine] for column in whole.target])
    assert np.array_equal(part.timing[1:-1], whole.timing[mine])
    assert part.length_bars == whole.length_bars


@given(SONGS, st.integers(0, 50))
def test_transposing_moves_all_that_sounds_by_one_interval(song: Row, epoch: int) -> None:
    plain, moved = (
        learned(song, "accompaniment", ExampleSettings(transpose=yes), epoch) for yes in (False, True)
    )
    assert plain.source is not None
    assert moved.source is not None
    above = {
        *(pitches(moved.target.event) - pitches(plain.target.event)).tolist(),
        *(pitches(moved.source.event) - pitches(plain.source.event)).tolist(),
    }
    assert len(above) == 1
    semitones = above.pop()
    assert -5 <= semitones <= 6
    for before, after in zip(plain.source.event.tolist(), moved.source.event.tolist(), strict=True):
        if before[TYPE] == CHORD and before[ROOT] != NO_ROOT:
            assert (after[ROOT] - before[ROOT] - semitones) % 12 == 0
    played = [*pitches(moved.target.event).tolist(), *pitches(moved.source.event).tolist()]
    assert all(21 <= pitch <= 108 for pitch in played)


def test_every_key_has_its_turn_and_none_at_the_ends_of_the_piano() -> None:
    middle, ends = row([(0, 1, 60, "piano")]), row([(0, 1, 21, "piano"), (0, 1, 108, "melody")])
    heard = [
        {
            int(pitches(learned(one, "music", ExampleSettings(), epoch).target.event)[0])
            for epoch in range(150)
        }
        for one in (middle, ends)
    ]
    assert heard == [set(range(55, 67)), {21}]


@given(SONGS, st.integers(0, 9))
def test_an_epoch_is_the_same_whenever_it_comes(song: Row, epoch: int) -> None:
    settings = ExampleSettings(most_bars=2)
    first, again = (learned(song, "melody", settings, epoch) for _ in range(2))
    assert same(first.target, again.target)


def test_epochs_and_songs_differ() -> None:
    one, other = row([(i, 1, 60, "piano") for i in range(16)]), row([(i, 1, 60, "piano") for i in range(16)])
    other["song_id"] = "test:other"
    settings = ExampleSettings(most_bars=2)
    for each in (one, other):
        drawn = [learned(each, "music", settings, epoch) for epoch in range(12)]
        assert len({(int(e.target.bar[0]), int(pitches(e.target.event)[0])) for e in drawn}) > 6
    pairs = [
        [learned(s, "music", settings, epoch).target.bar[0] for epoch in range(12)] for s in (one, other)
    ]
    assert pairs[0] != pairs[1]


def test_a_song_begins_with_the_bar_of_its_first_note_and_ends_with_that_of_its_last() -> None:
    """Beats at 0, 0.5, … s; the first is the upbeat, bars begin at 0.5, 2.5, 4.5, … s."""
    _, bars, *_ = parts_of(row([(5.0, 1.0, 60, "melody"), (8.0, 2.0, 40, "piano")]))
    assert (bars.start / 4 * 0.5).tolist() == [4.5, 6.5, 8.5, 10.5]


def test_an_upbeat_before_the_first_beat_is_in_a_bar_of_its_own() -> None:
    late = beats(16)
    late["time"] = late["time"] + 2.0  # at 1.0 s nothing beats yet, and the first is a downbeat
    one = song("test:s", note_midi=notes(8), beat=late)
    _, bars, *_ = parts_of(one)
    assert (bars.start / 4).tolist() == [-4, 0, 4]
    assert decode(learned(one, "music").target.event).notes.step.tolist() == [0, 2 * 2, 8, 12, 16, 20, 24, 28]


def test_chords_alone_are_enough_for_the_chords() -> None:
    alone = song("test:s", note_midi=None)
    heard = decode(learned(alone, "chord").target.event)
    assert heard.chords.label == ["C:maj", "A:min7"]
    assert heard.chords.step.tolist() == [0, 128]


# --- the video ------------------------------------------------------------------------------------


def features(rate: float, width: int, seconds: float = 40.0) -> dict[str, Any]:
    """Vectors that say when they were seen."""
    time = np.arange(round(seconds * rate)) / rate
    return {"start": 0.0, "rate": rate, "value": np.repeat(time[:, None], width, axis=1).astype(np.float16)}


def test_what_is_seen_is_that_of_the_stretch_a_mean_for_each_second() -> None:
    """Bar 2 (of two seconds) of a song whose video began 10 s before it."""
    one = song("test:s", audio_video_offset=10.0)
    seen = {"semantic": features(6.0, 3), "colour": features(2.0, 5)}
    settings = ExampleSettings(most_bars=2, crop="first", transpose=False)
    example = example_of(one, seen, "chord", settings, generator(0, 0, "test:s"))
    assert example.semantic is not None
    assert example.colour is not None
    assert example.semantic.dtype == np.float32
    assert example.semantic.shape == (4, 3)
    assert np.allclose(example.semantic[:, 0], 10.0 + np.arange(4) + 2.5 / 6, atol=0.01)
    assert np.allclose(example.colour[:, 4], 10.0 + np.arange(4) + 0.25, atol=0.01)


def test_a_song_without_a_video_has_none_and_an_empty_one_neither() -> None:
    empty = {"semantic": {"start": 0.0, "rate": 1.0, "value": []}}
    example = example_of(song("test:s"), empty, "chord", WHOLE, generator(0, 0, "test:s"))
    assert (example.semantic, example.colour) == (None, None)


def test_tempo_is_the_song_s_or_that_of_its_beats_or_that_of_motion() -> None:
    assert learned(song("test:s", tempo_global=97.0), "chord").tempo == 97.0
    assert learned(song("test:s", tempo_global=None), "chord").tempo == pytest.approx(120.0)
    moving = {"motion": {"start": 0.2, "rate": 5.0, "value": np.array([[2.0, 9.0], [4.0, 9.0]], np.float16)}}
    settings = ExampleSettings(tempo="motion")
    found = example_of(song("test:s"), moving, "chord", settings, generator(0, 0, "s"), (1.0, 5.0))
    assert found.tempo == 110.0


@pytest.mark.parametrize(
    ("changes", "message"), [({"most_bars": -1}, "0 or more"), ({"feature_seconds": 0.0}, "above 0")]
)
def test_settings_that_make_no_sense_are_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(BadSettings, match=message):
        ExampleSettings(**changes)
