"""Where one piece lies in another: the path from music time to video time, to a few hundredths of a second.

A coarse path (`same_song`) says about where; here a Viterbi path follows how far the truth lies from it,
frame by frame, by harmony and onsets, and lines are laid through what it found.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import median_filter

from symmv_tools.music.chroma import HOP_SECONDS, Chroma

_REACH_SECONDS = 1.2  # how far the coarse path may be wrong
_PRICE_OF_SLIPPING = 1.25  # agreement that a change of the lag by one frame must bring
_WEIGHT_OF_ONSETS = 10.0  # of TimGM6mb's strings the harmony comes 0.1 s late, the onsets 0.04 s
_SMOOTH_SECONDS = 6.0
_KNOT_SECONDS = 4.0  # knots lie at least so far apart
_END_SECONDS = 10.0  # nor so close to the ends, where a path has half its context and may stray
_MOST_KNOTS = 64
_LEAST_SLOPE = 1e-3

Times = NDArray[np.float64]


class Warp(NamedTuple):
    """A piecewise linear path: knots (n,), n >= 2, seconds in the music and in the video, both rising."""

    music_time: Times
    video_time: Times

    def at(self, music_time: Times) -> Times:
        """Return the video times of `music_time` (n,); outside the knots its slope goes on."""
        time = np.asarray(music_time, np.float64)
        inside = np.interp(time, self.music_time, self.video_time)
        beyond = time - np.clip(time, self.music_time[0], self.music_time[-1])
        return np.asarray(inside + beyond * self.slope, np.float64)

    @property
    def slope(self) -> float:
        """Seconds of video per second of music: the median over the music, so that gaps count little."""
        length = np.diff(self.music_time)
        slopes = np.diff(self.video_time) / length
        order = np.argsort(slopes)
        middle = np.searchsorted(np.cumsum(length[order]), 0.5 * length.sum())
        return float(slopes[order][middle])


def follow(music: Chroma, video: Chroma, transposition: int, coarse: Warp) -> Warp:
    """Return the path near `coarse`, one knot per frame of music between its ends.

    `transposition` semitones are added to the music.
    """
    frame = np.arange(
        int(np.ceil(coarse.music_time[0] / HOP_SECONDS)), int(coarse.music_time[-1] / HOP_SECONDS) + 1
    )
    frame = frame[frame < len(music)]
    time: Times = frame.astype(np.float64) * HOP_SECONDS
    centre = np.round(coarse.at(time) / HOP_SECONDS).astype(np.int64)
    reach = round(_REACH_SECONDS / HOP_SECONDS)
    lags = np.arange(-reach, reach + 1)
    agreement = _agreement(music, video, transposition, frame, centre[:, None] + lags)
    lag = lags[_best_lags(agreement, np.diff(centre))]
    return Warp(time, (centre + lag).astype(np.float64) * HOP_SECONDS)


def straightened(path: Warp, tolerance: float, step_seconds: float) -> Warp:
    """Return few lines through `path` that stay within `tolerance` seconds of its running median.

    The points of `path` lie `step_seconds` apart in the music, or nearly so. The sum of absolute
    distances is what is least, so that stray points do not count.
    """
    time, video = path
    window = max(1, round(_SMOOTH_SECONDS / step_seconds)) | 1
    knots = time[[0, -1]]
    while True:
        at_knots = _fitted(time, video, knots)
        away = np.abs(median_filter(video - np.interp(time, knots, at_knots), window, mode="nearest"))
        away[np.abs(time[:, None] - knots).min(axis=1) < _KNOT_SECONDS] = 0.0
        away[np.minimum(time - time[0], time[-1] - time) < _END_SECONDS] = 0.0
        worst = int(away.argmax())
        if away[worst] <= tolerance or len(knots) >= _MOST_KNOTS:
            return _rising(knots, at_knots)
        knots = np.sort(np.append(knots, time[worst]))


def joined(paths: Sequence[Warp]) -> Warp:
    """Return the knots of `paths`, one after the other, as one path."""
    time, video = (np.concatenate(times) for times in zip(*paths, strict=True))
    return _rising(time, video)


def _fitted(time: Times, video: Times, knots: Times) -> Times:
    """Video times at `knots` whose lines have the least absolute distance from the path, by reweighting."""
    some = slice(None, None, max(1, len(time) // 4000))
    time, video = time[some], video[some]
    hats: Times = np.stack([np.interp(time, knots, row) for row in np.eye(len(knots))], axis=1)
    weight: Times = np.ones(len(time))
    for _ in range(12):
        root = np.sqrt(weight)
        found = np.linalg.lstsq(hats * root[:, None], video * root, rcond=None)[0]
        weight = np.asarray(1.0 / np.maximum(np.abs(video - hats @ found), 0.005), np.float64)
    return np.asarray(found, np.float64)


def _rising(knots: Times, video: Times) -> Warp:
    """Return the path with each video time at least a thousandth of the music's step above all before."""
    slack = _LEAST_SLOPE * (knots - knots[0])
    return Warp(knots, np.maximum.accumulate(video - slack) + slack)


def _agreement(
    music: Chroma, video: Chroma, transposition: int, frame: NDArray[np.int64], at: NDArray[np.int64]
) -> NDArray[np.float32]:
    """How well each frame of music fits the video's at each lag, (frames, lags); nothing outside it."""
    total = np.zeros(at.shape, np.float32)
    is_there = (at >= 0) & (at < len(video))
    at = np.clip(at, 0, len(video) - 1)
    for ours, theirs, weight in (
        (music.harmony, video.harmony, 1.0),
        (music.onset, video.onset, _WEIGHT_OF_ONSETS),
    ):
        turned = np.roll(ours[frame], transposition, axis=1)
        for pitch_class in range(12):
            total += np.float32(weight) * turned[:, pitch_class, None] * theirs[:, pitch_class][at]
    return np.where(is_there, total, np.float32(-1.0))


def _best_lags(agreement: NDArray[np.float32], advance: NDArray[np.int64]) -> NDArray[np.int64]:
    """Index of the lag at each frame, along the path of most agreement less the price of slipping.

    From one frame to the next the lag changes by one at most, and never so that the video stands still
    or goes back: `advance` (frames - 1,) is how far it goes where the lag stays.
    """
    n, width = agreement.shape
    came = np.zeros((n, width), np.int8)
    score = np.full(width + 2, -np.inf, np.float32)
    score[1:-1] = agreement[0]
    for i in range(1, n):
        stay = score[1:-1]
        later = score[:-2] - np.float32(_PRICE_OF_SLIPPING)
        sooner = score[2:] - np.float32(_PRICE_OF_SLIPPING if advance[i - 1] > 1 else np.inf)
        best = np.maximum(stay, np.maximum(later, sooner))
        came[i] = np.where(best == stay, 0, np.where(best == later, -1, 1))
        score[1:-1] = best + agreement[i]
    lag = np.empty(n, np.int64)
    lag[-1] = score[1:-1].argmax()
    for i in range(n - 1, 0, -1):
        lag[i - 1] = lag[i] + came[i, lag[i]]
    return lag
