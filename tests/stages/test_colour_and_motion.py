"""The stages `colour` and `motion` against a literal reading of what they promise."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from symmv_tools.errors import BadSettings
from symmv_tools.io.video import Want, open_video
from symmv_tools.stage import Done, Frame, Reader, StreamInfo
from symmv_tools.stages import colour, motion
from symmv_tools.stages.video_pass import read_video
from symmv_tools.video.colour import on_grid, uv_histogram
from tests.films import film, scene, write_film


def begin(stage: Any, settings: Any, info: StreamInfo) -> Reader:
    reader: Reader = stage.reader(info, settings)
    return reader


def values_of(path: Path, stage: Any, **settings: Any) -> Any:
    outcome = read_video(path, {"it": partial(begin, stage, stage.settings(**settings))})["it"]
    assert isinstance(outcome, Done)
    return outcome.values


def frames_of(path: Path) -> list[Frame]:
    want = Want(90, None, True)
    with open_video(path) as video:
        return [frame for found in video.wanted_frames({want}) for frame in found[want]]


def in_view(frames: list[Frame], time: float) -> Frame:
    return [frame for frame in frames if frame.time <= time + 0.002][-1]


@pytest.mark.parametrize("fps", [5, 12, 25, 30, 120])
def test_motion_is_the_mean_rgb_difference_to_the_picture_a_fifth_of_a_second_before(
    tmp_path: Path, fps: int
) -> None:
    """V-MusProd says 5 frames (0.2 s): at 25 a second that is every fifth, elsewhere it is the time."""
    path = write_film(tmp_path / "a.mp4", film(fps, 2 * fps, fps), fps=fps)
    frames, values = frames_of(path), values_of(path, motion.STAGE)
    expected = [
        np.abs(in_view(frames, 0.2 * k).pixels.astype(float) - in_view(frames, 0.2 * (k - 1)).pixels).mean()
        for k in range(1, int((frames[-1].time + 0.002) / 0.2) + 1)
    ]
    features = values["features_motion"]
    assert (features["start"], features["rate"]) == (0.2, 5.0)
    np.testing.assert_allclose(np.array(features["value"])[:, 0], expected, rtol=1e-3, atol=1e-3)
    assert values["motion_mean"] == pytest.approx(np.mean(expected))


def test_a_picture_that_stays_in_view_does_not_move(tmp_path: Path) -> None:
    path = write_film(tmp_path / "a.mkv", film(1, 1, 1), pts=[0, 100, 1000])
    curve = np.array(values_of(path, motion.STAGE)["features_motion"]["value"])[:, 0]
    assert (curve > 0).tolist() == [True, False, False, False, True]


def test_the_flow_stands_beside_the_difference_where_it_is_asked_for(tmp_path: Path) -> None:
    picture = scene(0, 1, 90, 160)[0]
    moving = np.stack([np.roll(picture, shift, axis=1) for shift in range(50)])
    path = write_film(tmp_path / "a.mp4", moving)
    curve = np.array(values_of(path, motion.STAGE, flow=True)["features_motion"]["value"], float)
    assert curve.shape == (9, 2)
    assert np.median(curve[:, 1]) == pytest.approx(25 / 90, rel=0.25), "25 of 90 rows a second"


def test_a_film_shorter_than_the_interval_has_no_motion(tmp_path: Path) -> None:
    values = values_of(write_film(tmp_path / "a.mp4", scene(0, 3)), motion.STAGE)
    assert len(values["features_motion"]["value"]) == 0
    assert values["motion_mean"] is None


@pytest.mark.parametrize("blocks", [16, 64])
def test_colour_is_the_histogram_of_the_picture_in_view_every_half_second(
    tmp_path: Path, blocks: int
) -> None:
    path = write_film(tmp_path / "a.mp4", film(20, 30, 10))
    frames, features = frames_of(path), values_of(path, colour.STAGE, blocks=blocks)["features_colour"]
    assert (features["start"], features["rate"]) == (0.0, 2.0)
    assert len(features["value"]) == 5
    for k, value in enumerate(features["value"]):
        expected = uv_histogram(on_grid(in_view(frames, 0.5 * k).pixels), blocks).ravel()
        np.testing.assert_allclose(value, expected, rtol=1e-3, atol=1e-6)


def test_the_palette_follows_the_film(tmp_path: Path) -> None:
    red, blue = (np.full((50, 36, 64, 3), shade, np.uint8) for shade in ((200, 30, 30), (20, 20, 220)))
    palette = values_of(write_film(tmp_path / "a.mp4", np.concatenate([red, blue])), colour.STAGE)["palette"]
    assert palette["time"] == [0.0, 2.0]
    assert palette["share"] == [1.0, 1.0]
    first, second = (bytes.fromhex(colour[1:]) for colour in palette["value"])
    assert first[0] > 150 > first[2]
    assert second[2] > 150 > second[0]


@pytest.mark.parametrize("stage", [colour.STAGE, motion.STAGE])
@pytest.mark.parametrize("value", [0.0, -1.0, float("nan")])
def test_an_interval_that_is_none_is_refused_before_the_first_song(stage: Any, value: float) -> None:
    with pytest.raises(BadSettings, match="above 0"):
        stage.settings(every_seconds=value)
