import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from symmv_tools.video.in_view import SLACK_SECONDS, at_even_times, is_in_view

pytestmark = pytest.mark.quick

MILLISECONDS = st.lists(st.integers(0, 20_000), min_size=1, max_size=60, unique=True).map(sorted)
EVERY = st.sampled_from([0.1, 0.2, 0.5, 2.0])


@given(MILLISECONDS, EVERY)
def test_at_every_even_time_the_last_picture_at_or_before_it_is_taken(
    stamps: list[int], every: float
) -> None:
    times = np.array(stamps) / 1000
    for k, index in enumerate(at_even_times(times, every)):
        before = np.flatnonzero(times <= k * every + SLACK_SECONDS)
        assert index == (before[-1] if len(before) else 0)


@given(MILLISECONDS, EVERY)
def test_thinning_on_the_way_changes_nothing(stamps: list[int], every: float) -> None:
    """A reader that is fed only what is in view, and the last picture, finds the same pictures."""
    times = np.array(stamps) / 1000
    shown = zip(times.tolist(), [0.0, *times[1:].tolist()], [*times[1:].tolist(), None], strict=True)
    thinned = np.array([time for time, start, end in shown if is_in_view(start, end, every)])
    expected = times[at_even_times(times, every)]
    np.testing.assert_array_equal(thinned[at_even_times(thinned, every)], expected)
    assert len(thinned) <= len(expected) + 1, "nothing is fed in vain but the last"


def test_times_rounded_to_milliseconds_are_not_late() -> None:
    """Frame 6 of 29.97 a second comes at 0.2002 s; an MP4 says so, a WebM says 0.200."""
    exact = np.arange(300) * 1001 / 30000
    np.testing.assert_array_equal(at_even_times(exact, 0.2)[:2], [0, 6])
    np.testing.assert_array_equal(at_even_times(exact.round(3), 0.2)[:2], [0, 6])


def test_no_pictures_are_in_view_at_no_time() -> None:
    assert len(at_even_times(np.empty(0), 0.2)) == 0
