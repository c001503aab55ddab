"""Even times over uneven pictures: at each time, the picture that is in view."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

SLACK_SECONDS = 0.002
"""A picture this little after an even time counts as there already: WebM rounds its times to 1 ms."""


def is_in_view(time: float, following: float | None, every: float) -> bool:
    """Whether a picture is the one in view at 0, `every`, 2 `every`, … seconds.

    The picture is shown from `time` until the `following` one's; None says that it is the last, which
    always counts, for a reader must learn where the video ends. The first picture is shown from 0.
    """
    if following is None:
        return True
    number = max(0, math.ceil((time - SLACK_SECONDS) / every))
    return number * every + SLACK_SECONDS < following


def at_even_times(times: NDArray[np.float64], every: float) -> NDArray[np.int64]:
    """Return which picture is in view at 0, `every`, 2 `every`, … up to the last picture's time.

    `times` (n,) are seconds, rising. Entry k of the result is the last picture at or before k `every`
    (see SLACK_SECONDS); before the first picture it is the first. No pictures give no entries.
    """
    if not len(times):
        return np.empty(0, np.int64)
    count = max(0, math.floor((times[-1] + SLACK_SECONDS) / every)) + 1
    found = np.searchsorted(times, np.arange(count) * every + SLACK_SECONDS, side="right") - 1
    return np.maximum(found, 0)
