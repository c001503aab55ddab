"""What is refused as no transcription of music."""

from dataclasses import asdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symmv_tools.music.notes import Notes, make_notes
from symmv_tools.music.quality import QualityLimits, QualityStatistics, refusal, statistics

SCALE = np.array([60, 62, 64, 65, 67, 69, 71, 72])


def song(seconds: float = 30.0) -> Notes:
    """A scale in quavers over held fifths, two voices and a bass."""
    onset = np.arange(0, seconds, 0.25)
    bass = np.arange(0, seconds, 1.0)
    return make_notes(
        np.concatenate([onset, bass, bass]),
        np.concatenate([np.full(len(onset), 0.24), np.full(2 * len(bass), 1.0)]),
        np.concatenate([SCALE[np.arange(len(onset)) % 8], np.full(len(bass), 36), np.full(len(bass), 43)]),
        np.full(len(onset) + 2 * len(bass), 64),
    )


def code_of(notes: Notes) -> str | None:
    refused = refusal(statistics(notes), QualityLimits())
    return refused.code if refused else None


def chopped(notes: Notes, piece_seconds: float) -> Notes:
    pieces = [
        (onset + start, min(piece_seconds, duration - start), pitch, velocity)
        for onset, duration, pitch, velocity in zip(
            notes.onset, notes.duration, notes.pitch, notes.velocity, strict=True
        )
        for start in np.arange(0, duration, piece_seconds)
    ]
    return make_notes(*zip(*pieces, strict=True))


def with_random_notes(notes: Notes, count: int) -> Notes:
    rng = np.random.default_rng(1)
    return make_notes(
        np.concatenate([notes.onset, rng.uniform(0, notes.end, count)]),
        np.concatenate([notes.duration, np.full(count, 0.3)]),
        np.concatenate([notes.pitch, rng.integers(21, 109, count)]),
        np.full(len(notes) + count, 64),
    )


def one(pitch: int, n: int = 1) -> Notes:
    return make_notes(np.arange(n) / 3, np.full(n, 0.3), np.full(n, pitch), np.full(n, 64))


@pytest.mark.parametrize(
    ("notes", "code"),
    [
        (song(), None),
        (make_notes([], [], [], []), "NO_NOTES"),
        (one(60), "TOO_FEW_NOTES"),
        (song(3.0), "TOO_SHORT"),
        (chopped(song(), 0.03), "FRAGMENTED"),
        (chopped(song(), 0.06), "TOO_DENSE"),
        (song().take(np.arange(180) % 6 == 0), "TOO_SPARSE"),
        (make_notes(song().onset[::3], np.full(60, 0.2), song().pitch[::3], np.full(60, 64)), "HOLLOW"),
        (song().take((song().onset < 5) | (song().onset > 25)), "LONG_GAP"),
        (make_notes(song().onset, np.full(180, 60.0), song().pitch, song().velocity), "TOO_THICK"),
        (song().take(np.repeat(np.arange(180), 2)), "DUPLICATES"),
        (one(60, 50), "NARROW"),
        (with_random_notes(song(), 180), "OUT_OF_SCALE"),
    ],
)
def test_each_kind_of_implausible_song_has_its_code(notes: Notes, code: str | None) -> None:
    assert code_of(notes) == code


def test_a_refusal_names_the_value_and_the_limit() -> None:
    refused = refusal(statistics(chopped(song(), 0.03)), QualityLimits())
    assert refused is not None
    assert "share of 1 " in refused.message
    assert "at most 0.4" in refused.message


def test_another_limit_lets_it_pass() -> None:
    assert refusal(statistics(one(60, 50)), QualityLimits(min_pitch_range=0.0)) is None


def test_the_statistics_of_a_known_song() -> None:
    notes = make_notes([1, 1, 2, 4.5], [1, 2, 0.04, 0.5], [60, 64, 67, 61], [64] * 4)
    assert asdict(statistics(notes)) == pytest.approx(
        {
            "n_notes": 4.0,
            "seconds": 4.0,
            "notes_per_second": 1.0,
            "short_share": 0.25,
            "median_duration": 0.75,
            "duplicate_share": 0.0,
            "pitch_range": 7.0,
            "mean_polyphony": 3.54 / 2.5,
            "max_polyphony": 2.0,
            "silent_share": 1.5 / 4,
            "longest_gap_share": 1.5 / 4,
            "diatonic_share": 0.75,
        }
    )


@given(st.integers(-20, 20), st.integers(0, 1000))
@settings(max_examples=30, deadline=None)
def test_transposed_and_shifted_songs_are_as_plausible(interval: int, shift: int) -> None:
    notes = song()
    moved = make_notes(
        notes.onset + shift, notes.duration, notes.pitch.astype(int) + interval, notes.velocity
    )
    ours, theirs = statistics(notes), statistics(moved)
    for name in QualityStatistics.__dataclass_fields__:
        assert getattr(ours, name) == pytest.approx(getattr(theirs, name), abs=1e-6), name


def test_a_song_of_zero_length_notes_is_refused_not_divided_by() -> None:
    assert code_of(make_notes([0] * 20, [0] * 20, [60] * 20, [64] * 20)) == "TOO_SHORT"
