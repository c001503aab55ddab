from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scenedetect import AdaptiveDetector, ContentDetector, FrameTimecode

from symmv_tools.video.cuts import BRIGHTNESS_ALONE, LIFT, WEIGHTS, CutFinder
from tests.films import Pictures, film

pytestmark = pytest.mark.quick


def with_our_score(detector: Any) -> Any:
    """Make a PySceneDetect detector compare frames as we do: lifted off black, or by brightness alone."""
    of_all, of_brightness = detector._calculate_frame_score, ContentDetector(luma_only=True)

    def score(timecode: FrameTimecode, frame: Pictures) -> float:
        lifted = cv2.convertScaleAbs(frame, alpha=(255 - LIFT) / 255, beta=LIFT)
        alone = of_brightness._calculate_frame_score(timecode, lifted)
        return float(max(of_all(timecode, lifted), BRIGHTNESS_ALONE * alone))

    detector._calculate_frame_score = score
    return detector


def theirs(detector: Any, pictures: Pictures) -> tuple[list[int], list[float]]:
    """Cuts and scores of a PySceneDetect detector, which wants BGR and frame numbers."""
    cuts, scores = [], []
    for i, picture in enumerate(pictures):
        found = detector.process_frame(FrameTimecode(i, fps=1.0), np.ascontiguousarray(picture[..., ::-1]))
        cuts += [cut.frame_num for cut in found]
        scores.append(detector._frame_score or 0.0)
    return cuts, scores


def ours(finder: CutFinder, pictures: Pictures) -> list[int]:
    for picture in pictures:
        finder.feed(picture, float(picture.mean()))
    return [index for index, _ in finder.cuts()]


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(1, 12), min_size=1, max_size=6), st.integers(0, 1000), st.floats(1.0, 40.0))
def test_cuts_and_scores_are_those_of_pyscenedetect(lengths: list[int], seed: int, least: float) -> None:
    pictures = film(*lengths, seed=seed)
    common = {"weights": ContentDetector.Components(*WEIGHTS, delta_edges=0.0), "min_scene_len": 0}
    adaptive = AdaptiveDetector(adaptive_threshold=2.0, min_content_val=least, **common)
    content = ContentDetector(threshold=least, **common)
    for ratio, detector in ((2.0, with_our_score(adaptive)), (None, with_our_score(content))):
        finder = CutFinder(least, ratio)
        cuts = ours(finder, pictures)
        expected, scores = theirs(detector, pictures)
        np.testing.assert_allclose(finder.scores, scores, rtol=1e-9)
        assert cuts == sorted({*expected} - {0})


@pytest.mark.parametrize("tint", [(1.0, 1.0, 1.0), (1.0, 0.9, 0.7)])
def test_a_film_without_colour_is_cut_as_well(tint: tuple[float, float, float]) -> None:
    """PySceneDetect's mean of hue, saturation and brightness sees a third of the change there."""
    bright, dark = np.full((12, 36, 64, 3), 150.0), np.full((12, 36, 64, 3), 105.0)
    pictures = (np.concatenate([bright, dark]) * tint).astype(np.uint8)
    assert ours(CutFinder(24.0, 2.0), pictures) == [12]


def test_steps_are_cuts_whatever_their_neighbours() -> None:
    finder = CutFinder(24.0, 2.0)
    assert 12 not in ours(finder, film(10, 1, 1, 1, 1, 10))
    assert finder.steps(1, 24) == [10, 11, 12, 13, 14]
    assert finder.steps(12, 14) == [12, 13]
