"""SymMV's rules: its skyline, its chords, its chord files. Its own files are no part of this repository."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symmv_tools.io import midi
from symmv_tools.music import symmv
from symmv_tools.music.chorder import TickNotes
from symmv_tools.music.chords import Chords
from symmv_tools.music.harte import QUALITIES, Chord, from_symmv, transposed
from symmv_tools.music.notes import Notes, make_notes
from symmv_tools.music.symmv import TICKS_PER_SECOND
from tests.chorder_library import asked, midi_file

SONGS = sorted((Path(__file__).parents[2] / "demo" / "songs").glob("*.mid"))
TickRow = tuple[int, int, int, int]  # start, stop, pitch, velocity

drawn = st.lists(
    st.tuples(st.integers(0, 60), st.integers(1, 30), st.integers(40, 80), st.integers(1, 127)),
    max_size=40,
    unique_by=lambda row: (row[0], row[2]),
).map(lambda rows: [(start, start + length, pitch, velocity) for start, length, pitch, velocity in rows])


def notes_of(rows: list[TickRow]) -> Notes:
    start, stop, pitch, velocity = np.array(rows, float).reshape(-1, 4).T
    return make_notes(start / TICKS_PER_SECOND, (stop - start) / TICKS_PER_SECOND, pitch, velocity)


def in_ticks(notes: Notes) -> list[TickRow]:
    start, stop = (np.round(t * TICKS_PER_SECOND).astype(int) for t in (notes.onset, notes.offset))
    return sorted(
        zip(start.tolist(), stop.tolist(), notes.pitch.tolist(), notes.velocity.tolist(), strict=True)
    )


# --- the skyline ----------------------------------------------------------------------------------


def accompaniment_note_by_note(rows: list[TickRow]) -> list[TickRow]:
    """The rule in plain words and loops, as found on the release."""
    left = list(rows)
    for onset, following in pairwise(sorted({start for start, *_ in rows})):
        top = max((row for row in rows if row[0] == onset), key=lambda row: row[2])
        if following < top[1]:
            left[rows.index(top)] = (following, *top[1:])
    return sorted(left)


@given(drawn)
def test_the_accompaniment_is_what_the_rule_leaves_note_by_note(rows: list[TickRow]) -> None:
    assert in_ticks(symmv.split(notes_of(rows)).accompaniment) == accompaniment_note_by_note(rows)


@given(drawn)
def test_the_melody_is_one_line_of_the_highest_notes(rows: list[TickRow]) -> None:
    melody = in_ticks(symmv.split(notes_of(rows)).melody)
    assert [row[0] for row in melody] == sorted({start for start, *_ in rows})
    assert all(before[1] <= after[0] for before, after in pairwise(melody))
    for start, stop, pitch, _ in melody:
        assert pitch == max(p for begin, _, p, _ in rows if begin == start)
        assert stop > start


@given(drawn, st.integers(-30, 30), st.integers(0, 500), st.randoms(use_true_random=False))
def test_transposing_shifting_and_shuffling_leave_the_choice_alone(
    rows: list[TickRow], interval: int, ticks: int, random: Random
) -> None:
    moved = [(start + ticks, stop + ticks, pitch + interval, v) for start, stop, pitch, v in rows]
    random.shuffle(moved)
    here, there = symmv.split(notes_of(rows)), symmv.split(notes_of(moved))
    for ours, theirs in zip(here, there, strict=True):
        assert in_ticks(theirs) == [(a + ticks, b + ticks, p + interval, v) for a, b, p, v in in_ticks(ours)]


def test_a_cut_note_is_in_both_parts_and_so_is_one_that_ends_in_time() -> None:
    parts = symmv.split(notes_of([(0, 100, 60, 64), (40, 50, 72, 64), (50, 90, 67, 64), (50, 60, 48, 64)]))
    assert in_ticks(parts.melody) == [(0, 40, 60, 64), (40, 50, 72, 64), (50, 90, 67, 64)]
    assert in_ticks(parts.accompaniment) == [
        (40, 50, 72, 64), (40, 100, 60, 64), (50, 60, 48, 64), (50, 90, 67, 64),
    ]  # fmt: skip


def test_onsets_on_one_tick_of_the_release_are_one() -> None:
    a_hair_later = make_notes([1.0, 1.0005], [1.0, 1.0], [60, 72], [64, 64])
    assert symmv.split(a_hair_later).melody.pitch.tolist() == [72]


def test_untouched_notes_keep_their_very_times_and_all_keep_their_tracks() -> None:
    notes = make_notes([0.1, 0.1, 0.7], [0.3, 0.2, 0.1], [60, 40, 50], [64, 65, 66], ["a", "b", "c"])
    parts = symmv.split(notes)
    assert parts.accompaniment.duration.tolist() == notes.duration.tolist()
    assert parts.accompaniment.track == notes.track
    assert parts.melody.track == ["a", "c"]


def test_silence_and_one_note_split_well() -> None:
    assert [len(part) for part in symmv.split(notes_of([]))] == [0, 0]
    assert [in_ticks(part) for part in symmv.split(notes_of([(5, 9, 60, 64)]))] == [[(5, 9, 60, 64)]] * 2


# --- the chords -----------------------------------------------------------------------------------


def released(notes: Notes) -> str:
    """What SymMV did: chorder on the accompaniment, then a run-length machine with its defects."""
    start, stop, pitch, _ = np.array(in_ticks(symmv.split(notes).accompaniment), np.int64).T
    file = midi_file(TickNotes(start, stop, pitch), ticks_per_beat=220, end=int(stop.max()) + 2)
    labels = [f"{c.root()}{c.quality}" if c.is_complete() else "None" for c in asked(file)]
    lines, begin = [], 1
    for beat in range(2, len(labels)):
        if labels[beat] != labels[begin]:
            label = labels[begin]
            if label != "None" and label[:2] not in ("Eb", "Bb") and not label.endswith("/o7"):
                lines.append(f"{begin * 220} {beat * 220} {label}\n")
            begin = beat
    return "".join(lines)


@pytest.mark.parametrize("path", SONGS, ids=lambda path: path.stem)
@pytest.mark.parametrize("interval", [0, 5])
def test_the_chord_file_of_a_song_is_what_symmvs_steps_give(path: Path, interval: int) -> None:
    notes = midi.read(path).notes
    notes = make_notes(notes.onset, notes.duration, notes.pitch.astype(int) + interval, notes.velocity)
    text = symmv.chord_file(symmv.find_chords(notes))
    assert text == released(notes)
    assert len(text.splitlines()) > 10


Progression = list[tuple[int, str]]
progressions = st.lists(
    st.tuples(st.integers(0, 11), st.sampled_from(["maj", "min", "min7", "maj7"])), min_size=2, max_size=8
)


def played(progression: Progression, bars_before: int = 0) -> Notes:
    """A chord per bar of two seconds and a tune above it; the last ends early, within a cell."""
    rows = []
    for bar, (root, quality) in enumerate(progression, bars_before):
        rows += [(2.0 * bar, 2.0, 48 + root + step) for step in (0, *QUALITIES[quality])]
        rows.append((2.0 * bar, 2.0, 84 + root))
    onset, duration, pitch = np.array(rows).T
    duration[onset == onset.max()] = 1.9
    return make_notes(onset, duration, pitch, np.full(len(rows), 64))


def by_cell(chords: Chords) -> set[tuple[int, str]]:
    cells = zip((chords.time * 2).astype(int), (chords.duration * 2).astype(int), chords.label, strict=True)
    return {(int(first) + i, label) for first, count, label in cells for i in range(count)}


def is_lost(label: str) -> bool:
    return label.startswith(("Eb", "Bb"))


@given(progressions, st.integers(1, 11))
@settings(max_examples=40, deadline=None)
def test_transposed_notes_have_transposed_chords_but_for_the_two_lost_roots(
    progression: Progression, interval: int
) -> None:
    plain = by_cell(symmv.find_chords(played(progression)))
    moved = by_cell(symmv.find_chords(played([(root + interval, quality) for root, quality in progression])))
    expected = {(cell, transposed(label, interval)) for cell, label in plain}
    assert {pair for pair in expected if not is_lost(pair[1])} == {
        (cell, label) for cell, label in moved if not is_lost(transposed(label, -interval))
    }


@given(progressions, st.integers(1, 20))
@settings(max_examples=40, deadline=None)
def test_shifting_by_whole_bars_shifts_all_chords_and_finds_the_lost_first_beat(
    progression: Progression, bars: int
) -> None:
    plain = by_cell(symmv.find_chords(played(progression)))
    moved = by_cell(symmv.find_chords(played(progression, bars)))
    assert {(cell + 4 * bars, label) for cell, label in plain} == {p for p in moved if p[0] > 4 * bars}


@given(progressions, st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None)
def test_the_order_of_notes_does_not_matter_to_the_chords(progression: Progression, random: Random) -> None:
    notes = played(progression)
    order = np.array(random.sample(range(len(notes)), len(notes)))
    columns = (notes.onset[order], notes.duration[order], notes.pitch[order], notes.velocity[order])
    assert symmv.chord_file(symmv.find_chords(make_notes(*columns))) == symmv.chord_file(
        symmv.find_chords(notes)
    )


def test_the_releases_defects_are_kept() -> None:
    chords = symmv.find_chords(
        played([(0, "maj"), (3, "maj"), (9, "min7"), (10, "maj"), (8, "maj"), (7, "maj")])
    )
    assert chords.label == ["C:maj", "A:min7", "Ab:maj"]  # Eb and Bb are lost, and so is the last chord
    assert chords.time.tolist() == [0.5, 4.0, 8.0]  # the first cell is lost
    assert chords.duration.tolist() == [1.5, 2.0, 2.0]
    assert (chords.confidence > 0.9).all()
    assert symmv.chord_file(chords) == "220 880 CM\n1760 2640 Am7\n3520 4400 G#M\n"


def test_the_last_chord_is_written_only_where_an_empty_cell_follows() -> None:
    """miditoolkit ends a file two ticks after its last note, which may be in the next cell."""
    notes = played([(0, "maj"), (7, "maj")])
    to_the_border = replace(notes, duration=np.full(len(notes), 2.0))
    assert symmv.find_chords(notes).label == ["C:maj"]
    assert symmv.find_chords(to_the_border).label == ["C:maj", "G:maj"]


def test_silence_one_note_and_one_chord_have_no_chords() -> None:
    for notes in (notes_of([]), notes_of([(0, 100, 60, 64)]), played([(0, "maj")])):
        assert symmv.find_chords(notes).label == []
        assert symmv.chord_file(symmv.find_chords(notes)) == ""


@given(st.integers(0, 11), st.sampled_from(sorted(QUALITIES)))
def test_a_chord_file_speaks_symmvs_language(root: int, quality: str) -> None:
    label = Chord(root, quality, 4).label
    chords = Chords(np.array([0.5, 1.0]), np.array([0.5, 1.0]), [label, "N"], np.ones(2))
    (line,) = symmv.chord_file(chords).splitlines()
    begin, end, spelled = line.split()
    assert (begin, end) == ("220", "440")
    assert from_symmv(spelled) == Chord(root, "dim" if quality == "hdim7" else quality).label
