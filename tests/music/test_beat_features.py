"""What the beat network sees: the same in every key, at any time, in any order."""

from collections.abc import Sequence
from random import Random

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from symmv_tools.music.beat_features import N_FEATURES, beat_features
from symmv_tools.music.notes import Notes, make_notes

Rows = Sequence[tuple[float, float, int, int]]
rows_of_notes = st.lists(
    st.tuples(st.floats(0, 20), st.floats(0, 3), st.integers(40, 80), st.integers(0, 127)),
    min_size=1,
    max_size=20,
)


def notes_of(rows: Rows, shift: float = 0.0, interval: int = 0) -> Notes:
    onset, duration, pitch, velocity = np.array(rows, float).reshape(-1, 4).T
    return make_notes(onset + shift, duration, pitch + interval, velocity)


def seen(rows: Rows, shift: float = 0.0, interval: int = 0) -> NDArray[np.float32]:
    return beat_features(notes_of(rows, shift, interval))


@given(rows_of_notes, st.integers(-40, 47))
@settings(deadline=None)
def test_transposition_changes_not_a_bit(rows: Rows, interval: int) -> None:
    assert np.array_equal(seen(rows), seen(rows, interval=interval))


@given(rows_of_notes, st.randoms(use_true_random=False))
@settings(deadline=None)
def test_order_changes_not_a_bit(rows: Rows, random: Random) -> None:
    shuffled = list(rows)
    random.shuffle(shuffled)
    assert np.array_equal(seen(rows), seen(shuffled))


@given(rows_of_notes)
@settings(deadline=None)
def test_a_note_struck_twice_at_once_counts_once(rows: Rows) -> None:
    assert np.array_equal(seen(rows), seen([*rows, *rows]))


@given(
    st.lists(st.tuples(st.integers(0, 80), st.integers(0, 12)), min_size=1, max_size=20), st.integers(1, 99)
)
@settings(deadline=None)
def test_a_shift_in_time_changes_nothing(drawn: Sequence[tuple[int, int]], shift: int) -> None:
    """In quarters of a second, which are exact; else rounding moves a note by a billionth of a cell."""
    rows = [(onset / 4, 0.25, 60 + step, 64) for onset, step in drawn]
    assert np.array_equal(seen(rows), seen(rows, shift=shift / 4))


def test_frames_cover_the_onsets() -> None:
    features = seen([(3.0, 1.0, 60, 64), (13.0, 1.0, 64, 64)])
    assert features.shape == (10 * 25 + 50, N_FEATURES)
    assert np.isfinite(features).all()
    assert features[0].any()
    assert features[250].any()
    assert not features[100:200].any()
