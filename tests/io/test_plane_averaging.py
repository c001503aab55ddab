"""Averaging planes gives nearly the picture that libswscale's AREA gives."""

from __future__ import annotations

from typing import Any

import av
import cv2
import numpy as np
import pytest
from av.video.reformatter import VideoReformatter
from numpy.typing import NDArray

from symmv_tools.io.plane_averaging import PlaneAverager
from symmv_tools.io.video import AVERAGED

pytestmark = pytest.mark.quick


def _picture(width: int, height: int, kind: str = "yuv420p") -> Any:
    """Soft coloured clouds: noise has colours that no RGB has."""
    rng = np.random.default_rng(width * height)
    clouds = cv2.resize(rng.integers(60, 200, (9, 16, 3), np.uint8), (width, height))
    grain = rng.integers(-20, 20, clouds.shape)
    pixels = np.asarray(clouds + grain, np.uint8)
    return av.VideoFrame.from_ndarray(pixels, format="rgb24").reformat(format=kind)


def _by_ffmpeg(picture: Any, width: int, height: int) -> NDArray[np.float64]:
    scaled = VideoReformatter().reformat(picture, width, height, "rgb24", interpolation=AVERAGED, threads=1)
    return np.asarray(scaled.to_ndarray(), float)


@pytest.mark.parametrize(("size", "target"), [
    ((1280, 720), (320, 180)), ((1920, 1080), (320, 180)), ((640, 360), (320, 180)),
    ((3840, 2160), (320, 180)), ((640, 480), (320, 240)), ((720, 1280), (180, 320)),
])  # fmt: skip
@pytest.mark.parametrize("colours", [(2, 0), (1, 1), (5, 2)])
def test_nearly_the_same_as_ffmpegs_averages(
    size: tuple[int, int], target: tuple[int, int], colours: tuple[int, int]
) -> None:
    picture = _picture(*size)
    picture.colorspace, picture.color_range = colours
    found = PlaneAverager(*target)(picture)
    assert found is not None
    off = found - _by_ffmpeg(picture, *target)
    assert np.abs(off).max() <= 8
    assert np.abs(off).mean() < 1.0
    assert abs(off.mean()) < 0.6


def test_an_even_picture_keeps_its_colour() -> None:
    picture = av.VideoFrame.from_ndarray(np.full((360, 640, 3), (200, 90, 30), np.uint8), format="rgb24")
    found = PlaneAverager(160, 90)(picture.reformat(format="yuv420p"))
    assert found is not None
    np.testing.assert_allclose(found, np.broadcast_to([200, 90, 30], found.shape), atol=2)


def test_both_formats_give_the_same() -> None:
    picture = _picture(1280, 720)
    np.testing.assert_array_equal(
        PlaneAverager(320, 180)(picture), PlaneAverager(320, 180)(picture.reformat(format="nv12"))
    )


@pytest.mark.parametrize("size", [(854, 480), (480, 270), (320, 90), (320 * 17, 180 * 17), (641, 360)])
def test_sides_that_no_whole_number_divides_are_left_to_ffmpeg(size: tuple[int, int]) -> None:
    assert PlaneAverager(320, 180)(_picture(*size)) is None


@pytest.mark.parametrize("kind", ["yuv420p10le", "yuv444p", "rgb24"])
def test_other_formats_are_left_to_ffmpeg(kind: str) -> None:
    assert PlaneAverager(320, 180)(_picture(1280, 720, kind)) is None
