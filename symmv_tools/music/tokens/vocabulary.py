"""The words of V-MusProd's music: compound events of six attributes, and how many classes each has.

Zhuo et al., "Video Background Music Generation" (ICCV 2023), section 4.2: "Each token is a stack of
attributes. In particular, the Rhythm token comprises the BarBeat attribute, indicating the beginning of
each bar or beat; Note token contains the Pitch and Duration attributes; Chord token contains the Root and
Quality attributes […]. An additional Type attribute is applied for all tokens to mark their types." The
paper gives no class counts; those below, and what begins and ends a sequence, are chosen by us.

A sequence is START, events, END. Train on `event[:-1]` with `event[1:]` as truth: START is only ever read,
never said. The encoders' sources are the same events without START and END.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from symmv_tools.music import harte

ATTRIBUTES = ("type", "bar_beat", "pitch", "duration", "root", "quality")
"""The columns of an event, in order. Class 0 of every attribute means: not of this token."""

TYPE, BAR_BEAT, PITCH, DURATION, ROOT, QUALITY = range(len(ATTRIBUTES))

PAD, END, RHYTHM, CHORD, NOTE, START = range(6)
"""The classes of `type`."""

USES: dict[int, tuple[int, ...]] = {
    RHYTHM: (BAR_BEAT,),
    CHORD: (ROOT, QUALITY),
    NOTE: (PITCH, DURATION),
}
"""The columns that say something in an event of each type; all others hold 0, as all do in other types."""

# --- BarBeat --------------------------------------------------------------------------------------

STEPS_PER_BEAT = 4
"""Sixteenths: the paper's grid."""

MOST_BEATS = 6
"""Beats in the longest bar. Of POP909's bars (001-700) 0.04 % are longer; `clock.bars_of` divides them."""

MOST_STEPS = MOST_BEATS * STEPS_PER_BEAT
USUAL_BEATS = 4
"""Beats of a bar where nothing says otherwise."""

# Classes 1 to MOST_BEATS of bar_beat: a bar of so many beats begins, and we are at its position 0. So
# metres need no word of their own, and a bar can be played back once it has begun.
# Class MOST_BEATS + p: position p of the bar, in 16ths, 1 to MOST_STEPS - 1.

# --- notes ----------------------------------------------------------------------------------------

LONGEST = 32
"""Steps of the longest duration; of POP909's notes (001-700) 0.04 % last longer, and are cut to it."""

# pitch: 1 + MIDI pitch; duration: steps, 1 to LONGEST.

# --- chords ---------------------------------------------------------------------------------------

QUALITIES = tuple(harte.SYMMV10.values())
"""The paper's ten qualities, those of SymMV's release, in Harte's words; class 1 is the first."""

NO_ROOT, NO_QUALITY = 13, len(QUALITIES) + 1
"""The classes that a Chord event has where no chord sounds, Harte's `N`."""

# root: 1 + pitch class.

CLASSES: dict[str, int] = {
    "type": 6,
    "bar_beat": 1 + MOST_BEATS + MOST_STEPS - 1,
    "pitch": 1 + 128,
    "duration": 1 + LONGEST,
    "root": 1 + 12 + 1,
    "quality": 1 + len(QUALITIES) + 1,
}
"""Number of classes of each attribute, 0 included."""

# --- beside the events ----------------------------------------------------------------------------

_SLOWEST, _FASTEST, _TEMPO_STEP = 30.0, 240.0, 1.05

TEMPO_CLASSES = 2 + round(math.log(_FASTEST / _SLOWEST) / math.log(_TEMPO_STEP))
"""Classes of the Tempo Embedding: 0 for none, then tempos 5 % apart from 30 to 240 BPM."""

TIMING_CLASSES = 102
"""Classes of the Timing Encoding: 0 for none, then 1 to 101, see `clock.timing`."""


class Tokens(NamedTuple):
    """One sequence: `event` (n, 6) classes in the order of `ATTRIBUTES`, and where each event stands.

    `bar` (n,) counts the bars of the song from 0, `beat` (n,) is the position in it, in 16ths. All int64.
    """

    event: NDArray[np.int64]
    bar: NDArray[np.int64]
    beat: NDArray[np.int64]


def tempo_class(bpm: float) -> int:
    """Return the class of a tempo, 1 to `TEMPO_CLASSES` - 1; slower or faster ones get the last of their end.

    Raises ValueError if `bpm` is no positive number.
    """
    if not (math.isfinite(bpm) and bpm > 0):
        raise ValueError(f"a tempo is a positive number of beats per minute; got {bpm}")
    nearest = round(math.log(bpm / _SLOWEST) / math.log(_TEMPO_STEP))
    return 1 + min(max(nearest, 0), TEMPO_CLASSES - 2)
