"""Music of any length from a network that paints eight bars: each stretch is given the end of the last."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from symmv_tools.music.rolls import PITCHES, STEPS, without_orphans

Rolls = NDArray[np.bool_]
"""Of some pieces, (n, 2, steps, 128)."""


class Stretch(NamedTuple):
    """Eight bars to be painted, from step `first` of the music on; `given` are the steps there already."""

    first: int
    given: Rolls


Paint = Callable[[Stretch], Rolls]
"""Paints a stretch of all pieces at once: (n, 2, 128, 128). What was given need not come back as it was."""


def starts(steps: int, overlap: int) -> Iterator[int]:
    """Yield where stretches begin that together cover so many steps, each `overlap` steps into the last."""
    first, end = 0, STEPS
    yield first
    while end < steps:
        first, end = end - overlap, end - overlap + STEPS
        yield first


def joined(paint: Paint, pieces: int, steps: int, overlap: int) -> Rolls:
    """Return the rolls of so many pieces of `steps` steps.

    What is painted stands: the next stretch is given its last `overlap` steps and goes on from there, also
    with notes that still sound. What is given begins as segments do: a note that was struck before it is not
    in it, and ends where the stretch in which it was struck ends.
    """
    assert 0 <= overlap < STEPS, overlap
    song = np.zeros((pieces, 2, 0, PITCHES), bool)
    for first in starts(steps, overlap):
        given = np.stack([without_orphans(roll) for roll in song[:, :, first:]])
        painted = paint(Stretch(first, given))
        song = np.concatenate([song, painted[:, :, given.shape[2] :]], axis=2)
    return song[:, :, :steps]
