"""One piece of music held against another: is it the same song, and where in the other does it lie?

Step one (`same_song`) is about the song, step two (`warping`) about the hundredths of a second.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from symmv_tools.music import same_song
from symmv_tools.music.chroma import HOP_SECONDS, Chroma
from symmv_tools.music.same_song import STEP_SECONDS, Path
from symmv_tools.music.warping import Warp, follow, joined, straightened

THRESHOLD = 0.5
"""Scores from here on mean "the same song" (docs/explanation/alignment.md says how that was chosen)."""

TOLERANCE_SECONDS = 0.06
"""The lines of a path stay this close to what was heard; a finer one would follow the noise."""

_COARSE_TOLERANCE = 0.5

Times = NDArray[np.float64]


@dataclass(frozen=True)
class Match:
    """How a candidate (a video's sound) relates to some music.

    `score` (0 to 1) says how surely both are one song, `transposition` how many semitones (-5 to 6) to add
    to the music. `music_time` and `video_time` (n,), seconds, both rising, are the path, a chain of
    lines; n is 0 where nothing agrees, and then `tempo_ratio` is 1, `offset` 0, `residual` infinite.
    `tempo_ratio` is video seconds per second of music. `offset`, seconds to add to music time, is the
    path's median, and `residual` the median distance of the path from it: whether the one number will do.
    """

    score: float
    transposition: int
    tempo_ratio: float
    offset: float
    residual: float
    music_time: Times
    video_time: Times

    def video_times(self, music_time: Times) -> Times:
        """Return when the moments `music_time` (n,) come in the video; beyond the path its slope goes on.

        Raises ValueError if there is no path.
        """
        if not len(self.music_time):
            raise ValueError("the two pieces nowhere agree, so there is no path between them")
        return Warp(self.music_time, self.video_time).at(music_time)


def compare(music: Chroma, candidate: Chroma) -> Match:
    """Hold `candidate` against `music`; never raises, however short or silent they are."""
    ours, theirs = same_song.outline(music), same_song.outline(candidate)
    found = same_song.likeness(ours, theirs)
    stretches = same_song.stretches(ours, theirs, found.transposition)
    if not stretches:
        nowhere = np.empty(0)
        return Match(found.score, found.transposition, 1.0, 0.0, float("inf"), nowhere, nowhere)
    path = _path(music, candidate, found.transposition, stretches)
    offset, residual = _one_offset(path)
    return Match(found.score, found.transposition, path.slope, offset, residual, *path)


def departure(match: Match) -> float:
    """How far the path of `match` gets from its one offset, in seconds; infinite without a path."""
    shift = match.video_time - match.music_time - match.offset
    return float(np.abs(shift).max()) if len(shift) else float("inf")


def _path(music: Chroma, candidate: Chroma, transposition: int, stretches: list[Path]) -> Warp:
    found = []
    for stretch in stretches:
        rough = Warp(_seconds(stretch.music), _seconds(stretch.candidate))
        heard = follow(music, candidate, transposition, straightened(rough, _COARSE_TOLERANCE, STEP_SECONDS))
        found.append(straightened(heard, TOLERANCE_SECONDS, HOP_SECONDS))
    return joined(found)


def _seconds(step: NDArray[np.int64]) -> Times:
    middle: Times = (step.astype(np.float64) + 0.5) * STEP_SECONDS
    return middle


def _one_offset(path: Warp) -> tuple[float, float]:
    """Median of video time less music time along the path, and the median distance from it."""
    time = np.linspace(path.music_time[0], path.music_time[-1], 1001)
    shift = path.at(time) - time
    offset = float(np.median(shift))
    return offset, float(np.median(np.abs(shift - offset)))
