"""Films of every odd make: each gives right times to every reader, or a clear refusal."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from symmv_tools.io.video import open_video
from symmv_tools.stage import Done
from symmv_tools.stages import ALL
from symmv_tools.stages.video_pass import read_video
from tests.films import film, scene, write_film
from tests.readers import begin

READERS = {stage.name: stage for stage in ALL if stage.reader and stage.enabled(stage.settings())}


def write_pictures(path: Path, pix_fmt: str, codec: str, frames: int = 30, **tags: int) -> Path:
    """Write a film in a pixel format of its own, 25 a second."""
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream(codec, rate=25)
        stream.height, stream.width, stream.pix_fmt = 36, 64, pix_fmt
        for name, value in tags.items():
            setattr(stream.codec_context, name, value)
        for i, picture in enumerate(scene(0, frames)):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(format=pix_fmt)
            frame.pts, frame.time_base = i, Fraction(1, 25)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def one_picture(path: Path) -> Path:
    return write_film(path.with_suffix(".mp4"), scene(0, 1))


def five_a_second(path: Path) -> Path:
    return write_film(path.with_suffix(".mp4"), film(8, 7), fps=5)


def many_a_second(path: Path) -> Path:
    return write_film(path.with_suffix(".mp4"), film(100, 140), fps=120)


def portrait(path: Path) -> Path:
    return write_film(path.with_suffix(".mp4"), scene(0, 30, 64, 36))


def turned(path: Path) -> Path:
    return write_film(path.with_suffix(".mp4"), scene(0, 30), rotation=90.0)


def odd_sizes(path: Path) -> Path:
    return write_film(path.with_suffix(".mkv"), scene(0, 30, 37, 53), codec="mpeg4")


def smaller_than_the_grid(path: Path) -> Path:
    return write_film(path.with_suffix(".mkv"), scene(0, 30, 6, 8), codec="mpeg4")


UNEVEN = [0, 40, 80, 500, 520, 1400, 1440, 2600]


def variable_rate(path: Path) -> Path:
    return write_film(path.with_suffix(".mkv"), scene(0, 8), pts=UNEVEN, codec="mpeg4")


def late_start(path: Path) -> Path:
    return write_film(path.with_suffix(".mkv"), scene(0, 30), pts=[5000 + 40 * i for i in range(30)])


NEGATIVE: dict[str, Any] = {
    "pts": [40 * i - 400 for i in range(30)],
    "options": {"avoid_negative_ts": "disabled"},
}


def negative_start(path: Path) -> Path:
    return write_film(path.with_suffix(".mkv"), scene(0, 30), codec="mpeg4", **NEGATIVE)


def cut_off_by_its_edit_list(path: Path) -> Path:
    """An MP4 says of what lies before 0 that it is not shown: 10 of its 30 pictures, as in every player."""
    return write_film(path.with_suffix(".mp4"), scene(0, 30), **NEGATIVE)


def longer_audio(path: Path) -> Path:
    return write_film(path.with_suffix(".mp4"), scene(0, 30), seconds_of_audio=4.0)


def truncated_tail(path: Path) -> Path:
    path = write_film(path.with_suffix(".mp4"), film(100, 100), options={"movflags": "faststart"})
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 6 // 10])
    return path


def ten_bits(path: Path) -> Path:
    return write_pictures(path.with_suffix(".mkv"), "yuv420p10le", "libx264")


def high_dynamic_range(path: Path) -> Path:
    """BT.2020 with the PQ curve, as HDR10 has it; pixels are the signal, not tone-mapped."""
    tags = {"color_primaries": 9, "color_trc": 16, "colorspace": 9}
    return write_pictures(path.with_suffix(".mkv"), "yuv420p10le", "libx265", **tags)


def with_alpha(path: Path) -> Path:
    return write_pictures(path.with_suffix(".mov"), "rgba", "png")


def with_alpha_beside_it(path: Path) -> Path:
    """A WebM carries alpha as a second stream of VP9, which decoders leave alone."""
    return write_pictures(path.with_suffix(".webm"), "yuva420p", "libvpx-vp9")


def full_chroma(path: Path) -> Path:
    return write_pictures(path.with_suffix(".mkv"), "yuv444p", "libx264")


def grey(path: Path) -> Path:
    return write_pictures(path.with_suffix(".mkv"), "gray", "ffv1")


def animated_gif(path: Path) -> Path:
    return write_pictures(path.with_suffix(".gif"), "rgb8", "gif")


EVEN = np.arange(30) / 25
FILMS: dict[Callable[[Path], Path], Any] = {
    one_picture: np.zeros(1),
    five_a_second: np.arange(15) / 5,
    many_a_second: np.arange(240) / 120,
    **dict.fromkeys((portrait, turned, odd_sizes, smaller_than_the_grid), EVEN),
    variable_rate: np.array(UNEVEN) / 1000,
    cut_off_by_its_edit_list: np.arange(20) / 25,
    **dict.fromkeys((late_start, negative_start, longer_audio), EVEN),
    **dict.fromkeys((ten_bits, high_dynamic_range, with_alpha, with_alpha_beside_it), EVEN),
    **dict.fromkeys((full_chroma, grey, animated_gif), EVEN),
}


def times_of(path: Path) -> list[float]:
    with open_video(path) as video:
        return [frame.time for batch in video.frames(0) for frame in batch]


@pytest.mark.parametrize("make", FILMS, ids=lambda make: make.__name__)
def test_an_odd_film_gives_right_times_to_every_reader(
    make: Callable[[Path], Path], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path, expected = make(tmp_path / "a"), FILMS[make]
    np.testing.assert_allclose(times_of(path), expected, atol=0.006 if make is animated_gif else 2e-3)
    check_readers(path, expected)
    assert "broken" not in caplog.text


def test_of_a_truncated_film_every_reader_gets_the_good_part(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = truncated_tail(tmp_path / "a")
    expected = np.array(times_of(path))
    np.testing.assert_allclose(expected, np.arange(len(expected)) / 25, atol=1e-6)
    assert 40 < len(expected) < 180
    check_readers(path, expected)
    assert "broken after" in caplog.text


def check_readers(path: Path, times: Any) -> None:
    """Every reader is done, with values for as much time as there are pictures."""
    outcomes = read_video(path, {name: partial(begin, stage) for name, stage in READERS.items()})
    values: dict[str, Any] = {}
    for name, outcome in outcomes.items():
        assert isinstance(outcome, Done), (name, outcome)
        values |= outcome.values
    shots = values["shot"]
    step = float(np.median(np.diff(times))) if len(times) > 1 else 1 / 25
    assert shots["time"][0] == pytest.approx(0.0, abs=0.01)
    assert sum(shots["duration"]) == pytest.approx(times[-1] + step, abs=0.02)
    for column, steps_before in (("features_colour", 0), ("features_motion", 1)):
        features = values[column]
        length = len(features["value"]) + steps_before - 1
        assert features["start"] == steps_before / features["rate"]
        assert length == int((times[-1] + 0.004) * features["rate"]), column
        assert np.isfinite(np.array(features["value"], float)).all()
    assert values["screen"]["seconds"] == pytest.approx(times[-1], abs=0.01)
    assert all(0.0 <= share <= 1.0 for name, share in values["screen"].items() if "share" in name)
    sheet = values["contact_sheet"]
    assert 0 < len(sheet["time"]) == len(sheet["value"]) <= 12
    assert all(any(abs(time - times) < 0.01) for time in sheet["time"])
    assert (values["motion_mean"] is None) == (times[-1] < 0.19)


def test_a_portrait_film_is_upright_however_it_is_stored(tmp_path: Path) -> None:
    for make in (portrait, turned):
        with open_video(make(tmp_path / make.__name__)) as video:
            assert (video.info.width, video.info.height) == (36, 64)
            assert next(video.frames(32))[0].pixels.shape == (32, 18, 3)
