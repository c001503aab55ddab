"""Mixes: what shifts, zooms, turns, fades, cuts and dissolves explain of a picture, and what they do not."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from symmv_tools.video.change import MOVING_SHARE, Change, change_around, is_another
from symmv_tools.video.comparable import Comparable, comparable, small
from symmv_tools.video.mix import unexplained

pytestmark = pytest.mark.quick

Pictures = NDArray[np.uint8]
HEIGHT, WIDTH = 180, 320


def photo(seed: int, zoom: float = 1.0, turn: float = 0.0, right: float = 0.0) -> Pictures:
    """The middle of a larger picture of soft blots, zoomed, turned (degrees) and shifted (pixels)."""
    tiles = np.random.default_rng(seed).integers(0, 256, (14, 20, 3), np.uint8)
    large = cv2.resize(tiles, (2 * WIDTH, 2 * HEIGHT), interpolation=cv2.INTER_CUBIC)
    move = cv2.getRotationMatrix2D((WIDTH, HEIGHT), turn, zoom)
    move[:, 2] += np.array([right - WIDTH / 2, -HEIGHT / 2])
    return np.asarray(cv2.warpAffine(large, move, (WIDTH, HEIGHT)), np.uint8)


def seen(pixels: Pictures) -> Comparable:
    """A picture as it is compared."""
    return comparable(small(pixels))


def with_square(pixels: Pictures, left: int, side: int = 30) -> Pictures:
    """A copy with a white square on it."""
    pixels = pixels.copy()
    pixels[60 : 60 + side, left : left + side] = 255
    return pixels


def blend(a: Pictures, b: Pictures, share: float) -> Pictures:
    """Some of `b`, the rest `a`."""
    return np.asarray(cv2.addWeighted(a, 1 - share, b, share, 0), np.uint8)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 50), st.integers(51, 99), st.floats(0, 1))
def test_a_blend_of_two_pictures_is_explained_by_them(first: int, second: int, share: float) -> None:
    a, b = photo(first), photo(second)
    assert unexplained(seen(blend(a, b, share)), (seen(a), seen(b))) <= 0.002


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 99), st.floats(-0.03, 0.03), st.floats(-3, 3), st.floats(-12, 12), st.floats(0.4, 1.0))
def test_a_picture_moved_as_a_whole_and_dimmed_is_explained(
    seed: int, zoom: float, turn: float, right: float, gain: float
) -> None:
    before, after = photo(seed, 1 - zoom, -turn, -right), photo(seed, 1 + zoom, turn, right)
    picture = (photo(seed) * gain).astype(np.uint8)
    assert unexplained(seen(picture), (seen(before), seen(after))) <= MOVING_SHARE
    assert unexplained(seen(picture), (seen(after),)) <= MOVING_SHARE


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 50), st.integers(51, 99), st.floats(-6, 6), st.floats(-0.02, 0.02))
def test_a_dissolve_between_drifting_photos_is_explained(
    first: int, second: int, drift: float, zoom: float
) -> None:
    shown = [
        blend(photo(first, right=k * drift), photo(second, 1 + k * zoom), 0.5 + 0.3 * k) for k in (-1, 0, 1)
    ]
    before, picture, after = map(seen, shown)
    assert unexplained(picture, (before, after)) <= 4 * MOVING_SHARE


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 99), st.floats(-8, 8))
def test_what_moves_by_itself_is_not_explained_whether_the_picture_moves_or_not(
    seed: int, drift: float
) -> None:
    shown = [with_square(photo(seed, right=k * drift), 100 + 40 * k) for k in (-1, 0, 1)]
    before, picture, after = map(seen, shown)
    assert unexplained(picture, (before, after)) > MOVING_SHARE


@pytest.mark.parametrize(
    ("shown", "change"),
    [
        ([photo(0)] * 3, Change.STILL),
        ([photo(0, 1 + k / 50) for k in range(3)], Change.RIGID),
        ([(photo(0) * share).astype(np.uint8) for share in (0.5, 0.7, 0.9)], Change.RIGID),
        ([photo(0), photo(0), photo(1)], Change.TRANSITION),
        ([photo(0), photo(1), photo(1)], Change.TRANSITION),
        ([blend(photo(0), photo(1), share) for share in (0.2, 0.5, 0.8)], Change.TRANSITION),
        ([with_square(photo(0), left) for left in (80, 110, 140)], Change.MOVING),
        ([photo(0), photo(1), photo(2)], Change.MOVING),
    ],
    ids=["still", "zoom", "fade", "before a cut", "after a cut", "dissolve", "square", "flicker"],
)
def test_each_change_has_its_name(shown: list[Pictures], change: Change) -> None:
    before, picture, after = map(seen, shown)
    assert change_around(before, picture, after) is change


def test_a_photo_that_moved_or_faded_is_no_other_picture() -> None:
    assert not is_another(seen(photo(0)), seen(photo(0, 1.05, 2.0, 5.0)))
    assert not is_another(seen(photo(0)), seen(photo(0) // 2))
    assert is_another(seen(photo(0)), seen(photo(1)))


@pytest.mark.parametrize("shape", [(1, 1), (1, 400), (400, 1), (8, 8), (180, 320)])
def test_pictures_of_any_shape_can_be_compared(shape: tuple[int, int]) -> None:
    generator = np.random.default_rng(0)
    shown = [seen(generator.integers(0, 256, (*shape, 3), np.uint8)) for _ in range(3)]
    assert 0.0 <= unexplained(shown[1], (shown[0], shown[2])) <= 1.0
