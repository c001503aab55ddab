"""Picking pixels first gives the picture that libswscale's POINT gives, bit for bit."""

from __future__ import annotations

from typing import Any

import av
import numpy as np
import pytest
from av.video.reformatter import VideoReformatter
from hypothesis import example, given, settings
from hypothesis import strategies as st

from symmv_tools.io.point_sampling import PointSampler
from symmv_tools.io.video import SAMPLED

pytestmark = pytest.mark.quick


def _picture(width: int, height: int, kind: str = "yuv420p") -> Any:
    picture = av.VideoFrame(width, height, kind)
    rng = np.random.default_rng(width * height)
    for plane in picture.planes:
        plane.update(rng.integers(0, 256, plane.buffer_size, np.uint8).tobytes())
    return picture


def _rgb(picture: Any, width: int, height: int) -> bytes:
    scaled = VideoReformatter().reformat(picture, width, height, "rgb24", interpolation=SAMPLED, threads=1)
    return scaled.to_ndarray().tobytes()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@settings(deadline=None, max_examples=60)
@given(st.integers(2, 700), st.integers(2, 400), st.integers(1, 90), st.sampled_from([None, (1, 1), (5, 2)]))
@example(1280, 720, 90, None)
@example(1920, 1080, 90, (1, 1))
@example(640, 360, 90, (1, 2))
def test_the_same_pixels_become_the_same_rgb(
    width: int, height: int, to_height: int, colours: tuple[int, int] | None
) -> None:
    to_height = min(to_height, height)
    to_width = max(1, round(width * to_height / height))
    picture = _picture(width, height)
    if colours:
        picture.colorspace, picture.color_range = colours
    found = PointSampler(to_width, to_height)(picture)
    assert found is None or found.tobytes() == _rgb(picture, to_width, to_height)


@pytest.mark.parametrize("size", [(1280, 720), (1920, 1080), (640, 360), (3840, 2160)])
def test_the_usual_sizes_are_picked(size: tuple[int, int]) -> None:
    found = PointSampler(160, 90)(_picture(*size))
    assert found is not None
    assert found.shape == (90, 160, 3)


@pytest.mark.parametrize("kind", ["yuv420p10le", "yuv444p", "rgb24"])
def test_other_formats_are_left_to_ffmpeg(kind: str) -> None:
    assert PointSampler(160, 90)(_picture(1280, 720, kind)) is None
