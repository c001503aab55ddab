"""Note scores: what mir_eval says of the same notes, and the laws that any such score keeps."""

import time
from collections.abc import Sequence

import mir_eval
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symmv_tools.evaluation.annotations.notes import has_melody, melody_match, note_match
from symmv_tools.evaluation.annotations.scores import Match
from symmv_tools.music.notes import Notes, make_notes

pytestmark = pytest.mark.quick
few = settings(max_examples=30, deadline=None)

PERFECT = Match(1.0, 1.0, 1.0)
# Times in 1/128 s are exact in binary, so that moving them loses nothing; 50 ms is a bit more than 6 of them.
some_notes = st.lists(st.tuples(st.integers(0, 60), st.integers(60, 63)), max_size=25)
Pairs = Sequence[tuple[int, int]]


def notes_of(pairs: Pairs, *, later: float = 0.0, higher: int = 0, track: str = "melody") -> Notes:
    onset = [time / 128 + later for time, _ in pairs]
    pitch = [pitch + higher for _, pitch in pairs]
    return make_notes(onset, [0.1] * len(pairs), pitch, [80] * len(pairs), [track] * len(pairs))


def as_mir_eval(found: Notes, true: Notes) -> Match:
    spans = [np.stack([notes.onset, notes.offset], axis=1) for notes in (true, found)]
    hertz = [mir_eval.util.midi_to_hz(notes.pitch.astype(float)) for notes in (true, found)]
    score = mir_eval.transcription.precision_recall_f1_overlap(
        spans[0], hertz[0], spans[1], hertz[1], offset_ratio=None
    )
    return Match(*map(float, score[:3]))


@few
@given(some_notes.filter(len), some_notes.filter(len))
def test_the_scores_are_mir_evals(a: Pairs, b: Pairs) -> None:
    assert note_match(notes_of(a), notes_of(b)) == pytest.approx(as_mir_eval(notes_of(a), notes_of(b)))


@few
@given(st.lists(st.floats(0, 1), min_size=1, max_size=15), st.lists(st.floats(0, 1), min_size=1, max_size=15))
def test_the_scores_are_mir_evals_at_any_time(a: list[float], b: list[float]) -> None:
    found, true = (make_notes(t, [0.1] * len(t), [60] * len(t), [80] * len(t)) for t in (a, b))
    assert note_match(found, true) == pytest.approx(as_mir_eval(found, true))


@pytest.mark.parametrize(("apart", "hit"), [(0.05, True), (0.05004, True), (0.0501, False)])
def test_50_milliseconds_are_50_milliseconds_wherever_they_lie(apart: float, hit: bool) -> None:
    for begin in (0.0, 0.1, 1.1, 97.3):
        one, other = (make_notes([at], [1], [60], [80]) for at in (begin, begin + apart))
        assert note_match(one, other) == (PERFECT if hit else Match(0, 0, 0)) == as_mir_eval(one, other)


@few
@given(some_notes.filter(len))
def test_notes_match_themselves_whatever_their_order(pairs: Pairs) -> None:
    assert note_match(notes_of(pairs), notes_of(pairs[::-1])) == PERFECT


@few
@given(some_notes.filter(len))
def test_one_empty_side_scores_nothing_and_two_cannot_be_scored(pairs: Pairs) -> None:
    some, none = notes_of(pairs), notes_of([])
    assert note_match(some, none) == note_match(none, some) == Match(0, 0, 0)
    assert note_match(none, none) is None


@few
@given(some_notes, some_notes.filter(len), st.integers(0, 100), st.integers(-20, 20))
def test_moving_both_in_time_and_pitch_changes_nothing(a: Pairs, b: Pairs, later: int, higher: int) -> None:
    moved = [notes_of(pairs, later=later / 4, higher=higher) for pairs in (a, b)]
    assert note_match(*moved) == note_match(notes_of(a), notes_of(b))


@few
@given(some_notes, some_notes.filter(len))
def test_exchanging_the_sides_exchanges_precision_and_recall(a: Pairs, b: Pairs) -> None:
    there, back = note_match(notes_of(a), notes_of(b)), note_match(notes_of(b), notes_of(a))
    assert there is not None
    assert back == Match(there.recall, there.precision, there.f1)


def test_ten_thousand_notes_take_no_time() -> None:
    random = np.random.default_rng(0)
    onset, pitch = np.sort(random.uniform(0, 600, 10_000)), random.integers(30, 90, 10_000)
    true, found = (make_notes(onset + by, onset, pitch, pitch) for by in (0.0, 0.01))
    begin = time.monotonic()
    assert note_match(found, true) is not None
    assert time.monotonic() - begin < 2


def test_the_melody_is_scored_alone() -> None:
    tracks = ["melody", "accompaniment", "melody", "accompaniment"]
    true = make_notes([0, 1, 2, 3], [1] * 4, [60] * 4, [80] * 4, tracks)
    found = make_notes([0, 1, 2, 3], [1] * 4, [60] * 4, [80] * 4, ["melody"] * 4)
    assert melody_match(found, true) == pytest.approx(Match(0.5, 1.0, 2 / 3))


def test_tracks_that_nobody_told_apart_have_no_melody_to_score() -> None:
    assert has_melody(notes_of([(0, 60)]))
    assert has_melody(notes_of([(0, 60)], track="accompaniment"))
    assert has_melody(notes_of([]))
    assert not has_melody(notes_of([(0, 60)], track="piano"))
