"""Is it the same song, and where? Laws of `compare`, and a song rendered on two instruments."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symmv_tools.io import midi
from symmv_tools.io.render import render
from symmv_tools.music.chroma import SAMPLE_RATE, Chroma, chroma_of_notes, chroma_of_sound
from symmv_tools.music.matching import THRESHOLD, Match, compare
from symmv_tools.music.notes import Notes, make_notes

SONGS = Path(__file__).resolve().parents[2] / "demo" / "songs"


@cache
def song(seed: int = 0, bars: int = 32) -> Notes:
    """A melody that never repeats over chords drawn from a key, 64 s; not two seeds alike."""
    rng = np.random.default_rng(seed)
    onset, pitch = [], []
    for bar in range(bars):
        root = int(rng.choice([0, 2, 4, 5, 7, 9]))
        for beat in range(4):
            when = 2.0 * bar + 0.5 * beat
            onset += [when, when, when + 0.25 * int(rng.integers(0, 2))]
            pitch += [48 + root, 55 + root, 72 + int(rng.choice([0, 2, 4, 5, 7, 9, 11]))]
    return make_notes(onset, [0.45] * len(onset), pitch, [80] * len(onset))


def moved(notes: Notes, *, semitones: int = 0, stretch: float = 1.0, later: float = 0.0) -> Chroma:
    """The chroma of `notes` after that."""
    pitch = notes.pitch.astype(int) + semitones
    return chroma_of_notes(
        make_notes(notes.onset * stretch + later, notes.duration * stretch, pitch, notes.velocity)
    )


def check(match: Match) -> None:
    """Whatever it is, its numbers are in range and its path rises."""
    assert 0.0 <= match.score <= 1.0
    assert -5 <= match.transposition <= 6
    assert len(match.music_time) == len(match.video_time) != 1
    assert np.all(np.diff(match.music_time) > 0)
    assert np.all(np.diff(match.video_time) > 0)
    assert np.isfinite([match.tempo_ratio, match.offset]).all()


@pytest.mark.quick
def test_a_song_is_itself() -> None:
    match = compare(moved(song()), moved(song()))
    check(match)
    assert match.score > 0.99
    assert match.transposition == 0
    assert match.offset == pytest.approx(0.0, abs=1e-3)
    assert match.tempo_ratio == pytest.approx(1.0, abs=1e-4)
    assert match.residual < 1e-3


@given(semitones=st.integers(-5, 6))
@settings(max_examples=6, deadline=None)
def test_transposing_the_candidate_shifts_the_transposition_and_keeps_the_score(semitones: int) -> None:
    match = compare(moved(song()), moved(song(), semitones=semitones))
    assert match.transposition == semitones
    assert match.score > 0.99


@given(later=st.floats(0.0, 30.0))
@settings(max_examples=6, deadline=None)
def test_what_comes_later_has_that_offset(later: float) -> None:
    match = compare(moved(song()), moved(song(), later=later))
    check(match)
    assert match.offset == pytest.approx(later, abs=0.02)
    back = compare(moved(song(), later=later), moved(song()))
    assert back.offset == pytest.approx(-later, abs=0.02)


@given(stretch=st.floats(0.88, 1.12))
@settings(max_examples=6, deadline=None)
def test_stretching_shows_as_the_tempo_ratio(stretch: float) -> None:
    match = compare(moved(song()), moved(song(), stretch=stretch))
    check(match)
    assert match.tempo_ratio == pytest.approx(stretch, abs=0.003)
    when = np.array([10.0, 30.0, 50.0])
    np.testing.assert_allclose(match.video_times(when), when * stretch, atol=0.06)


@pytest.mark.quick
def test_another_song_scores_low() -> None:
    scores = [compare(moved(song(0)), moved(song(seed))).score for seed in range(1, 5)]
    assert max(scores) < THRESHOLD


@pytest.mark.quick
def test_a_verse_that_only_one_plays_leaves_two_lines() -> None:
    notes = song()
    is_kept = (notes.onset < 24.0) | (notes.onset >= 36.0)
    kept = notes.take(is_kept)
    onset = np.where(kept.onset >= 36.0, kept.onset - 12.0, kept.onset)
    shorter = chroma_of_notes(make_notes(onset, kept.duration, kept.pitch, kept.velocity))
    match = compare(moved(notes), shorter)
    check(match)
    np.testing.assert_allclose(match.video_times(np.array([10.0, 50.0])), [10.0, 38.0], atol=0.1)
    assert match.tempo_ratio == pytest.approx(1.0, abs=0.01)


@pytest.mark.quick
def test_the_same_two_always_give_the_same() -> None:
    one, two = (compare(moved(song(0)), moved(song(1))) for _ in range(2))
    assert (one.score, one.offset) == (two.score, two.offset)
    assert np.array_equal(one.video_time, two.video_time)


POOR: dict[str, Chroma] = {
    "nothing": chroma_of_notes(make_notes([], [], [], [])),
    "one note": chroma_of_notes(make_notes([1.0], [3.0], [60], [80])),
    "one long note": chroma_of_notes(make_notes([0.0], [40.0], [60], [80])),
    "unheard notes": chroma_of_notes(make_notes([0.0, 5.0], [5.0, 5.0], [60, 64], [0, 0])),
    "a tenth of a second": chroma_of_sound(np.full(2205, 0.1, np.float32), SAMPLE_RATE),
    "silence": chroma_of_sound(np.zeros(20 * SAMPLE_RATE, np.float32), SAMPLE_RATE),
}


@pytest.mark.quick
@pytest.mark.parametrize("name", POOR)
def test_next_to_nothing_scores_low_and_never_raises(name: str) -> None:
    for match in (compare(moved(song()), POOR[name]), compare(POOR[name], moved(song()))):
        check(match)
        assert match.score < THRESHOLD
    check(compare(POOR[name], POOR[name]))


@pytest.mark.quick
def test_noise_is_no_song() -> None:
    noise = np.random.default_rng(0).standard_normal(60 * SAMPLE_RATE).astype(np.float32) * 0.1
    match = compare(moved(song()), chroma_of_sound(noise, SAMPLE_RATE))
    check(match)
    assert match.score < THRESHOLD


@pytest.mark.quick
def test_without_a_path_nobody_says_when() -> None:
    with pytest.raises(ValueError, match="nowhere agree"):
        compare(POOR["nothing"], POOR["nothing"]).video_times(np.zeros(1))


def test_a_song_on_another_instrument_is_found_with_its_place_and_others_are_not() -> None:
    songs = {path.stem: midi.read(path).notes for path in sorted(SONGS.glob("*.mid"))}
    notes = songs["pop909-003"]
    up = make_notes(notes.onset * 1.06, notes.duration * 1.06, notes.pitch + 3, notes.velocity)
    sound = render(up, sample_rate=SAMPLE_RATE, program=4).mean(axis=1)[4 * SAMPLE_RATE :]
    video = chroma_of_sound(sound, SAMPLE_RATE)
    scores = {name: compare(chroma_of_notes(other), video).score for name, other in songs.items()}
    match = compare(chroma_of_notes(notes), video)
    assert max(scores, key=scores.__getitem__) == "pop909-003"
    assert match.score > THRESHOLD > max(score for name, score in scores.items() if name != "pop909-003")
    assert match.transposition == 3
    when = notes.onset[(notes.onset > 6.0) & (notes.onset < 25.0)]
    assert np.median(np.abs(match.video_times(when) - (when * 1.06 - 4.0))) < 0.05
