"""The stages `screen` and `screen_quality`: real frames of a film that ships, read and judged."""

from __future__ import annotations

from dataclasses import asdict, replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from symmv_tools.errors import BadSettings
from symmv_tools.io.video import open_video
from symmv_tools.song import Song
from symmv_tools.stage import Context, Done, Frame, Item, Outcome, Rejected, StreamInfo
from symmv_tools.stages import screen, screen_quality
from symmv_tools.video.screen import ScreenLimits, ScreenStatistics, refusal
from tests.clips import BAD, FPS, GOOD, Kind, clip
from tests.films import scene, write_film
from tests.readers import begin, read_alone

DEMO = Path(__file__).parents[2] / "demo" / "video" / "big_buck_bunny_0_30.webm"
KINDS = {kind.name: kind for kind in BAD + GOOD}
FILM = ScreenStatistics(
    seconds=200, still_share=0.1, rigid_share=0.1, moving_share=0.7, pictures=9, picture_area=1,
    constant_area=0.1, background_share=0.4, spread=0.9,
)  # fmt: skip


@pytest.fixture(scope="module")
def bunny() -> NDArray[np.uint8]:
    """Frames of the demo film, twelve a second, without its credits."""
    with open_video(DEMO) as video:
        pictures = [frame.pixels for batch in video.frames(180) for frame in batch]
    return np.stack(pictures[60:428:2])


def read(path: Path) -> Outcome:
    return read_alone(screen.STAGE, path)


def judged(found: ScreenStatistics, judge: str = "all", url: str | None = None) -> Outcome:
    item = Item(Song("test:a", video_url=url), {"screen": asdict(found)})
    settings = screen_quality.ScreenQualitySettings(judge=judge)
    (outcome,) = screen_quality.run([item], settings, Context())
    return outcome


# One of each family; tests/benchmarks/screen.py tries them all on several seeds.
@pytest.mark.parametrize(
    "name", ["slow zoom", "slideshow, dissolves", "karaoke over film", "visualiser, bars", "film, subtitles"]
)
def test_clips_from_real_frames_get_the_verdict_they_deserve(
    tmp_path: Path, bunny: NDArray[np.uint8], name: str
) -> None:
    kind: Kind = KINDS[name]
    path = write_film(tmp_path / "a.mp4", np.stack(list(clip(kind, [bunny], 7))), fps=FPS)
    outcome = read(path)
    assert isinstance(outcome, Done)
    refused = refusal(ScreenStatistics(**outcome.values["screen"]), ScreenLimits())
    assert (refused.code in kind.codes) if refused else not kind.codes


def test_the_whole_demo_film_stays_and_has_a_contact_sheet() -> None:
    outcome = read(DEMO)
    assert isinstance(outcome, Done)
    assert refusal(ScreenStatistics(**outcome.values["screen"]), ScreenLimits()) is None
    sheet = outcome.values["contact_sheet"]
    assert len(sheet["time"]) == 12
    assert all(picture.startswith(b"\xff\xd8") for picture in sheet["value"])


def test_a_clip_is_the_same_for_the_same_seed(bunny: NDArray[np.uint8]) -> None:
    first, again, other = (next(clip(KINDS["film, logo"], [bunny], seed)) for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"moving_share": 0.0, "pictures": 1.0}, "STATIC"),
        ({"moving_share": 0.0, "pictures": 7.0}, "SLIDESHOW"),
        ({"lyric_share": 0.9}, "LYRIC_VIDEO"),
        ({"constant_area": 0.9, "background_share": 0.8}, "VISUALISER"),
        ({"picture_area": 0.1}, "BLACK_BARS"),
    ],
)
def test_every_limit_has_its_code_and_a_sentence(changes: dict[str, float], code: str) -> None:
    outcome = judged(replace(FILM, **changes))
    assert isinstance(outcome, Rejected)
    assert outcome.code == code
    assert len(outcome.message) > 30


@pytest.mark.parametrize(
    ("judge", "url", "is_refused"),
    [("web", None, False), ("web", "https://x", True), ("all", None, True), ("none", "https://x", False)],
)
def test_only_web_finds_are_refused_unless_told_otherwise(
    judge: str, url: str | None, is_refused: bool
) -> None:
    outcome = judged(replace(FILM, moving_share=0.0, pictures=1.0), judge, url)
    assert isinstance(outcome, Rejected) == is_refused
    if isinstance(outcome, Done):
        assert outcome.values == {"screen_verdict": "STATIC"}


def test_a_film_is_ok() -> None:
    assert judged(FILM) == Done({"screen_verdict": "ok"})


@pytest.mark.parametrize("name", ["every_seconds", "side", "text_pictures", "text_seconds", "sheet_pictures"])
def test_a_setting_of_nothing_is_refused_before_the_first_song(name: str) -> None:
    with pytest.raises(BadSettings, match=f"screen.{name} is 0"):
        screen.ScreenSettings(**{name: 0})


@pytest.mark.parametrize("share", [-0.1, 1.5, float("nan")])
def test_a_limit_is_a_share(share: float) -> None:
    with pytest.raises(BadSettings, match=r"screen_quality.max_lyric_share is .* a share is from 0 to 1"):
        screen_quality.ScreenQualitySettings(max_lyric_share=share)


def test_a_video_longer_than_its_file_says_is_not_searched_for_text_without_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A file that promised a second and held an hour had text looked for 3,600 times, and all of it kept."""
    looked: list[float] = []

    def count(pixels: NDArray[np.uint8], detector: None) -> NDArray[np.float32]:
        looked.append(float(pixels[0, 0, 0]))
        return np.zeros((32, 32), np.float32)

    monkeypatch.setattr("symmv_tools.models.text_detector.text_map", count)
    info = StreamInfo(64, 36, 25.0, 1.0, Fraction(1, 1000))
    reader = screen.reader(info, screen.Equipped(screen.ScreenSettings(), None))
    for k in range(2000):
        reader.feed([Frame(0.5 * k, np.full((36, 64, 3), k * 255 // 2000, np.uint8))])
    assert isinstance(reader.finish(), Done)
    assert 100 < len(looked) < 250
    assert max(looked) > 250


BLACK, PORTRAIT = np.zeros((60, 36, 64, 3), np.uint8), scene(0, 60, 96, 54)


@pytest.mark.parametrize(("pictures", "code"), [(BLACK, "STATIC"), (PORTRAIT, "STATIC")])
def test_what_never_moves_is_static_and_keeps_its_contact_sheet(
    tmp_path: Path, pictures: NDArray[np.uint8], code: str
) -> None:
    outcome = read(write_film(tmp_path / "a.mp4", pictures))
    assert isinstance(outcome, Done)
    assert outcome.values["contact_sheet"]["value"]
    verdict = judged(ScreenStatistics(**outcome.values["screen"]))
    assert isinstance(verdict, Rejected)
    assert verdict.code == code


@pytest.mark.parametrize("shape", [(1, 1), (1, 400), (400, 1), (7, 9), (180, 320)])
@pytest.mark.parametrize("brightest", [1, 256], ids=["black", "noise"])
def test_whatever_the_shape_the_statistics_are_numbers(shape: tuple[int, int], brightest: int) -> None:
    reader = begin(screen.STAGE, StreamInfo(shape[1], shape[0], 25.0, 6.0, Fraction(1, 1000)))
    generator = np.random.default_rng(0)
    for k in range(12):
        reader.feed([Frame(0.5 * k, generator.integers(0, brightest, (*shape, 3), np.uint8))])
    outcome = reader.finish()
    assert isinstance(outcome, Done)
    assert np.isfinite(list(outcome.values["screen"].values())).all()
    assert outcome.values["screen"]["picture_area"] == (0.0 if brightest == 1 else 1.0)
