"""Quantised notes and chords, said as compound events.

Our reading of the paper's "Rhythm token[s] […] indicating the beginning of each bar or beat": one begins
every bar, an empty one too, and says how many beats it has; another stands before whatever else happens at
a later 16th of it, and nowhere else. On one step the order is Rhythm, Chord, Notes from the lowest up. A
chord is said where it begins, and again where a bar begins: so every bar knows its chord, by itself, which
the mask of the cross-attention (previous, current, next bar) and a song cut into parts both need.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from symmv_tools.music.quantise import Quantised
from symmv_tools.music.tokens.clock import Bars, located
from symmv_tools.music.tokens.harmony import Harmony
from symmv_tools.music.tokens.vocabulary import (
    ATTRIBUTES,
    BAR_BEAT,
    CHORD,
    DURATION,
    END,
    LONGEST,
    MOST_BEATS,
    NO_QUALITY,
    NO_ROOT,
    NOTE,
    PITCH,
    QUALITY,
    RHYTHM,
    ROOT,
    START,
    TYPE,
    Tokens,
)

_Events = tuple[NDArray[np.int64], NDArray[np.int64]]  # step (n,) and event (n, 6)


def encode(
    bars: Bars, *, chords: Harmony | None = None, notes: Quantised | None = None, first_bar: int = 0
) -> Tokens:
    """Return chords, notes or both of `bars` as a sequence, without START and END.

    Chords alone are what the chord stage says; notes alone what the other two say; chords what the melody's
    encoder reads, and chords with the melody what the accompaniment's does. Notes that begin outside of
    `bars` are left out, and so are their tracks and velocities; durations end at `LONGEST`, and of notes on
    one step with one pitch the longest remains. `first_bar` is the number in the song of the first bar.
    """
    said = [_chord_events(chords, bars)] if chords is not None else []
    said += [_note_events(notes, bars)] if notes is not None else []
    step, event = _ordered([_bar_events(bars), *said])
    return located(_with_positions(step, event, bars), first_bar)


def framed(tokens: Tokens) -> Tokens:
    """Return the sequence (one event at least) with START before it and END behind, as a decoder learns it.

    START stands where the first event does, END where the last one does.
    """
    event = np.pad(tokens.event, ((1, 1), (0, 0)))
    event[[0, -1], TYPE] = START, END
    return Tokens(event, np.pad(tokens.bar, 1, mode="edge"), np.pad(tokens.beat, 1, mode="edge"))


def merged(*parts: Quantised, track: str = "") -> Quantised:
    """Return the notes of all `parts` on one `track`: the paper's `x = x_m ⊕ x_a`.

    Of notes with the same step and pitch one remains, as long as the longest and as loud as the loudest.
    """
    step, duration, pitch, velocity = (
        np.concatenate(column) for column in list(zip(*parts, strict=True))[:4]
    )
    order = np.lexsort((pitch, step))
    key = (step * 128 + pitch)[order]
    first = np.flatnonzero(np.append(True, key[1:] != key[:-1])[: len(key)])
    if len(first) == 0:
        return Quantised(step, duration, pitch, velocity, [])
    longest, loudest = (np.maximum.reduceat(values[order], first) for values in (duration, velocity))
    return Quantised(step[order][first], longest, pitch[order][first], loudest, [track] * len(first))


def _bar_events(bars: Bars) -> _Events:
    return bars.start[:-1], _events(RHYTHM, {BAR_BEAT: bars.beats}, len(bars))


def _chord_events(chords: Harmony, bars: Bars) -> _Events:
    """The chords where they begin, and where bars do."""
    step = np.union1d(bars.start[:-1], chords.step[bars.hold(chords.step)])
    which = np.searchsorted(chords.step, step, side="right") - 1  # -1 is the N at the end
    root, quality = np.append(chords.root, NO_ROOT)[which], np.append(chords.quality, NO_QUALITY)[which]
    return step, _events(CHORD, {ROOT: root, QUALITY: quality}, len(step))


def _note_events(notes: Quantised, bars: Bars) -> _Events:
    step, duration, pitch, _, _ = merged(notes)
    inside = bars.hold(step)
    values = {PITCH: pitch[inside] + np.int64(1), DURATION: np.minimum(duration[inside], LONGEST)}
    return step[inside], _events(NOTE, values, int(inside.sum()))


def _events(kind: int, values: dict[int, NDArray[np.int64]], count: int) -> NDArray[np.int64]:
    event = np.zeros((count, len(ATTRIBUTES)), np.int64)
    event[:, TYPE] = kind
    for column, value in values.items():
        event[:, column] = value
    return event


def _ordered(parts: list[_Events]) -> _Events:
    """All events by step; on one step they stay in the order of `parts`."""
    step = np.concatenate([part[0] for part in parts])
    order = np.argsort(step, kind="stable")
    return step[order], np.concatenate([part[1] for part in parts])[order]


def _with_positions(step: NDArray[np.int64], event: NDArray[np.int64], bars: Bars) -> NDArray[np.int64]:
    """The events with a Rhythm event before the first one of each step on which no bar begins."""
    position = step - bars.start[np.searchsorted(bars.start, step, side="right") - 1]
    is_first = np.append(True, step[1:] != step[:-1])[: len(step)]
    before = np.flatnonzero(is_first & (position > 0))
    rhythm = _events(RHYTHM, {BAR_BEAT: position[before] + MOST_BEATS}, len(before))
    return np.insert(event, before, rhythm, axis=0)
