"""Text on the screen: lines cut from maps, what stands still, and what looks like lyrics."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from symmv_tools.video.screen import TextStatistics
from symmv_tools.video.screentext import UNCLIP, TextOnScreen, lines_in, looks_like_lyrics

pytestmark = pytest.mark.quick

Box = tuple[int, int, int, int]
LYRIC, SUBTITLE, LOGO = (60, 80, 200, 14), (60, 160, 200, 6), (10, 8, 60, 8)


def map_of(boxes: Sequence[Box]) -> NDArray[np.float32]:
    """A map of 180 x 320 with sure text in boxes of left, top, width, height."""
    found = np.zeros((180, 320), np.float32)
    for left, top, width, height in boxes:
        found[top : top + height, left : left + width] = 0.95
    return found


def letters(boxes: Sequence[Box], seed: int) -> NDArray[np.uint8]:
    """A grey picture with noise for letters; the map shows their cores only, as the detector does."""
    picture = np.full((180, 320, 3), 90, np.uint8)
    for i, (left, top, width, height) in enumerate(boxes):
        grow = round(width * height * UNCLIP / (2 * (width + height)))
        size = (height + 2 * grow, width + 2 * grow, 1)
        rows, columns = slice(max(0, top - grow), top + height + grow), slice(max(0, left - grow), None)
        noise = np.random.default_rng([seed, i]).integers(0, 2, size) * 255
        place = picture[rows, columns][: size[0], : size[1]]
        place[:] = noise[: place.shape[0], : place.shape[1]]
    return picture


def look(screens: Sequence[tuple[Sequence[Box], int]]) -> TextStatistics:
    """The statistics of pictures given as boxes and the seed of what is written in them."""
    text = TextOnScreen()
    for boxes, seed in screens:
        text.feed(letters(boxes, seed), map_of(boxes))
    return text.finish()


@given(st.integers(20, 100), st.integers(20, 130), st.integers(140, 180), st.integers(6, 16))
def test_a_line_is_found_where_it_is_and_a_little_larger(
    left: int, top: int, width: int, height: int
) -> None:
    ((x, y, w, h),) = lines_in(map_of([(left, top, width, height)]))
    assert x * 320 <= left
    assert y * 180 <= top
    assert left + width <= (x + w) * 320 <= left + width + 1.7 * height
    assert top + height <= (y + h) * 180 <= top + 2.8 * height


@pytest.mark.parametrize("box", [(50, 50, 12, 12), (50, 50, 60, 1), (5, 5, 310, 120)])
def test_single_signs_hair_lines_and_whole_pictures_are_no_lines(box: Box) -> None:
    assert len(lines_in(map_of([box]))) == 0


def test_a_doubtful_place_is_no_line() -> None:
    assert len(lines_in(map_of([LYRIC]) * 0.6)) == 0


def test_no_text_and_no_picture_are_all_zeros() -> None:
    assert look([]) == look([([], i) for i in range(6)]) == TextStatistics()


def test_lyrics_change_and_stand_high_or_are_large() -> None:
    assert look([([LYRIC], i) for i in range(12)]).lyric_share == 1.0


def test_subtitles_are_text_but_no_lyrics() -> None:
    found = look([([SUBTITLE], i) for i in range(12)])
    assert (found.text_share, found.lyric_share) == (1.0, 0.0)


def test_a_logo_counts_for_nothing_and_hides_nothing() -> None:
    found = look([([LOGO], 0) for _ in range(12)])
    assert (found.fixed_share, found.text_share, found.lyric_share) == (1.0, 0.0, 0.0)


@pytest.mark.parametrize("when", [slice(0, 4), slice(8, 12)])
def test_a_title_and_credits_are_no_lyrics(when: slice) -> None:
    screens: list[tuple[list[Box], int]] = [([], 0)] * 12
    screens[when] = [([LYRIC], i) for i in range(4)]
    found = look(screens)
    assert found.text_share == pytest.approx(1 / 3)
    assert found.lyric_share == 0.0


def test_a_little_text_is_no_lyric() -> None:
    assert not looks_like_lyrics(np.array([[0.4, 0.3, 0.1, 0.05]]))
    assert looks_like_lyrics(np.array([[0.2, 0.3, 0.6, 0.1]]))
    assert not looks_like_lyrics(np.empty((0, 4)))
