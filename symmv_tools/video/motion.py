"""Motion: how much a picture changes in a fifth of a second, and the tempo that V-MusProd makes of it.

V-MusProd (ICCV 2023, section 4.1): "We extract the RGB difference with intervals of 5 frames (0.2 seconds)
and map the mean RGB difference of a video to the music tempo. We use a linear projection from the minimum
and maximum RGB difference to the tempo range of [90, 130]." Our reading: minimum and maximum are those of
the means over the training set, for within one video they would say nothing of its mean; what lies outside
is clipped. The paper does not say how a difference becomes a number: the mean absolute difference of all
pixels and channels, in levels of 0 to 255, is chosen by us.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

INTERVAL_SECONDS = 0.2
SLOWEST_BPM, FASTEST_BPM = 90.0, 130.0


def rgb_difference(before: NDArray[np.uint8], after: NDArray[np.uint8]) -> float:
    """Return the mean absolute difference of two RGB pictures of one shape, 0 to 255."""
    return sum(cv2.mean(cv2.absdiff(before, after))) / 3.0


def tempo_of_motion(mean: float, low: float, high: float) -> float:
    """Return beats per minute for a video's mean RGB difference.

    `low` and `high` are the least and the largest mean of the training set: they give 90 and 130, what
    is beyond is clipped. Where the two are one, the middle.

    Raises ValueError if a number is not finite, or `low` exceeds `high`.
    """
    if not all(map(math.isfinite, (mean, low, high))) or low > high:
        raise ValueError(f"need finite numbers with low <= high; got mean {mean}, low {low}, high {high}")
    part = 0.5 if high == low else min(max((mean - low) / (high - low), 0.0), 1.0)
    return SLOWEST_BPM + part * (FASTEST_BPM - SLOWEST_BPM)


def flow_magnitude(before: NDArray[np.uint8], after: NDArray[np.uint8]) -> float:
    """Return the mean length of the optical flow between two RGB pictures, in picture heights.

    Farneback's method with the parameters of CMT (Di et al., ACM MM 2021), which counts in pixels.
    """
    first, second = (cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY) for pixels in (before, after))
    start = np.zeros((*first.shape, 2), np.float32)
    flow = np.asarray(cv2.calcOpticalFlowFarneback(first, second, start, 0.5, 3, 15, 3, 5, 1.2, 0))
    length = np.hypot(flow[..., 0], flow[..., 1])
    return float(length.mean() / before.shape[0])


def event_curve(features: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return how much each of the `features` (T, d) differs from the one before, (T,): 1 - cosine.

    0 is no change, 1 at right angles, 2 opposite; the first is 0. From or to a vector of zeros the
    change is 1, between two of them 0. V2M-Zero (2603.11042) has music follow this curve of the
    video; its peaks serve as visual beats.
    """
    length = np.linalg.norm(features, axis=1, keepdims=True).astype(np.float64)
    unit = np.divide(features, length, out=np.zeros(features.shape), where=length > 0.0)
    cosine = (unit[1:] * unit[:-1]).sum(axis=1)
    cosine[(length[1:, 0] == 0.0) & (length[:-1, 0] == 0.0)] = 1.0
    return np.concatenate([np.zeros(min(1, len(features))), np.clip(1.0 - cosine, 0.0, 2.0)])
