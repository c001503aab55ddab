"""Music -> compound events -> music, and what is understood of events that no encoder would say."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from symmv_tools.music.quantise import Quantised, performed, quantise
from symmv_tools.music.tokens.clock import Bars, located, steady_bars
from symmv_tools.music.tokens.decode import decode
from symmv_tools.music.tokens.encode import encode, framed, merged
from symmv_tools.music.tokens.harmony import Harmony, make_harmony, transposed
from symmv_tools.music.tokens.vocabulary import (
    ATTRIBUTES,
    CHORD,
    CLASSES,
    END,
    LONGEST,
    MOST_BEATS,
    NO_QUALITY,
    NO_ROOT,
    NOTE,
    PAD,
    RHYTHM,
    START,
    TYPE,
    USES,
)
from tests.music.tokens.said import BARS, CHORDS, NOTES, bars, harmony, literally, quantised, same

pytestmark = pytest.mark.quick

ANYTHING = arrays(np.int64, st.tuples(st.integers(0, 40), st.just(6)), elements=st.integers(-2, 35))
WORDS = st.tuples(*(st.integers(0, classes - 1) for classes in CLASSES.values()))
SENTENCES = st.lists(WORDS, max_size=40).map(lambda rows: np.array(rows, np.int64).reshape(-1, 6))


def inside(notes: Quantised, bars: Bars) -> Quantised:
    """The notes that begin in `bars`, by steps from their beginning."""
    kept = bars.hold(notes.step)
    return Quantised(
        notes.step[kept] - bars.start[0],
        notes.duration[kept],
        notes.pitch[kept],
        notes.velocity[kept],
        [""] * int(kept.sum()),
    )


def clipped(chords: Harmony, bars: Bars) -> Harmony:
    """The chords that sound in `bars`, by steps from their beginning."""
    kept = chords.step < bars.start[-1]
    step = np.maximum(chords.step[kept] - bars.start[0], 0)
    return make_harmony(step, chords.root[kept], chords.quality[kept])


@given(BARS, NOTES, CHORDS)
def test_what_is_said_is_understood_exactly(bars: Bars, notes: Quantised, chords: Harmony) -> None:
    """Bars without anything, upbeats, threes and fours in turn, notes tied over any number of bars."""
    heard = decode(framed(encode(bars, chords=chords, notes=notes)).event)
    assert np.array_equal(heard.bars.start, bars.start - bars.start[0])
    assert same(heard.notes, inside(notes, bars))
    assert same(heard.chords, clipped(chords, bars))


@given(BARS, NOTES, CHORDS)
def test_each_part_says_what_is_its_own(bars: Bars, notes: Quantised, chords: Harmony) -> None:
    assert same(decode(encode(bars, notes=notes).event).notes, inside(notes, bars))
    assert same(decode(encode(bars, chords=chords).event).chords, clipped(chords, bars))
    assert set(encode(bars, chords=chords).event[:, TYPE].tolist()) == {RHYTHM, CHORD}
    assert set(encode(bars, notes=notes).event[:, TYPE].tolist()) <= {RHYTHM, NOTE}


@given(BARS, st.none() | CHORDS, st.none() | NOTES)
def test_events_are_those_of_the_definition(
    bars: Bars, chords: Harmony | None, notes: Quantised | None
) -> None:
    found = encode(bars, chords=chords, notes=notes)
    assert [tuple(event) for event in found.event.tolist()] == literally(bars, chords, notes)


@given(BARS, CHORDS, NOTES)
def test_every_event_says_only_what_its_type_says_and_in_classes(
    bars: Bars, chords: Harmony, notes: Quantised
) -> None:
    for event in framed(encode(bars, chords=chords, notes=notes)).event.tolist():
        said = {column for column, word in enumerate(event) if column != TYPE and word > 0}
        assert said == set(USES.get(event[TYPE], ()))
        assert all(0 <= word < CLASSES[name] for word, name in zip(event, ATTRIBUTES, strict=True))


@given(BARS, CHORDS, NOTES, st.integers(0, 200))
def test_a_part_of_a_song_is_said_as_in_the_whole(
    bars: Bars, chords: Harmony, notes: Quantised, choice: int
) -> None:
    whole = encode(bars, chords=chords, notes=notes)
    first = choice % len(bars)
    count = 1 + choice % 3
    part = encode(bars.part(first, count), chords=chords, notes=notes, first_bar=first)
    mine = (whole.bar >= first) & (whole.bar < first + count)
    assert same(part, [column[mine] for column in whole])


@given(BARS, NOTES, st.floats(40, 200))
def test_what_was_understood_can_be_played(bars: Bars, notes: Quantised, bpm: float) -> None:
    heard = decode(encode(bars, notes=notes).event)
    grid = heard.bars.as_grid(bpm)
    assert same(quantise(performed(heard.notes, grid), grid), heard.notes)
    bar, position = grid.bar_at(heard.notes.step)
    said = encode(bars, notes=notes)
    assert bar.tolist() == said.bar[said.event[:, TYPE] == NOTE].tolist()
    assert position.tolist() == said.beat[said.event[:, TYPE] == NOTE].tolist()


@given(BARS, CHORDS, st.integers(-20, 20))
def test_transposed_chords_come_back(bars: Bars, chords: Harmony, semitones: int) -> None:
    assert same(transposed(transposed(chords, semitones), -semitones), chords)


def test_longer_notes_are_cut() -> None:
    heard = decode(encode(steady_bars(1), notes=quantised([(0, LONGEST + 5, 60), (1, LONGEST, 61)])).event)
    assert heard.notes.duration.tolist() == [LONGEST, LONGEST]


def test_melody_and_accompaniment_become_one_track() -> None:
    melody, piano = (
        quantised([(0, 8, 72), (8, 2, 72)], "melody"),
        quantised([(0, 4, 48), (8, 6, 72)], "piano"),
    )
    both = merged(melody, piano)
    assert list(zip(both.step.tolist(), both.duration.tolist(), both.pitch.tolist(), strict=True)) == [
        (0, 4, 48),
        (0, 8, 72),
        (8, 6, 72),
    ]
    assert both.track == [""] * 3
    assert same(merged(piano, melody), both)


def test_an_example_reads_as_the_paper_says() -> None:
    """A bar of three with a chord and a note, a chord on its third beat, and a bar of four that holds it."""
    chords = harmony([(0, (1, 1)), (8, (8, 3))])
    found = framed(encode(bars([3, 4]), chords=chords, notes=quantised([(0, 4, 60), (2, 2, 64)])))
    assert found.event.tolist() == [
        [START, 0, 0, 0, 0, 0],
        [RHYTHM, 3, 0, 0, 0, 0],
        [CHORD, 0, 0, 0, 1, 1],
        [NOTE, 0, 61, 4, 0, 0],
        [RHYTHM, MOST_BEATS + 2, 0, 0, 0, 0],
        [NOTE, 0, 65, 2, 0, 0],
        [RHYTHM, MOST_BEATS + 8, 0, 0, 0, 0],
        [CHORD, 0, 0, 0, 8, 3],
        [RHYTHM, 4, 0, 0, 0, 0],
        [CHORD, 0, 0, 0, 8, 3],
        [END, 0, 0, 0, 0, 0],
    ]
    assert found.bar.tolist() == [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1]
    assert found.beat.tolist() == [0, 0, 0, 0, 2, 2, 8, 8, 0, 0, 0]


# --- what models say ------------------------------------------------------------------------------


@given(ANYTHING | SENTENCES)
def test_anything_is_understood_somehow_and_then_for_good(event: NDArray[np.int64]) -> None:
    """No order, no class is too wild; and what was understood can be said properly, with the same meaning."""
    heard = decode(event)
    assert heard.bars.hold(heard.notes.step).all()
    assert heard.bars.hold(heard.chords.step).all()
    again = decode(encode(heard.bars, chords=heard.chords, notes=heard.notes).event)
    assert np.array_equal(again.bars.start, heard.bars.start)
    assert same(again.notes, heard.notes)
    assert same(again.chords, heard.chords)


@given(SENTENCES, SENTENCES)
def test_nothing_counts_after_the_end(event: NDArray[np.int64], more: NDArray[np.int64]) -> None:
    end = np.array([[END, 0, 0, 0, 0, 0]])
    assert same(decode(np.concatenate([event, end, more])).notes, decode(event).notes)


BAR, NOTE_C4 = (RHYTHM, 4, 0, 0, 0, 0), (NOTE, 0, 61, 4, 0, 0)


@pytest.mark.parametrize(
    ("events", "steps"),
    [
        ([NOTE_C4], [0]),
        ([(RHYTHM, MOST_BEATS + 5, 0, 0, 0, 0), NOTE_C4, BAR, BAR, NOTE_C4], [5, 16]),
        (
            [
                BAR,
                (RHYTHM, MOST_BEATS + 8, 0, 0, 0, 0),
                NOTE_C4,
                (RHYTHM, MOST_BEATS + 3, 0, 0, 0, 0),
                NOTE_C4,
            ],
            [3, 8],
        ),
        ([(RHYTHM, 3, 0, 0, 0, 0), (RHYTHM, MOST_BEATS + 13, 0, 0, 0, 0), NOTE_C4], [11]),
        ([BAR, (RHYTHM, 0, 61, 4, 0, 0), NOTE_C4], [0]),
        ([BAR, (NOTE, MOST_BEATS + 4, 61, 4, 0, 0)], [0]),
        ([BAR, (PAD, MOST_BEATS + 4, 0, 0, 0, 0), (START, 0, 0, 0, 0, 0), NOTE_C4], [0]),
        ([BAR, (NOTE, 0, 0, 4, 0, 0)], []),
        ([BAR, NOTE_C4, NOTE_C4], [0]),
        ([], []),
    ],
    ids=[
        "a note without a bar",
        "before the first bar is in it",
        "a position that goes back is where it says",
        "after the bar is its last step",
        "a Rhythm that says nothing leads nowhere",
        "a note does not lead",
        "nor does padding",
        "a note without pitch",
        "twins",
        "silence",
    ],
)
def test_the_rules_for_odd_events(events: list[tuple[int, ...]], steps: list[int]) -> None:
    assert decode(np.array(events, np.int64).reshape(-1, 6)).notes.step.tolist() == steps


def test_a_note_without_duration_lasts_a_step_and_a_chord_without_root_is_none() -> None:
    heard = decode([BAR, (CHORD, 0, 0, 0, 3, 2), (NOTE, 0, 61, 0, 0, 0)])
    assert heard.notes.duration.tolist() == [1]
    assert heard.chords.label == ["D:min"]
    heard = decode([BAR, (CHORD, 0, 0, 0, 3, 2), (RHYTHM, 10, 0, 0, 0, 0), (CHORD, 0, 0, 0, 0, 2)])
    assert heard.chords.label == ["D:min", "N"]
    assert (heard.chords.root[1], heard.chords.quality[1]) == (NO_ROOT, NO_QUALITY)


def test_another_shape_is_refused() -> None:
    with pytest.raises(ValueError, match=r"\(n, 6\).*\(6,\)"):
        decode([0] * 6)


@given(BARS, NOTES)
def test_places_can_be_told_event_by_event(bars: Bars, notes: Quantised) -> None:
    """As a sampler does, which knows nothing but the last place and the new event."""
    event = framed(encode(bars, notes=notes)).event
    found = located(event)
    bar, beat, begun = 0, 0, False
    for i, (kind, word, *_) in enumerate(event.tolist()):
        if kind == RHYTHM and word:
            bar += begun and word <= MOST_BEATS
            begun = begun or word <= MOST_BEATS
            beat = max(word - MOST_BEATS, 0)
        assert (found.bar[i], found.beat[i]) == (bar, beat)


def test_a_song_takes_about_a_millisecond() -> None:
    """1,500 notes in 100 bars: 0.2 ms, 0.4 ms to decode. `literally` takes 250: this forbids the like."""
    rng = np.random.default_rng(0)
    rows = np.stack([rng.integers(0, 1600, 1500), rng.integers(1, 9, 1500), rng.integers(40, 90, 1500)], 1)
    notes, chords = quantised(rows.tolist()), harmony([(8 * i, (1 + i % 12, 1 + i % 10)) for i in range(200)])
    took = []
    for _ in range(5):
        began = time.perf_counter()
        encode(steady_bars(100), chords=chords, notes=notes)
        took.append(time.perf_counter() - began)
    assert min(took) < 0.02, took
