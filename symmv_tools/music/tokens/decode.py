"""Understanding compound events: notes, chords and bars of any sequence, well formed or not."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from symmv_tools.music.quantise import Quantised
from symmv_tools.music.tokens.clock import Bars, begins_bar, located
from symmv_tools.music.tokens.encode import merged
from symmv_tools.music.tokens.harmony import Harmony, make_harmony
from symmv_tools.music.tokens.vocabulary import (
    ATTRIBUTES,
    BAR_BEAT,
    CHORD,
    CLASSES,
    DURATION,
    END,
    NO_QUALITY,
    NO_ROOT,
    NOTE,
    PITCH,
    QUALITY,
    ROOT,
    STEPS_PER_BEAT,
    TYPE,
    USES,
    USUAL_BEATS,
)


class Decoded(NamedTuple):
    """What a sequence says: its bars, from step 0 on, and the notes and chords in them."""

    bars: Bars
    notes: Quantised
    chords: Harmony


def decode(event: ArrayLike, *, velocity: int = 80, track: str = "") -> Decoded:
    """Return what the events (n, 6) say; notes get `velocity` and `track`, of which tokens know nothing.

    Of what a model says nothing is refused. An event counts by its type, what it says in the attributes
    of others is ignored; all that follows an END is, and so are START and padding. An event that lacks an
    attribute of its type, or has one that is no class, says nothing; but a note without duration lasts one
    step, and a chord without root or quality is no chord. Events stand where Rhythm events lead (see
    `located`), also if that is back; a position after the end of its bar is the bar's last step. A song in
    which notes or chords come without any bar has one of `USUAL_BEATS`. Notes and chords are sorted; twins
    become one (the longest note, the last chord).

    Raises ValueError if `event` has another shape.
    """
    said = _understood(np.asarray(event))
    _, bar, beat = located(said)
    bars = _bars(said)
    step = np.minimum(bars.start[bar] + beat, bars.start[np.minimum(bar + 1, len(bars))] - 1)
    is_note, is_chord = said[:, TYPE] == NOTE, said[:, TYPE] == CHORD
    return Decoded(
        bars,
        _notes(step[is_note], said[is_note], velocity, track),
        make_harmony(step[is_chord], said[is_chord, ROOT], said[is_chord, QUALITY]),
    )


def _understood(event: NDArray[np.int64]) -> NDArray[np.int64]:
    """The events that say something, until the first END, with 0 where they say nothing."""
    if event.ndim != 2 or event.shape[1] != len(ATTRIBUTES):
        raise ValueError(f"events must be (n, {len(ATTRIBUTES)}); got shape {event.shape}")
    ends = np.flatnonzero(event[:, TYPE] == END)
    event = event[: ends[0]] if len(ends) else event
    is_class = (event >= 0) & (event < list(CLASSES.values()))
    is_used = _USED[np.where(is_class[:, TYPE], event[:, TYPE], 0)]
    said = np.where(is_class & is_used, event, 0).astype(np.int64)
    return _mended(said[np.isin(said[:, TYPE], list(USES))])


def _mended(said: NDArray[np.int64]) -> NDArray[np.int64]:
    """The events with what they can do without; those that still say nothing are left out."""
    is_note, is_chord = said[:, TYPE] == NOTE, said[:, TYPE] == CHORD
    is_none = is_chord & (np.isin(said[:, ROOT], [0, NO_ROOT]) | np.isin(said[:, QUALITY], [0, NO_QUALITY]))
    said[is_none, ROOT], said[is_none, QUALITY] = NO_ROOT, NO_QUALITY
    said[is_note, DURATION] = np.maximum(said[is_note, DURATION], 1)
    says: NDArray[np.bool_] = is_chord | np.where(is_note, said[:, PITCH] > 0, said[:, BAR_BEAT] > 0)
    return said[says]


_USED = np.zeros((CLASSES["type"], len(ATTRIBUTES)), bool)
_USED[:, TYPE] = True
for _kind, _columns in USES.items():
    _USED[_kind, list(_columns)] = True


def _bars(said: NDArray[np.int64]) -> Bars:
    beats = said[begins_bar(said), BAR_BEAT]
    if len(beats) == 0 and len(said):
        beats = np.array([USUAL_BEATS])
    return Bars(np.append(0, np.cumsum(beats * STEPS_PER_BEAT)).astype(np.int64))


def _notes(step: NDArray[np.int64], said: NDArray[np.int64], velocity: int, track: str) -> Quantised:
    pitch = (said[:, PITCH] - 1).astype(np.uint8)
    loud = np.full(len(step), velocity, np.uint8)
    return merged(Quantised(step, said[:, DURATION], pitch, loud, [track] * len(step)), track=track)
