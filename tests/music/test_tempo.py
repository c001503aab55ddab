"""Tempo and metre, read off the beats."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from symmv_tools.music.tempo import global_tempo, tempo_curve, time_signatures

beat_times = st.lists(st.floats(0.2, 2.0), min_size=1, max_size=40).map(
    lambda steps: np.cumsum([0.5, *steps])
)


def positions(*bars: int) -> NDArray[np.uint8]:
    return np.concatenate([np.arange(1, length + 1) for length in bars]).astype(np.uint8)


def test_a_steady_song_has_one_tempo() -> None:
    beat = 1.0 + np.arange(9, dtype=np.float64) * 0.5
    curve = tempo_curve(beat, 0.08)
    assert [column.tolist() for column in curve] == [[1.0], [4.0], [120.0], [1.0]]
    assert global_tempo(beat) == 120.0


def test_a_raster_hides_little_of_the_tempo_of_a_song() -> None:
    """madmom's beats lie on 10 ms: single ones of 74 per minute last 0.81 s or 0.82 s."""
    beat = np.round(np.arange(200) * 60 / 73.7, 2)
    found = global_tempo(beat)
    assert found is not None
    assert abs(found / 73.7 - 1) < 0.0025
    assert abs(60 / np.median(np.diff(beat)) / 73.7 - 1) > 0.004


def test_two_and_three_beats_have_a_tempo_too() -> None:
    assert global_tempo(np.array([1.0, 1.5])) == 120.0
    assert global_tempo(np.array([1.0, 1.5, 2.0])) == 120.0


def test_a_change_of_tempo_starts_a_stretch() -> None:
    beat = np.concatenate([np.arange(4) * 0.5, 1.5 + np.arange(1, 4) * 1.0])
    curve = tempo_curve(beat, 0.08)
    assert curve.time.tolist() == [0.0, 1.5]
    assert curve.bpm.tolist() == pytest.approx([120.0, 60.0])


@given(beat_times, st.floats(0.0, 0.5))
def test_the_curve_covers_the_beats_without_gaps_and_keeps_their_number(
    beat: NDArray[np.float64], tolerance: float
) -> None:
    curve = tempo_curve(beat, tolerance)
    assert curve.time[0] == beat[0]
    assert np.allclose(curve.time + curve.duration, np.append(curve.time[1:], beat[-1]))
    assert (curve.duration * curve.bpm / 60).sum() == pytest.approx(len(beat) - 1)
    assert ((curve.confidence >= 0) & (curve.confidence <= 1)).all()


@pytest.mark.parametrize("n", [0, 1])
def test_fewer_than_two_beats_have_no_tempo(n: int) -> None:
    beat = np.arange(n, dtype=float)
    assert global_tempo(beat) is None
    assert all(len(column) == 0 for column in tempo_curve(beat, 0.08))
    assert len(time_signatures(beat, np.ones(n, np.uint8), 4).time) == 0


@pytest.mark.parametrize(
    ("bars", "numerators", "at"),
    [
        ((4, 4, 4, 4, 4), [4], [0]),
        ((3, 3, 3, 3, 3), [3], [0]),
        ((4, 4, 3, 4, 4, 4, 4), [4], [0]),
        ((4, 4, 4, 4, 4, 3, 3, 3, 3, 3), [4, 3], [0, 20]),
        ((4, 3, 4, 3, 4, 4), [4], [0]),
        ((4, 4), [4], [0]),
    ],
)
def test_a_new_metre_must_last(bars: tuple[int, ...], numerators: list[int], at: list[int]) -> None:
    position = positions(*bars)
    found = time_signatures(np.arange(len(position)) / 2, position, 4)
    assert found.numerator.tolist() == numerators
    assert found.time.tolist() == [index / 2 for index in at]
    assert found.denominator.tolist() == [4] * len(at)


def test_an_upbeat_does_not_count_as_a_bar() -> None:
    position = np.concatenate([[4], positions(4, 4, 4, 4, 4)]).astype(np.uint8)
    found = time_signatures(np.arange(len(position)) / 2, position, 4)
    assert (found.time.tolist(), found.numerator.tolist()) == ([0.0], [4])
