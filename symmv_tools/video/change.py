"""What happens around a picture of a video: nothing, what photos can do as well, or something by itself.

All numbers are chosen by us; how far apart films and photos lie stands in docs/reference/benchmarks.md,
"Screen".
"""

from __future__ import annotations

from enum import Enum

import numpy as np

from symmv_tools.video.comparable import CHANGED, Comparable
from symmv_tools.video.mix import unexplained

STILL_SHARE = 0.002
"""Nothing happened if at most this share of the pixels changed: 4 of 64 x 36."""

MOVING_SHARE = 0.005
"""Something moves by itself if more than this share is left unexplained: from 12 pixels of 64 x 36 on."""

ANOTHER_SHARE = 0.15
"""It is another picture if at least this share differs even once one is laid on the other."""


class Change(Enum):
    """What happens around a picture."""

    STILL = "still"
    RIGID = "rigid"  # it shifts, turns, zooms or fades as a whole
    TRANSITION = "transition"  # from one picture to another
    MOVING = "moving"


def change_around(before: Comparable, picture: Comparable, after: Comparable) -> Change:
    """Say what happens between the picture before and the picture after this one, all of one shape."""
    if _changed(before, picture) <= STILL_SHARE and _changed(picture, after) <= STILL_SHARE:
        return Change.STILL
    if unexplained(picture, (before, after)) > MOVING_SHARE:
        return Change.MOVING
    return Change.TRANSITION if is_another(before, after) else Change.RIGID


def is_another(before: Comparable, after: Comparable) -> bool:
    """Whether two pictures show different things, whatever moved or faded as a whole."""
    return _changed(before, after) >= ANOTHER_SHARE and unexplained(before, (after,)) >= ANOTHER_SHARE


def _changed(a: Comparable, b: Comparable) -> float:
    return np.count_nonzero(np.abs(a.brightness - b.brightness) > CHANGED) / a.brightness.size
