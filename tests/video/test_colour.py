import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from symmv_tools.video.colour import BINS, on_grid, palette_of, uv_histogram
from tests.films import scene
from tests.histogan import literal_histogram

pytestmark = pytest.mark.quick


@given(arrays(np.uint8, (6, 5, 3)))
@settings(deadline=None)
def test_the_histogram_equals_the_slow_reference(pixels: np.ndarray) -> None:
    np.testing.assert_allclose(uv_histogram(pixels), literal_histogram(pixels), atol=1e-5, rtol=1e-3)


def test_the_histogram_of_a_scene_equals_the_slow_reference() -> None:
    pixels = scene(3, 1)[0]
    np.testing.assert_allclose(uv_histogram(pixels), literal_histogram(pixels), atol=1e-6, rtol=1e-3)


@given(arrays(np.uint8, (4, 4, 3)), st.sampled_from([1, 8, 16, 32]))
@settings(deadline=None)
def test_blocks_are_sums_of_bins(pixels: np.ndarray, blocks: int) -> None:
    side = BINS // blocks
    whole = uv_histogram(pixels).reshape(3, blocks, side, blocks, side).sum(axis=(2, 4))
    np.testing.assert_allclose(uv_histogram(pixels, blocks), whole, atol=1e-6)


@given(arrays(np.uint8, (4, 4, 3)))
@settings(deadline=None)
def test_a_histogram_sums_to_one_and_does_not_know_where_a_pixel_lies(pixels: np.ndarray) -> None:
    histogram = uv_histogram(pixels, 16)
    assert histogram.sum() == pytest.approx(1.0, abs=0.05)  # epsilon shows in a black picture only
    np.testing.assert_allclose(histogram, uv_histogram(pixels[::-1, ::-1], 16), atol=1e-6)


def test_darker_light_is_the_same_colour() -> None:
    """Log-chroma does not see a change of exposure."""
    pixels = np.array([[[200, 100, 40], [80, 160, 120]]], np.uint8)
    np.testing.assert_allclose(uv_histogram(pixels), uv_histogram(pixels // 2), atol=1e-3)


@pytest.mark.parametrize("blocks", [0, 5, 128])
def test_blocks_that_do_not_divide_the_bins_are_refused(blocks: int) -> None:
    with pytest.raises(ValueError, match="divide 64"):
        uv_histogram(scene(0, 1)[0], blocks)


def test_the_grid_is_even_and_never_larger_than_the_picture() -> None:
    pixels = np.arange(90 * 160 * 3, dtype=np.uint32).reshape(90, 160, 3).astype(np.uint8)
    grid = on_grid(pixels)
    assert grid.shape == (64, 64, 3)
    np.testing.assert_array_equal(grid[32, 32], pixels[45, 80])
    assert on_grid(pixels[:3]).shape == (3, 64, 3)


def test_a_palette_finds_the_colours_there_are_most_frequent_first() -> None:
    pixels = np.full((10, 10, 3), (200, 30, 30), np.uint8)
    pixels[:3] = (20, 20, 220)
    palette = palette_of(pixels)
    assert palette.as_hex() == ["#c81e1e", "#1414dc"]
    np.testing.assert_allclose(palette.share, [0.7, 0.3])


@given(arrays(np.uint8, (8, 8, 3)), st.integers(1, 6))
@settings(deadline=None)
def test_a_palette_has_at_most_the_colours_asked_for_and_shares_that_sum_to_one(
    pixels: np.ndarray, colours: int
) -> None:
    palette = palette_of(pixels, colours)
    assert 1 <= len(palette.share) <= colours
    assert palette.share.sum() == pytest.approx(1.0, abs=1e-5)
    assert (np.diff(palette.share) <= 0).all()
    assert palette_of(pixels, colours).as_hex() == palette.as_hex()
