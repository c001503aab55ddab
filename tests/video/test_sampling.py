from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from symmv_tools.stage import Frame
from symmv_tools.video.sampling import End, EveryNth, Picture, Sampler, even_times, segments, shots

pytestmark = pytest.mark.quick

gaps = st.lists(st.integers(1, 900).map(lambda ms: ms / 1000), min_size=1, max_size=60)


def frames_at(times: list[float]) -> list[Frame]:
    """Frames whose one pixel says which they are."""
    return [Frame(time, np.full((1, 1, 3), i, np.uint8)) for i, time in enumerate(times)]


def times_of(steps: list[float], start: float = 0.0) -> list[float]:
    return [start, *(start + float(t) for t in np.cumsum(steps))][:-1]


def sampled(sampler: Sampler, times: list[float], end: float) -> list[Picture]:
    fed = [picture for frame in frames_at(times) for picture in sampler.feed(frame)]
    return fed + sampler.finish(end)


def number(picture: Picture) -> int:
    return int(picture.pixels[0, 0, 0])


def shown_at(times: list[float], moment: float) -> int:
    """The slow way: the last frame that has begun, or the first."""
    return max([i for i, time in enumerate(times) if time <= moment + 1e-6], default=0)


@given(gaps, st.floats(0, 2), st.sampled_from([0.5, 2.0, 5.0, 6.0, 25.0]))
def test_at_even_times_one_sees_what_a_player_shows(steps: list[float], start: float, rate: float) -> None:
    times = times_of(steps, start)
    end = times[-1] + steps[-1]
    pictures = sampled(even_times(rate), times, end)
    assert len(pictures) == math.ceil((end - 1e-6) * rate) >= 1
    assert [number(p) for p in pictures] == [shown_at(times, i / rate) for i in range(len(pictures))]
    assert [p.time for p in pictures] == [i / rate for i in range(len(pictures))]


@given(gaps, st.sampled_from([0.1, 1.0, 4.0]))
def test_segments_cover_the_video_without_gap_or_overlap(steps: list[float], seconds: float) -> None:
    times = times_of(steps)
    end = times[-1] + steps[-1]
    pictures = sampled(segments(seconds), times, end)
    assert pictures[0].time == 0.0
    assert all(a.time + a.duration == pytest.approx(b.time) for a, b in pairwise(pictures))
    assert pictures[-1].time + pictures[-1].duration == pytest.approx(end)
    assert [number(p) for p in pictures[:-1]] == [
        shown_at(times, p.time + seconds / 2) for p in pictures[:-1]
    ]


@given(gaps, st.lists(st.integers(1, 20), min_size=1, max_size=8))
def test_every_shot_has_the_picture_at_its_middle(steps: list[float], lengths: list[int]) -> None:
    times = times_of(steps)
    end = times[-1] + steps[-1]
    cuts = np.cumsum([0, *lengths]) / sum(lengths) * end
    pictures = sampled(shots(cuts[:-1], np.diff(cuts)), times, end)
    assert len(pictures) == len(lengths)
    for picture in pictures:
        assert number(picture) == shown_at(times, picture.time + picture.duration / 2)


@given(gaps, st.integers(1, 10))
def test_every_frame_is_told_by_one_of_its_group(steps: list[float], n: int) -> None:
    times = times_of(steps)
    end = times[-1] + steps[-1]
    pictures = sampled(EveryNth(n), times, end)
    assert [p.time for p in pictures] == times[::n]
    assert sum(p.duration for p in pictures) == pytest.approx(end)
    whole = pictures[: len(times) // n]
    assert [number(p) for p in whole] == [i * n + n // 2 for i in range(len(whole))]


@pytest.mark.parametrize("sampler", [even_times(6.0), segments(4.0), shots([], []), EveryNth(8)])
def test_a_video_without_a_frame_has_no_picture(sampler: Sampler) -> None:
    assert sampler.finish(0.0) == []


def test_a_shot_that_the_video_does_not_reach_has_no_picture() -> None:
    """Shots are found by another stage; the file may have lost its tail since."""
    pictures = sampled(shots([0.0, 1.0, 9.0], [1.0, 8.0, 2.0]), [0.0, 0.5, 1.0, 1.5], 2.0)
    assert [(p.time, p.duration) for p in pictures] == [(0.0, 1.0), (1.0, 1.0)]


@pytest.mark.parametrize(
    ("fps", "times", "end"),
    [(25.0, [0.0, 0.04], 0.08), (None, [0.0, 0.5], 1.0), (None, [0.0], 1.0), (5.0, [], 0.0)],
)
def test_a_video_ends_when_its_last_picture_does(fps: float | None, times: list[float], end: float) -> None:
    clock = End(fps)
    for frame in frames_at(times):
        clock.feed(frame)
    assert clock.seconds == pytest.approx(end)
