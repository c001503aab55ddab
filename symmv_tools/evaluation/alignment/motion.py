"""Music against motion: when the picture moves most, onsets beside it, events, and the tempo it asks for."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.signal import find_peaks

from symmv_tools.evaluation.alignment.curves import Curve, Together
from symmv_tools.evaluation.alignment.events import Span
from symmv_tools.music.tempo import global_tempo
from symmv_tools.video.motion import event_curve, tempo_of_motion

PEAK_PROMINENCE = 1.0
PEAK_SECONDS = 0.4
PEAK_TOLERANCE_SECONDS = 0.1
"""Half of V-MusProd's step of 0.2 s: a peak of a curve with that step lies no more exactly."""

_ROUNDING_SECONDS = 1e-6
_FRAME_SECONDS = 0.002  # a cut and the curve's edges come from frame times, which WebM rounds to 1 ms

Times = NDArray[np.float64]


def without_cuts(curve: Curve, cuts: Times) -> Curve:
    """Return the curve with the values between which a shot changes replaced by lines from their neighbours.

    A cut changes every pixel at once: left in, the peaks of a motion curve are the cuts once more. Of a
    dissolve or fade only the middle is known, so only its middle is mended.
    """
    is_cut = np.zeros(len(curve.value), bool)
    for side in (-_FRAME_SECONDS, _FRAME_SECONDS):
        step = np.searchsorted(curve.edge, cuts + side) - 1
        is_cut[step[(step >= 0) & (step < len(is_cut))]] = True
    if is_cut.all():
        return curve._replace(value=np.zeros(len(is_cut)))
    at = np.arange(len(is_cut))
    return curve._replace(value=np.interp(at, at[~is_cut], curve.value[~is_cut]))


def peaks(curve: Curve) -> Times:
    """Return when the curve peaks, seconds.

    Chosen by us: a peak is higher than its neighbours, by its prominence (`scipy.signal.find_peaks`)
    stands out by a standard deviation of the curve, and has no higher one nearer than 0.4 s. Scaling the
    curve changes nothing. Of a flat top it is the middle; the curve's first and last values are none.
    """
    if len(curve.value) < 3 or not curve.value.std() > 0.0:
        return np.zeros(0)
    at, _ = find_peaks(
        curve.value,
        prominence=PEAK_PROMINENCE * curve.value.std(),
        distance=max(1.0, PEAK_SECONDS / curve.step - 1e-9),
    )
    return curve.time[at]


def onset_strength(onset: Times, velocity: NDArray[np.floating], edge: Times) -> Times:
    """Return the sum of the velocities of all notes that begin between every two edges, (n,).

    Who begins on an edge, begins after it, whatever rounding says.
    """
    return np.histogram(onset + _ROUNDING_SECONDS, edge, weights=velocity)[0].astype(np.float64)


def onsets_and_motion(onset: Times, velocity: NDArray[np.floating], motion: Curve, span: Span) -> Together:
    """Return onset strength beside motion, in those steps of the motion curve that lie within `span`."""
    inside = np.flatnonzero(
        (motion.edge >= span.begin - _ROUNDING_SECONDS) & (motion.edge <= span.end + _ROUNDING_SECONDS)
    )
    edge = motion.edge[inside]
    return Together(motion.step, onset_strength(onset, velocity, edge), motion.value[inside[:-1]])


def feature_events(time: Times, features: NDArray[np.floating]) -> Curve:
    """Return V2M-Zero's event curve (2603.11042) of the features (n, d) at `time` (n,): 1 - cosine.

    The change from one vector to the next holds between their times.
    """
    return Curve(np.asarray(time, np.float64), event_curve(features)[1:])


class TempoError(NamedTuple):
    """How far a tempo is from another, in octaves: 0 is equal, 1 double or half.

    `octave_free` lets the music count double, half, or any power of two of it: 0 to 0.5.
    """

    octaves: float
    octave_free: float


def tempo_error(beats: Times, motion_mean: float, motion_range: tuple[float, float]) -> TempoError:
    """Return how far the music's tempo is from the one that V-MusProd would give the video.

    `beats` (n,) are seconds; `motion_mean` is the video's, `motion_range` the least and the largest of the
    training set (`video.motion.tempo_of_motion`). NaN with fewer than two beats. A tempo drawn blindly
    is 0.25 octave_free on average, and the tempi between 90 and 130 span 0.53 octaves altogether.
    """
    tempo = global_tempo(np.sort(beats))
    if tempo is None or not math.isfinite(tempo):
        return TempoError(math.nan, math.nan)
    distance = math.log2(tempo / tempo_of_motion(motion_mean, *motion_range))
    return TempoError(abs(distance), abs(distance - round(distance)))
