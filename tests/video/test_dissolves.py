"""Dissolves: blends are found, and what only looks like one is not."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from symmv_tools.video.dissolves import LONGEST, Window, best, confidence, windows
from symmv_tools.video.glimpses import Memory
from tests.films import Pictures, scene

pytestmark = pytest.mark.quick


def blend(length: int, first: int = 0, second: int = 1) -> Pictures:
    """A second of a scene, a dissolve over so many frames, and a second of another scene."""
    share = (np.arange(1, length + 1) / (length + 1))[:, None, None, None]
    middle = ((1 - share) * scene(first, 1) + share * scene(second, 1)).astype(np.uint8)
    return np.concatenate([scene(first, 25), middle, scene(second, 25)])


def found_in(pictures: Pictures, fps: float = 25.0, times: NDArray[np.float64] | None = None) -> list[Window]:
    memory = Memory(LONGEST)
    found: list[Window] = []
    for i, picture in enumerate(pictures):
        if glimpses := memory.feed(i / fps if times is None else float(times[i]), picture):
            found += windows(glimpses)
    if glimpses := memory.rest():
        found += windows(glimpses)
    return best(found, steps=[])


@settings(max_examples=25, deadline=None)
@given(st.integers(8, 50), st.integers(0, 1000))
def test_a_dissolve_of_a_third_of_a_second_to_two_is_found_once_and_in_its_middle(n: int, seed: int) -> None:
    (window,) = found_in(blend(n, seed, seed + 1))
    assert 25 * window.middle == pytest.approx(25 + n / 2, abs=1.5)
    assert 0.5 <= confidence(window) <= 1.0


def test_it_does_not_matter_where_in_the_video_a_dissolve_lies() -> None:
    """Frames are judged block by block; no dissolve may fall between two blocks."""
    still = scene(0, 1)
    for before in range(0, 200, 7):
        pictures = np.concatenate([np.repeat(still, before, axis=0), blend(20)])
        (window,) = found_in(pictures)
        assert 25 * window.middle == pytest.approx(before + 35, abs=1)


def test_times_count_not_frames() -> None:
    """Of 50 frames in a second every third is missing, and some more."""
    times = np.arange(150) / 50
    shown = np.random.default_rng(0).random(150) < 0.5
    pictures = np.repeat(blend(25), 2, axis=0)[:150]
    (window,) = found_in(pictures[shown], times=times[shown])
    assert window.middle == pytest.approx((25 + 12.5) / 25, abs=0.08)


def panned(speed: float, frames: int = 100) -> Pictures:
    """A camera that moves over a wide picture, `speed` pixels of 64 a frame."""
    wide = scene(3, 1, 36, 64 + int(speed * frames) + 1)[0]
    moves = [np.array([[1, 0, -speed * i], [0, 1, 0]], np.float64) for i in range(frames)]
    return np.stack([np.asarray(cv2.warpAffine(wide, move, (64, 36)), np.uint8) for move in moves])


def zoomed(frames: int = 100) -> Pictures:
    """A camera that comes twice as near."""
    wide = scene(4, 1, 72, 128)[0]
    sizes = np.linspace(1.0, 2.0, frames)
    moves = [np.array([[s, 0, 32 - 64 * s], [0, s, 18 - 36 * s]]) for s in sizes]
    return np.stack([np.asarray(cv2.warpAffine(wide, move, (64, 36)), np.uint8) for move in moves])


def lit(gains: NDArray[np.float64]) -> Pictures:
    return np.clip(scene(0, 1) * gains[:, None, None, None], 0, 255).astype(np.uint8)


@pytest.mark.parametrize(
    "pictures",
    [
        *(panned(speed) for speed in (0.2, 0.5, 1.0, 2.0)),
        zoomed(),
        lit(np.linspace(1.0, 0.0, 100)),
        lit(np.linspace(0.2, 1.8, 100)),
        lit(np.concatenate([np.linspace(1, 0, 20), np.zeros(10), np.linspace(0, 1, 20)])),
        np.concatenate([scene(0, 50), scene(1, 50)]),
        scene(0, 100),
    ],
    ids=["pan .2", "pan .5", "pan 1", "pan 2", "zoom", "fade", "light", "out and in", "cut", "still"],
)
def test_what_moves_or_changes_its_light_or_cuts_is_no_dissolve(pictures: Pictures) -> None:
    assert found_in(pictures) == []


def test_a_flash_inside_a_dissolve_does_not_hide_it() -> None:
    pictures = blend(30)
    pictures[38:40] = 255
    assert len(found_in(pictures)) == 1


def test_of_overlapping_windows_the_best_stays_and_none_holds_a_cut() -> None:
    small, large = Window(10, 20, 0.6, 0.01, 0.0, 30.0), Window(5, 25, 0.6, 0.02, 0.0, 60.0)
    other = Window(25, 40, 1.3, 0.01, 0.0, 60.0)
    assert best([small, large, other], steps=[]) == [large, other]
    assert best([small, large, other], steps=[23]) == [small, other]
    assert best([small, large, other], steps=[5]) == [large, other], (
        "the cut that opens a window is before it"
    )
    assert best([small, large, other], steps=[40]) == [large]
