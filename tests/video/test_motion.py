import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from symmv_tools.video.motion import event_curve, flow_magnitude, rgb_difference, tempo_of_motion
from tests.films import scene

pytestmark = pytest.mark.quick

PICTURE = arrays(np.uint8, (5, 7, 3))
LEVEL = st.floats(0, 255)


@given(PICTURE, PICTURE)
def test_the_rgb_difference_is_the_mean_over_all_pixels_and_channels(
    before: np.ndarray, after: np.ndarray
) -> None:
    literal = 0
    for row in range(5):
        for column in range(7):
            for channel in range(3):
                literal += abs(int(after[row, column, channel]) - int(before[row, column, channel]))
    assert rgb_difference(before, after) == pytest.approx(literal / (5 * 7 * 3))
    assert rgb_difference(after, before) == rgb_difference(before, after)


@given(LEVEL, LEVEL, LEVEL)
def test_the_tempo_is_the_papers_line_from_90_to_130(mean: float, a: float, b: float) -> None:
    low, high = sorted((a, b))
    tempo = tempo_of_motion(mean, low, high)
    assert 90.0 <= tempo <= 130.0
    if low < mean < high:
        assert tempo == pytest.approx(90 + (mean - low) / (high - low) * (130 - 90))


def test_the_least_of_the_training_set_gives_90_the_largest_130_and_beyond_is_clipped() -> None:
    assert [tempo_of_motion(mean, 2.0, 6.0) for mean in (0.0, 2.0, 4.0, 6.0, 9.0)] == [90, 90, 110, 130, 130]


def test_a_range_of_one_value_gives_the_middle() -> None:
    assert tempo_of_motion(3.0, 3.0, 3.0) == 110.0


@pytest.mark.parametrize("numbers", [(1.0, 3.0, 2.0), (float("nan"), 1.0, 2.0), (1.0, 0.0, float("inf"))])
def test_a_range_that_is_none_is_refused(numbers: tuple[float, float, float]) -> None:
    with pytest.raises(ValueError, match="low <= high"):
        tempo_of_motion(*numbers)


def test_the_flow_of_a_picture_that_moves_is_how_far_it_moves() -> None:
    picture = scene(0, 1, height=96, width=160)[0]
    assert flow_magnitude(picture, picture) < 0.001
    moved = np.roll(picture, 2, axis=1)
    assert flow_magnitude(picture, moved) == pytest.approx(2 / 96, rel=0.25)


@given(arrays(np.float64, (6, 4), elements=st.floats(-10, 10)), st.floats(0.1, 10))
def test_an_event_is_one_minus_cosine_whatever_the_length(features: np.ndarray, scale: float) -> None:
    features = np.where(np.abs(features) < 1e-3, 0.0, features)
    curve = event_curve(features)
    assert curve.shape == (6,)
    assert curve[0] == 0.0
    assert ((curve >= 0.0) & (curve <= 2.0)).all()
    np.testing.assert_allclose(curve, event_curve(features * scale), atol=1e-9)
    for i in range(1, 6):
        a, b = features[i - 1], features[i]
        if a.any() and b.any():
            literal = 1 - float(a @ b) / (float(a @ a) ** 0.5 * float(b @ b) ** 0.5)
            assert curve[i] == pytest.approx(literal, abs=1e-9)


def test_events_from_nothing_and_to_nothing() -> None:
    curve = event_curve(np.array([[0.0, 0.0], [0.0, 0.0], [1.0, 0.0], [-1.0, 0.0], [0.0, 0.0]]))
    assert curve.tolist() == [0.0, 0.0, 1.0, 2.0, 1.0]
    assert event_curve(np.empty((0, 3))).shape == (0,)
