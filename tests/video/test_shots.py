import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symmv_tools.video.cuts import DETECTORS
from symmv_tools.video.shots import ShotFinder, Shots
from tests.films import Pictures, film, scene


def shots_of(pictures: Pictures, fps: float = 25.0, **choices: object) -> Shots:
    finder = ShotFinder(**choices)  # type: ignore[arg-type]
    for i, picture in enumerate(pictures):
        finder.feed(i / fps, picture)
    return finder.finish(1.0 / fps)


def black(frames: int) -> Pictures:
    return np.zeros((frames, 36, 64, 3), np.uint8)


def ramp(pictures: Pictures, start: float, end: float) -> Pictures:
    gain = np.linspace(start, end, len(pictures))[:, None, None, None]
    return (pictures * gain).astype(np.uint8)


@pytest.mark.parametrize("detector", DETECTORS)
def test_a_hard_cut_opens_a_shot_on_its_first_frame(detector: str) -> None:
    shots = shots_of(film(20, 15, 30), detector=detector)
    np.testing.assert_allclose(shots.time, [0.0, 20 / 25, 35 / 25])
    np.testing.assert_allclose(shots.duration, [20 / 25, 15 / 25, 30 / 25])
    assert shots.value == ["start", "cut", "cut"]
    assert shots.confidence[0] == 1.0
    assert (shots.confidence[1:] > 0.5).all()


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(8, 20), min_size=1, max_size=5), st.floats(0.0, 1000.0), st.integers(0, 1000))
def test_shots_cover_the_video_without_gap_or_overlap(lengths: list[int], start: float, seed: int) -> None:
    finder = ShotFinder()
    for i, picture in enumerate(film(*lengths, seed=seed)):
        finder.feed(start + i / 25, picture)
    shots = finder.finish(1 / 25)
    assert shots.time[0] == start
    np.testing.assert_allclose(shots.time[1:], (shots.time + shots.duration)[:-1])
    assert shots.duration.sum() == pytest.approx(sum(lengths) / 25)
    assert (shots.duration >= 0.25).all()


def test_the_times_are_those_of_the_frames_however_uneven() -> None:
    finder = ShotFinder()
    times = np.cumsum(np.random.default_rng(0).uniform(0.01, 0.2, 40))
    for time, picture in zip(times, film(20, 20), strict=True):
        finder.feed(time, picture)
    np.testing.assert_array_equal(finder.finish(0.04).time, times[[0, 20]])


def test_a_still_picture_is_one_shot() -> None:
    assert shots_of(scene(0, 50)).value == ["start"]


def test_one_frame_is_one_shot_that_lasts_a_frame() -> None:
    shots = shots_of(scene(0, 1))
    assert shots.value == ["start"]
    assert shots.duration[0] == pytest.approx(1 / 25)


def test_no_frame_is_no_shot() -> None:
    assert len(ShotFinder().finish(0.04)) == 0


@pytest.mark.parametrize("length", [10, 15, 25])
def test_a_fade_opens_its_shot_where_the_picture_leaves_black(length: int) -> None:
    """Saturated colours step as high as a cut does in the last frames of a fade; those are dark."""
    falling, rising = ramp(scene(0, length), 1, 0), ramp(scene(1, length), 0, 1)
    shots = shots_of(np.concatenate([scene(0, 20), falling, black(10), rising, scene(1, 20)]))
    assert shots.value == ["start", "fade"]
    assert 0 <= shots.time[1] * 25 - (20 + length + 10) <= 3


def test_a_cut_to_black_and_a_cut_back_are_cuts() -> None:
    shots = shots_of(np.concatenate([scene(0, 20), black(15), scene(1, 20)]))
    assert shots.value == ["start", "cut", "cut"]


def test_the_black_before_the_first_picture_belongs_to_the_first_shot() -> None:
    assert shots_of(np.concatenate([black(15), ramp(scene(0, 30), 0, 1), scene(0, 20)])).value == ["start"]


def test_a_flickering_dark_scene_is_no_row_of_fades() -> None:
    """PySceneDetect's ThresholdDetector has one level for both ways, and cuts at every crossing."""
    dim = scene(0, 60) // 10
    dim[::15] //= 2
    assert shots_of(np.concatenate([scene(0, 20), ramp(scene(0, 20), 1, 0.1), dim])).value == ["start"]


def test_the_coding_noise_of_a_dark_screen_is_no_cut() -> None:
    """Near black, one level of red is full saturation: undamped it scored more than true cuts do."""
    noise = np.random.default_rng(0).integers(0, 12, (60, 36, 64, 3)).astype(np.uint8)
    noise[30] = (12, 0, 0)
    assert shots_of(noise).value == ["start"]


@pytest.mark.parametrize("light", [[1.0], [1.0, 1.0], [0.9, 0.5, 0.25, 0.1]])
@pytest.mark.parametrize("detector", DETECTORS)
def test_a_flash_opens_no_shot(detector: str, light: list[float]) -> None:
    pictures = scene(0, 60).astype(float)
    pictures[30 : 30 + len(light)] += 255 * np.array(light)[:, None, None, None]
    assert len(shots_of(np.clip(pictures, 0, 255).astype(np.uint8), detector=detector)) == 1


def test_black_for_a_moment_opens_no_shot() -> None:
    pictures = scene(0, 60)
    pictures[30:33] = 0
    assert len(shots_of(pictures)) == 1


def test_a_flash_on_a_cut_hides_no_cut() -> None:
    pictures = film(30, 30)
    pictures[29:31] = 255
    assert shots_of(pictures).value == ["start", "cut"]


@pytest.mark.parametrize("length", [10, 25, 50])
def test_a_dissolve_opens_its_shot_in_its_middle(length: int) -> None:
    old, new = ramp(scene(0, length), 1, 0), ramp(scene(1, length), 0, 1)
    shots = shots_of(np.concatenate([scene(0, 40), old + new, scene(1, 40), scene(2, 40)]))
    assert shots.value == ["start", "dissolve", "cut"]
    assert shots.time[1] * 25 == pytest.approx(40 + length / 2, abs=2)
    assert 0.5 <= shots.confidence[1] <= 1.0


def test_without_an_error_allowed_no_dissolve_is_looked_for() -> None:
    old, new = ramp(scene(0, 20), 1, 0), ramp(scene(1, 20), 0, 1)
    pictures = np.concatenate([scene(0, 40), old + new, scene(1, 40)])
    assert shots_of(pictures, dissolve_error=0.0).value == ["start"]


def test_shots_shorter_than_asked_for_are_merged() -> None:
    assert len(shots_of(film(20, 10, 20), min_shot_seconds=0.5)) == 2


def test_an_unknown_detector_is_refused() -> None:
    with pytest.raises(ValueError, match="adaptive, content"):
        ShotFinder(detector="magic")
