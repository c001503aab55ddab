import errno
from collections.abc import Sequence
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

import av
import numpy as np
import pyarrow as pa
import pytest

from symmv_tools.errors import BadMedium, DiskFull
from symmv_tools.io import video
from symmv_tools.settings import NoSettings
from symmv_tools.stage import Done, Failed, Frame, Outcome, Reader, Stage, StreamInfo
from symmv_tools.stages import colour, motion, screen, shots, video_info
from symmv_tools.stages.video_pass import MakeReader, read_video
from tests.films import film, scene, write_film
from tests.readers import begin, read_alone

READERS = (shots.STAGE, video_info.STAGE, colour.STAGE, motion.STAGE, screen.STAGE)


class Watcher:
    """Ends with everything it was shown; fails where told to."""

    def __init__(
        self,
        max_height: int | None = None,
        fail_at: str = "",
        why: Exception | None = None,
        every_seconds: float | None = None,
        is_sampled: bool = False,
    ) -> None:
        self.max_height, self.every_seconds, self.is_sampled = max_height, every_seconds, is_sampled
        self.fail_at, self.why = fail_at, why or RuntimeError("I fell over")
        self.seen: list[Frame] = []
        self.calls = 0

    def feed(self, frames: Sequence[Frame]) -> None:
        self.calls += 1
        self._fail("feed")
        self.seen += frames

    def finish(self) -> Outcome:
        self._fail("finish")
        return Done({"sum": [(frame.time, int(frame.pixels.sum())) for frame in self.seen]})

    def _fail(self, where: str) -> None:
        if where == self.fail_at:
            raise self.why


def watch(*arguments: Any, **wants: Any) -> MakeReader:
    return lambda info: Watcher(*arguments, **wants)


def shot_reader(info: StreamInfo) -> Reader:
    return shots.reader(info, shots.ShotSettings())


def info_reader(info: StreamInfo) -> Reader:
    return video_info.reader(info, NoSettings())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write_film(tmp_path / "a.mp4", film(40, 30))


def same(a: Outcome, b: Outcome) -> bool:
    np.testing.assert_equal(vars(a), vars(b))
    return True


def test_readers_together_end_as_each_would_alone(path: Path) -> None:
    readers: dict[str, MakeReader] = {
        "shots": shot_reader,
        "info": info_reader,
        "full": watch(),
        "small": watch(9),
        "tiny": watch(5),
        "sampled": watch(9, is_sampled=True),
        "seldom": watch(9, every_seconds=0.5),
        "colour": partial(begin, colour.STAGE),
        "motion": partial(begin, motion.STAGE),
        "screen": partial(begin, screen.STAGE),
    }
    together = read_video(path, readers)
    assert list(together) == list(readers)
    for name, make in readers.items():
        assert isinstance(together[name], Done)
        assert same(together[name], read_video(path, {name: make})[name])


def test_the_video_is_decoded_once(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    decoded: list[Any] = []
    open_once, decode = av.open, video.Video._decoded

    def counting_open(name: str, **options: Any) -> Any:
        opened.append(name)
        return open_once(name, **options)

    def counting_decode(self: video.Video) -> Any:
        for picture in decode(self):
            decoded.append(picture.pts)
            yield picture

    monkeypatch.setattr(av, "open", counting_open)
    monkeypatch.setattr(video.Video, "_decoded", counting_decode)
    read_video(path, {str(height): watch(height) for height in (5, 9, 18)})
    assert len(opened) == 1
    assert len(decoded) == 70


def test_a_reader_gets_the_pictures_in_view_at_the_times_it_asks_for_and_the_last(path: Path) -> None:
    outcome = read_video(path, {"seldom": watch(9, every_seconds=0.5)})["seldom"]
    assert isinstance(outcome, Done)
    times = [time for time, _ in outcome.values["sum"]]
    np.testing.assert_allclose(times, [0.0, 0.48, 1.0, 1.48, 2.0, 2.48, 2.76], atol=1e-6)


def test_pictures_that_nobody_wants_are_not_scaled(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scaled: list[Any] = []
    scale = video._Scaler.__call__

    def counting_scale(self: video._Scaler, picture: Any) -> Any:
        scaled.append(picture.pts)
        return scale(self, picture)

    monkeypatch.setattr(video._Scaler, "__call__", counting_scale)
    read_video(path, {"a": watch(9, every_seconds=0.5), "b": watch(9, every_seconds=1.0)})
    assert len(scaled) == 7


@pytest.mark.parametrize("where", ["feed", "finish"])
def test_one_readers_failure_is_its_own(path: Path, where: str) -> None:
    outcomes = read_video(path, {"bad": watch(9, where), "good": watch(9)})
    bad = outcomes["bad"]
    assert isinstance(bad, Failed)
    assert (bad.code, bad.message) == ("UNEXPECTED", "RuntimeError: I fell over")
    assert "test_video_pass.py" in bad.traceback
    assert same(outcomes["good"], read_video(path, {"good": watch(9)})["good"])


def test_a_reader_that_cannot_begin_fails_alone(path: Path) -> None:
    def make(info: StreamInfo) -> Reader:
        raise BadMedium("TOO_SMALL", f"{info.height} rows are not enough", "find a larger one")

    outcomes = read_video(path, {"bad": make, "good": watch(0)})
    assert isinstance(outcomes["good"], Done)
    bad = outcomes["bad"]
    assert isinstance(bad, Failed)
    assert (bad.code, bad.message) == ("TOO_SMALL", "36 rows are not enough; find a larger one")


def test_a_reader_that_failed_is_fed_no_more(path: Path) -> None:
    watcher = Watcher(9, "feed")
    read_video(path, {"bad": lambda info: watcher, "good": watch(9)})
    assert watcher.calls == 1


def test_a_house_fault_in_a_reader_stops_everything(path: Path) -> None:
    full = OSError(errno.ENOSPC, "No space left on device")
    with pytest.raises(DiskFull):
        read_video(path, {"bad": watch(9, "feed", full), "good": watch(9)})


def test_a_video_that_cannot_be_read_fails_every_reader(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    path.write_text("<html>gone</html>")
    outcomes = read_video(path, {"a": watch(), "b": shot_reader})
    assert {outcome.code for outcome in outcomes.values() if isinstance(outcome, Failed)} == {"NOT_VIDEO"}
    assert len(outcomes) == 2


def test_a_broken_tail_is_logged_and_the_good_part_read(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = write_film(tmp_path / "a.mp4", film(60, 100), options={"movflags": "faststart"})
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 7 // 10])
    outcome = read_video(path, {"shots": shot_reader})["shots"]
    assert isinstance(outcome, Done)
    assert outcome.values["shot"]["time"][1] == pytest.approx(60 / 25)
    assert "broken after" in caplog.text


@pytest.mark.parametrize("stage", READERS)
def test_a_reader_without_frames_fails(stage: Stage) -> None:
    info = StreamInfo(64, 36, 25.0, None, Fraction(1, 1000))
    outcome = begin(stage, info).finish()
    assert isinstance(outcome, Failed)
    assert outcome.code == "NO_FRAMES"


@pytest.mark.parametrize("stage", READERS)
def test_a_stage_makes_what_it_says_in_arrow_types(path: Path, stage: Stage) -> None:
    outcome = read_alone(stage, path)
    assert isinstance(outcome, Done)
    assert set(outcome.values) == set(stage.makes)
    for name, kind in stage.makes.items():
        assert len(pa.array([outcome.values[name]], kind)) == 1


@pytest.mark.parametrize(
    ("count", "pts", "fps"), [(50, None, 25.0), (1, None, 25.0), (5, [0, 100, 500, 600, 2000], 2.0)]
)
def test_the_rate_is_the_average_as_decoded(
    tmp_path: Path, count: int, pts: list[int] | None, fps: float
) -> None:
    path = write_film(tmp_path / "a.mkv", scene(0, count), pts=pts)
    outcome = read_video(path, {"info": info_reader})["info"]
    assert isinstance(outcome, Done)
    assert outcome.values["video_fps"] == pytest.approx(fps, rel=0.01)
    assert (outcome.values["video_width"], outcome.values["video_height"]) == (64, 36)
