"""Chords on the beats."""

from pathlib import Path
from random import Random

import mir_eval
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from symmv_tools.io import midi
from symmv_tools.music.chorder import QUALITIES, CellChords, TickNotes
from symmv_tools.music.chords import Chords, beat_grid, cell_labels, find_chords, raster, run_starts
from symmv_tools.music.harte import ROOTS
from symmv_tools.music.notes import Notes, make_notes
from tests.chorder_library import as_cells, asked, midi_file

SHAPES = {
    "maj": (0, 4, 7),
    "min": (0, 3, 7),
    "7": (0, 4, 7, 10),
    "maj7": (0, 4, 7, 11),
    "min7": (0, 3, 7, 10),
    "hdim7": (0, 3, 6, 10, 22),  # with its seventh once only, chorder calls it dim
    "dim": (0, 3, 6),
    "aug": (0, 4, 8),
    "dim7": (0, 3, 6, 9, 21),
    "sus2": (0, 2, 7),
    "sus4": (0, 5, 7),
}
SONGS = sorted((Path(__file__).parents[2] / "demo" / "songs").glob("*.mid"))
UNSYMMETRIC = [name for name in SHAPES if name not in ("aug", "dim7")]  # the others have several roots
Progression = list[tuple[int, str]]
progressions = st.lists(st.tuples(st.integers(0, 11), st.sampled_from(UNSYMMETRIC)), min_size=1, max_size=6)


def played(progression: Progression, bar_seconds: float = 2.0, begin: float = 0.0) -> Notes:
    rows = [
        (begin + bar * bar_seconds, bar_seconds, 48 + root + step)
        for bar, (root, quality) in enumerate(progression)
        for step in SHAPES[quality]
    ]
    onset, duration, pitch = zip(*rows, strict=True)
    return make_notes(onset, duration, pitch, np.full(len(rows), 64))


def in_fours(n: int) -> NDArray[np.uint8]:
    return (np.arange(n) % 4 + 1).astype(np.uint8)


def chords_of(notes: Notes, beat_seconds: float = 0.5, keep_bass: bool = False) -> Chords:
    beat = np.arange(notes.onset[0], notes.end - 1e-9, beat_seconds)
    return find_chords(notes, beat_grid(notes, beat, in_fours(len(beat))), keep_bass=keep_bass)


@pytest.mark.parametrize("root", range(12))
@pytest.mark.parametrize("quality", UNSYMMETRIC)
def test_every_root_and_quality_is_named(root: int, quality: str) -> None:
    assert chords_of(played([(root, quality)])).label == [f"{ROOTS[root]}:{quality}"]


@pytest.mark.parametrize("quality", ["aug", "dim7"])
def test_symmetric_chords_are_named_by_one_of_their_roots(quality: str) -> None:
    (label,) = chords_of(played([(0, quality)])).label
    assert label.endswith(f":{quality}")


@pytest.mark.parametrize("quality", range(len(QUALITIES)))
def test_every_label_chorder_can_give_is_harte(quality: int) -> None:
    root, bass = np.divmod(np.arange(144), 12)
    cells = CellChords(root, np.full(144, quality), bass)
    for label in cell_labels(cells, keep_bass=False) + cell_labels(cells, keep_bass=True):
        mir_eval.chord.validate_chord_label(label)
        mir_eval.chord.encode(label)


def test_a_cell_that_lacks_root_quality_or_bass_has_no_chord() -> None:
    lacking = CellChords(np.array([-1, 0, 0, 0]), np.array([0, -1, 0, 0]), np.array([0, 0, -1, 0]))
    assert cell_labels(lacking, keep_bass=True) == ["N", "N", "N", "C:maj"]


@pytest.mark.parametrize("path", SONGS, ids=lambda path: path.stem)
def test_a_songs_chords_are_the_librarys(path: Path) -> None:
    notes = midi.read(path).notes
    grid = raster(notes, 0.6)
    chords = find_chords(notes, grid, keep_bass=True)
    start, stop = (np.round(t * 800).astype(np.int64) for t in (notes.onset, notes.offset))
    on_clock = TickNotes(start, np.maximum(stop, start + 1), notes.pitch.astype(np.int64))
    theirs = as_cells(asked(midi_file(on_clock, ticks_per_beat=480, end=480 * (len(grid) - 1))))
    labels = cell_labels(theirs, keep_bass=True)
    first = run_starts(labels)
    assert chords.label == [labels[i] for i in first]
    assert np.allclose(chords.time, first * 0.6)


@given(progressions, st.integers(1, 11))
@settings(max_examples=25, deadline=None)
def test_transposed_notes_have_transposed_chords(progression: Progression, interval: int) -> None:
    plain = chords_of(played(progression))
    moved = chords_of(played([(root + interval, quality) for root, quality in progression]))
    assert [_transposed(label, interval) for label in plain.label] == moved.label
    assert plain.time.tolist() == moved.time.tolist()


def _transposed(label: str, interval: int) -> str:
    root, colon, quality = label.partition(":")
    return ROOTS[(ROOTS.index(root) + interval) % 12] + colon + quality if colon else label


@given(progressions, st.integers(1, 500))
@settings(max_examples=25, deadline=None)
def test_shifted_notes_have_shifted_chords(progression: Progression, quarters: int) -> None:
    plain = chords_of(played(progression))
    moved = chords_of(played(progression, begin=quarters / 4))
    assert plain.label == moved.label
    assert np.allclose(plain.time + quarters / 4, moved.time)


@given(progressions, st.randoms(use_true_random=False))
@settings(max_examples=25, deadline=None)
def test_chords_cover_the_song_without_gaps_and_never_repeat(
    progression: Progression, random: Random
) -> None:
    notes = played(progression, bar_seconds=random.choice([1.0, 1.7, 2.0]))
    chords = chords_of(notes)
    end = chords.time + chords.duration
    assert chords.time[0] == 0.0
    assert end[-1] == pytest.approx(notes.end)
    assert np.allclose(end[:-1], chords.time[1:])
    assert all(a != b for a, b in zip(chords.label[:-1], chords.label[1:], strict=True))
    assert (chords.duration > 0).all()
    assert ((chords.confidence >= 0) & (chords.confidence <= 1)).all()


def test_chords_follow_a_tempo_that_changes() -> None:
    onset = np.concatenate([np.arange(4) * 0.5, 2.0 + np.arange(4) * 0.8])
    beat_notes = [(0, "maj")] * 4 + [(7, "maj")] * 4
    rows = [
        (t, 48 + root + step)
        for t, (root, quality) in zip(onset, beat_notes, strict=True)
        for step in SHAPES[quality]
    ]
    time, pitch = zip(*rows, strict=True)
    notes = make_notes(time, np.full(len(rows), 0.45), pitch, np.full(len(rows), 64))
    chords = find_chords(notes, beat_grid(notes, onset, in_fours(8)), keep_bass=False)
    assert chords.label == ["C:maj", "G:maj"]
    assert chords.time.tolist() == [0.0, 2.0]


def test_inversions_are_told_by_degree_if_asked() -> None:
    notes = make_notes([0, 0, 0], [2, 2, 2], [52, 55, 60], [64] * 3)
    assert chords_of(notes).label == ["C:maj"]
    assert chords_of(notes, keep_bass=True).label == ["C:maj/3"]


def test_the_first_and_the_last_chord_are_not_lost() -> None:
    """SymMV's release lost the first beat and never wrote the last run."""
    chords = chords_of(played([(0, "maj"), (5, "maj"), (7, "7")]))
    assert chords.label == ["C:maj", "F:maj", "G:7"]
    assert chords.duration.tolist() == [2.0, 2.0, 2.0]


def test_notes_before_the_first_beat_and_after_the_last_are_covered() -> None:
    notes = played([(0, "maj"), (7, "maj")], begin=1.0)
    chords = find_chords(notes, beat_grid(notes, np.array([2.5, 3.0]), np.array([4, 1])), keep_bass=False)
    assert chords.label[-2:] == ["C:maj", "G:maj"]
    assert chords.time[-1] == 3.0
    assert chords.time[-1] + chords.duration[-1] == 5.0


def test_pairs_of_beats_start_on_odd_positions() -> None:
    notes = played([(0, "maj")])
    for position in (1, 2, 3, 4):
        grid = beat_grid(notes, np.arange(4) / 2, np.array([position] * 4))
        assert (int(np.flatnonzero(grid == 0.0)[0]) + position) % 2 == 1


def test_silence_and_one_note_end_well() -> None:
    nothing = make_notes([], [], [], [])
    assert find_chords(nothing, raster(nothing, 0.5), keep_bass=False).label == []
    one = make_notes([3.0], [0.2], [60], [64])
    assert set(find_chords(one, raster(one, 0.5), keep_bass=False).label) == {"N"}


def test_a_long_held_chord_is_one_chord() -> None:
    chords = chords_of(played([(2, "min"), (7, "7")], bar_seconds=70.0))
    assert chords.label == ["D:min", "G:7"]


def test_confidence_is_the_share_of_chord_tones() -> None:
    notes = make_notes([0, 0, 0, 0], [4, 4, 4, 2], [48, 52, 55, 61], [64] * 4)
    chords = chords_of(notes)
    assert chords.label == ["C:maj"]
    assert chords.confidence.tolist() == [pytest.approx(12 / 14)]
