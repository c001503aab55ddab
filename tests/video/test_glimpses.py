import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symmv_tools.video.glimpses import SIZE, Glimpses, Memory, is_flash
from tests.films import Pictures, film, scene

pytestmark = pytest.mark.quick


def glimpses_of(pictures: Pictures, times: list[float], seconds: float) -> list[Glimpses]:
    memory = Memory(seconds)
    found = [memory.feed(time, picture) for time, picture in zip(times, pictures, strict=True)]
    return [glimpses for glimpses in [*found, memory.rest()] if glimpses]


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(0.01, 3.0), max_size=80), st.floats(0.1, 5.0))
def test_every_frame_is_judged_once_with_its_surroundings_beside_it(
    gaps: list[float], seconds: float
) -> None:
    times = np.cumsum([0.0, *gaps])
    found = glimpses_of(scene(0, len(times)), times.tolist(), seconds)
    judged = [g.first + k for g in found for k in range(g.begin, g.end)]
    assert judged == list(range(len(times)))
    for glimpses in found:
        np.testing.assert_array_equal(
            glimpses.time, times[glimpses.first : glimpses.first + len(glimpses.time)]
        )
        near = np.abs(times[:, None] - glimpses.time[glimpses.begin : glimpses.end]) < seconds - 1e-9
        beside = np.flatnonzero(near.any(axis=1))
        assert glimpses.first <= beside[0]
        assert beside[-1] < glimpses.first + len(glimpses.time)


def test_a_long_video_is_not_kept() -> None:
    found = glimpses_of(scene(0, 2000), (np.arange(2000) / 25).tolist(), 1.0)
    assert max(len(glimpses.time) for glimpses in found) <= 4 * 25 + 2


def test_a_glimpse_is_the_picture_in_few_places() -> None:
    picture = np.kron(
        np.arange(SIZE[0] * SIZE[1] * 3).reshape(SIZE[1], SIZE[0], 3) % 251, np.ones((10, 10, 1))
    )
    (glimpses,) = glimpses_of(picture[None].astype(np.uint8), [0.0], 1.0)
    np.testing.assert_array_equal(glimpses.tiny[0], picture[::10, ::10].ravel())


def test_a_step_that_is_undone_in_time_is_a_flash() -> None:
    pictures = np.concatenate([scene(0, 20), scene(1, 4), scene(0, 20), scene(2, 20)])
    (glimpses,) = glimpses_of(pictures, (np.arange(64) / 25).tolist(), 5.0)
    assert [is_flash(glimpses, k, 0.25) for k in (20, 24, 44)] == [True, True, False]
    assert not is_flash(glimpses, 20, 0.1)
    assert not is_flash(glimpses, 20, 0.0)


def test_a_cut_is_no_flash_however_near_to_the_ends_of_the_video() -> None:
    (glimpses,) = glimpses_of(film(1, 20, 1), (np.arange(22) / 25).tolist(), 5.0)
    assert not is_flash(glimpses, 1, 0.25)
    assert not is_flash(glimpses, 21, 0.25)
