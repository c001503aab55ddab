"""Events against events: beats on cuts, beats on motion peaks, generated beats on true ones.

VeM (Tong et al., AAAI 2026, 2511.09585) scores TBIoU = |cuts and beats| / |cuts or beats| with a
tolerance of 0.5 s, and BIoU, the same of generated and true beats. How an intersection of times is
counted it does not say; ours is the largest one-to-one matching within the tolerance, as
`mir_eval.util.match_events` finds it, and the union is what the intersection leaves of both together.

At 120 beats per minute there is a beat within 0.25 s of every moment, so with that tolerance every cut
is hit and TBIoU is little more than the ratio of two counts. `ceiling` says how far it can get at all, and
`iou_by_chance` what the same events score when they are displaced at random.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from symmv_tools.evaluation.alignment.chance import TURNS, Scored, against

VEM_SECONDS = 0.5
BEAT_SECONDS = 0.07
"""MIREX's tolerance for a beat (Davies et al., 2009): the eye's is no finer, a film's frame takes 40 ms."""

_SLACK_SECONDS = 1e-6  # a distance of the tolerance itself is within it, whatever rounding says

Times = NDArray[np.float64]
_Counts = NDArray[np.int64]


class Span(NamedTuple):
    """A stretch of time, from `begin` to before `end`, seconds."""

    begin: float
    end: float

    @property
    def seconds(self) -> float:
        """Its length; 0 where it ends before it begins."""
        return max(0.0, self.end - self.begin)

    def cut(self, times: Times) -> Times:
        """Return those of `times` (n,) that lie within it."""
        return times[(times >= self.begin) & (times < self.end)]


def n_matched(first: Times, second: Times, tolerance: float = VEM_SECONDS) -> int:
    """Return how many pairs, one from each side, can be made at most with `tolerance` seconds between them.

    `first` (n,) and `second` (m,) are seconds, in any order; no event is in two pairs.
    """
    return int(_matched(np.sort(first)[None], np.sort(second), tolerance)[0])


def iou(first: Times, second: Times, tolerance: float = VEM_SECONDS) -> float:
    """Return intersection over union, 0 to 1, of two sets of events in seconds.

    0 if one side is empty, NaN if both are.
    """
    hits = np.array(n_matched(first, second, tolerance))
    return float(_iou(hits, len(first), len(second)))


def ceiling(n_first: int, n_second: int) -> float:
    """Return the most that `iou` can be of so many events: fewer over more; NaN of none at all."""
    return min(n_first, n_second) / max(n_first, n_second) if n_first + n_second else math.nan


def share_hit(events: Times, beats: Times, tolerance: float = BEAT_SECONDS) -> float:
    """Return the share of `events` that have a beat of their own within `tolerance`; NaN without events."""
    return n_matched(events, beats, tolerance) / len(events) if len(events) else math.nan


def iou_by_chance(
    first: Times,
    second: Times,
    span: Span,
    tolerance: float = VEM_SECONDS,
    *,
    random: np.random.Generator,
    raster: float = 0.0,
    turns: int = TURNS,
) -> Scored:
    """Return `iou` beside its chance: `first` turned `turns` times round the circle of `span`.

    Both sides lie within `span`. `second` stays where it is: give it the regular side, so that no
    seam of the circle breaks its beat. `raster`: see `turned`.
    """
    others = _hits_by_chance(first, second, span, tolerance, turns, raster, random)
    return against(iou(first, second, tolerance), _iou(others, len(first), len(second)))


def share_hit_by_chance(
    events: Times,
    beats: Times,
    span: Span,
    tolerance: float = BEAT_SECONDS,
    *,
    random: np.random.Generator,
    raster: float = 0.0,
    turns: int = TURNS,
) -> Scored:
    """Return `share_hit` beside its chance: `events` turned `turns` times round the circle of `span`.

    `raster`: see `turned`.
    """
    others = _hits_by_chance(events, beats, span, tolerance, turns, raster, random)
    return against(share_hit(events, beats, tolerance), others / max(len(events), 1))


def turned(
    events: Times, span: Span, turns: int, raster: float, random: np.random.Generator
) -> NDArray[np.float64]:
    """Return `events` (n,) moved by `turns` random times round the circle of `span`, sorted, (turns, n).

    Events that can only lie every `raster` seconds (cuts: a frame; motion peaks: a step) are moved by
    whole ones, and 0 moves them by anything. Where beats and frames share a raster (120 beats per minute
    at 24 frames per second) distances are whole frames too, and how many of them a tolerance takes
    in differs from its share of a beat.

    Raises ValueError if an event lies outside the span.
    """
    if len(events) and (events.min() < span.begin or events.max() >= span.end):
        raise ValueError(
            f"events must lie within the span {span.begin:g} to {span.end:g} s; they reach from "
            f"{events.min():g} to {events.max():g} s"
        )
    steps = math.ceil(span.seconds / raster) if raster else 0
    circle = steps * raster if raster else span.seconds
    shift = random.integers(0, steps, turns) * raster if raster else random.uniform(0.0, circle, turns)
    return np.sort(span.begin + (events - span.begin + shift[:, None]) % circle, axis=1)


def _hits_by_chance(
    first: Times,
    second: Times,
    span: Span,
    tolerance: float,
    turns: int,
    raster: float,
    random: np.random.Generator,
) -> _Counts:
    moved = turned(first, span, turns, raster, random)
    return np.minimum(_matched(moved, _around(np.sort(second), span, tolerance), tolerance), len(second))


def _around(times: Times, span: Span, tolerance: float) -> Times:
    """Return sorted `times` with those near the ends once more beyond the other end.

    No film is cut within its first or last moment, but a turned one is, and would find beats on one
    side of the cut only: on the circle, behind the last beat comes the first.
    """
    late = times[times >= span.end - tolerance - _SLACK_SECONDS] - span.seconds
    early = times[times <= span.begin + tolerance + _SLACK_SECONDS] + span.seconds
    return np.concatenate([late, times, early])


def _iou(hits: _Counts, n: int, m: int) -> NDArray[np.float64]:
    return np.asarray(hits / (n + m - hits) if n + m else np.full(hits.shape, math.nan), np.float64)


def _matched(many: Times, one: Times, tolerance: float) -> _Counts:
    """Size of the largest matching of each row of `many` (K, n) with `one` (m,), both sorted: (K,).

    On a line, where all windows are equally long, it suffices that each event in turn takes the
    earliest partner that is still free: whoever comes later can do nothing with an earlier one.
    """
    reach = tolerance + _SLACK_SECONDS
    ended = np.append(one, np.inf)
    free = np.zeros(len(many), np.int64)
    hits = np.zeros(len(many), np.int64)
    for event in many.T:
        partner = np.maximum(free, np.searchsorted(one, event - reach))
        is_hit = ended[partner] <= event + reach
        hits += is_hit
        free = partner + is_hit
    return hits
