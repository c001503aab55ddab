"""Examples of V-MusProd's three stages, from the rows of an export."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from symmv_tools.music.tokens.vocabulary import Tokens

STAGES = ("chord", "melody", "accompaniment", "music")
"""What can be learned: chords; melody from chords; accompaniment from chords merged with melody; and, for the
ablations of the paper's table 2, the undivided music from chords (Video2music leaves the source alone)."""


class Example(NamedTuple):
    """One song, or a stretch of it, as one stage learns it.

    `target` runs from START to END; `source` is what the encoder reads, None for chords. `timing` (n,) and
    `source_timing` are the classes of CMT's Timing Encoding for each of their events. `tempo` is in beats per
    minute. `length_bars` counts the bars of the whole song. `semantic` (Ts, ds) and `colour` (Tc, dc) are the
    video's features meanwhile, None where the export has none of this song.
    """

    song_id: str
    target: Tokens
    source: Tokens | None
    timing: NDArray[np.int64]
    source_timing: NDArray[np.int64] | None
    tempo: float
    length_bars: int
    semantic: NDArray[np.float32] | None
    colour: NDArray[np.float32] | None
