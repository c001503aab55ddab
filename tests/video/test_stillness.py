"""Stillness: photos, zooms, slides, bars and visualisers, told from what moves by itself."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from symmv_tools.video.backdrop import KEPT
from symmv_tools.video.screen import StillnessStatistics
from symmv_tools.video.stillness import Stillness
from tests.films import scene

pytestmark = pytest.mark.quick

Pictures = NDArray[np.uint8]


def photo(seed: int) -> Pictures:
    """A smooth coloured picture, 180 x 320."""
    return np.kron(scene(seed, 1)[0][::4, ::8], np.ones((20, 40, 1))).astype(np.uint8)


def look(pictures: Iterable[Pictures], every: float = 0.5) -> StillnessStatistics:
    """The statistics of pictures that are `every` seconds apart."""
    stillness = Stillness()
    for i, picture in enumerate(pictures):
        stillness.feed(i * every, picture)
    return stillness.finish()


@pytest.mark.parametrize("count", [0, 1, 40])
def test_one_picture_is_still_however_long_it_stays(count: int) -> None:
    found = look([photo(0)] * count)
    assert (found.still_share, found.moving_share, found.pictures) == (1.0, 0.0, 1.0)
    assert found.seconds == max(0, count - 1) * 0.5


def test_slides_are_counted_and_do_not_move() -> None:
    found = look([photo(seed) for seed in range(4) for _ in range(8)])
    assert (found.pictures, found.moving_share) == (4.0, 0.0)
    assert found.still_share == pytest.approx(24 / 30)  # a cut has two pictures beside it


def wandering(seed: int, count: int) -> list[Pictures]:
    """A photo over which a white square wanders."""
    pictures = [photo(seed).copy() for _ in range(count)]
    for i, picture in enumerate(pictures):
        picture[60:110, 10 + 12 * i : 60 + 12 * i] = 255
    return pictures


def test_shares_of_the_time_and_transitions_make_one() -> None:
    found = look([photo(0)] * 5 + wandering(1, 10) + [photo(2)] * 5)
    assert found.still_share + found.rigid_share + found.moving_share <= 1.0 + 1e-9
    assert found.moving_share > 0.4


def test_a_fade_of_the_whole_picture_is_no_motion() -> None:
    found = look([(photo(0) * share).astype(np.uint8) for share in np.linspace(0.3, 1.0, 12)])
    assert found.moving_share == 0.0


def test_something_small_that_moves_over_a_still_picture_is_motion() -> None:
    assert look(wandering(0, 20)).moving_share > 0.9


def test_short_pieces_between_cuts_are_motion() -> None:
    """What moved for two seconds up to a cut passed for a dissolve: a silent film was lost as slides."""
    found = look([picture for seed in range(5) for picture in [*wandering(seed, 4), *[photo(9 - seed)] * 3]])
    assert found.moving_share == pytest.approx(20 / 33, abs=0.1)


def test_slides_that_drift_and_dissolve_do_not_move() -> None:
    wide = [np.concatenate([photo(seed), photo(seed + 9)], axis=1) for seed in range(3)]
    drifting = [[one[:, 2 * k : 2 * k + 320].astype(float) for k in range(14)] for one in wide]
    pictures = drifting[0][:10]
    for last, following in pairwise(drifting):
        pictures += [last[10 + k] * (3 - k) / 4 + following[k] * (k + 1) / 4 for k in range(3)]
        pictures += following[3:10]
    found = look([picture.astype(np.uint8) for picture in pictures])
    assert found.moving_share == 0.0
    assert found.pictures == 3.0


@pytest.mark.parametrize(
    ("rows", "columns"), [(slice(30, 150), slice(0, 320)), (slice(0, 180), slice(110, 210))]
)
def test_black_bars_are_measured_and_change_nothing_else(rows: slice, columns: slice) -> None:
    pictures = []
    for i in range(20):
        pictures.append(np.zeros((180, 320, 3), np.uint8))
        pictures[-1][rows, columns] = photo(i)[rows, columns] // 2 + 100
    found = look(pictures)
    share = (rows.stop - rows.start) * (columns.stop - columns.start) / (180 * 320)
    assert found.picture_area == pytest.approx(share, abs=0.03)
    assert found.moving_share == look([p[rows, columns] for p in pictures]).moving_share == 1.0


def test_bars_that_jump_show_their_background_and_reach_across() -> None:
    generator = np.random.default_rng(0)
    pictures = []
    for _ in range(40):
        pictures.append(np.full((180, 320, 3), 40, np.uint8))
        for left in range(0, 320, 20):
            top = int(generator.integers(90, 170))
            pictures[-1][top:170, left : left + 14] = 220
    found = look(pictures)
    assert found.constant_area > 0.5
    assert found.spread > 0.8


def test_memory_does_not_grow_with_the_video() -> None:
    stillness = Stillness()
    for i in range(600):
        stillness.feed(0.5 * i, photo(i % 3))
    assert stillness._backdrop is not None
    assert len(stillness._backdrop._kept) <= KEPT
