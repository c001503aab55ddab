"""The contact sheet: few pictures, evenly spread, however long the video."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from symmv_tools.video.contact_sheet import HEIGHT, ContactSheet

pytestmark = pytest.mark.quick


@pytest.mark.parametrize("count", [0, 1, 5, 12, 47, 48, 49, 1000])
def test_a_sheet_has_as_many_pictures_as_it_may_and_covers_the_video(count: int) -> None:
    sheet = ContactSheet(12)
    for i in range(count):
        sheet.feed(float(i), np.full((180, 320, 3), i % 256, np.uint8))
    found = sheet.as_group()
    assert len(found["time"]) == len(found["value"]) == min(12, count)
    if count >= 12:
        gaps = np.diff([-1.0, *found["time"], count])
        assert gaps.max() <= 2.5 * count / 12


def test_pictures_are_small_and_keep_their_shape_and_colours() -> None:
    sheet = ContactSheet(2)
    sheet.feed(0.0, np.full((720, 405, 3), (200, 30, 60), np.uint8))
    (jpeg,) = sheet.as_group()["value"]
    picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    assert picture.shape == (HEIGHT, 51, 3)
    assert np.abs(picture[:, :, ::-1].astype(int).mean(axis=(0, 1)) - (200, 30, 60)).max() < 6


def test_a_picture_of_one_pixel_is_kept_as_it_is() -> None:
    sheet = ContactSheet(2)
    sheet.feed(0.0, np.zeros((1, 1, 3), np.uint8))
    assert len(sheet.as_group()["value"]) == 1
