"""Piano rolls of onsets and what sustains them: the picture that a diffusion model paints, and back.

A roll is (2, steps, 128) over a grid of steps (`quantise.Grid`, 16ths) and MIDI pitches. Channel 0 has a note
at the step on which it is struck, channel 1 at every further step that it lasts: of a note of three steps the
first is an onset, the other two sustain it. This is the representation of Polyffusion (Min et al., 2023),
which Diff-BGM (Li et al., CVPR 2024, section 4.1) follows.

What a roll cannot hold: velocities and tracks; two notes of one pitch at once (of those struck together the
longest remains, and a note ends where its pitch is struck again); what lies before the first step or after
the last (such a note is left out, or ends at the roll's end). All else comes back as it was, see `canonical`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from symmv_tools.music.quantise import Quantised

ONSET, SUSTAIN = 0, 1
"""The channels."""

STEPS, PITCHES = 128, 128
"""Of a segment: eight bars of four beats in 16ths; and of MIDI."""

VELOCITY = 80
"""What decoded notes are struck with, since a roll does not say; the release of Diff-BGM has the same."""


def roll_of(notes: Quantised, steps: int = STEPS) -> NDArray[np.bool_]:
    """Return the roll (2, steps, 128) of `notes`, whose step 0 is the roll's first."""
    kept = canonical(notes, steps)
    roll = np.zeros((2, steps, PITCHES), bool)
    roll[ONSET, kept.step, kept.pitch] = True
    number = np.repeat(np.arange(len(kept.step)), kept.duration - 1)
    within = np.arange(len(number)) - np.repeat(np.cumsum(kept.duration - 1), kept.duration - 1)
    roll[SUSTAIN, (kept.step + kept.duration)[number] + within, kept.pitch[number]] = True
    return roll


def notes_of(roll: NDArray[np.bool_], velocity: int = VELOCITY, track: str = "") -> Quantised:
    """Return the notes of a roll (2, steps, 128), sorted by step and pitch.

    Every roll has notes, however it came about: an onset counts where both channels claim a step, and what
    sustains no onset is silent.
    """
    onset = roll[ONSET]
    step, pitch = np.nonzero(onset)
    duration = 1 + _run(roll[SUSTAIN] & ~onset)[step, pitch]
    count = len(step)
    return Quantised(
        step.astype(np.int64),
        duration,
        pitch.astype(np.uint8),
        np.full(count, velocity, np.uint8),
        [track] * count,
    )


def canonical(notes: Quantised, steps: int = STEPS) -> Quantised:
    """Return what a roll of so many steps keeps of `notes`, in the roll's order; velocities and tracks stay.

    `notes_of(roll_of(notes))` has exactly these steps, durations and pitches.
    """
    order = np.lexsort((-notes.duration, notes.pitch, notes.step))
    order = order[(notes.step[order] >= 0) & (notes.step[order] < steps)]
    pairs = np.stack([notes.step[order], notes.pitch[order]], axis=1)
    is_first = np.append(True, (np.diff(pairs, axis=0) != 0).any(axis=1))[: len(order)]
    kept = order[is_first]
    step, pitch = notes.step[kept], notes.pitch[kept]
    room = np.minimum(_until_next(step, pitch), steps - step)
    return Quantised(
        step,
        np.minimum(notes.duration[kept], room),
        pitch,
        notes.velocity[kept],
        [notes.track[i] for i in kept.tolist()],
    )


def without_orphans(roll: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return a roll without what sustains no onset in it, as if its first step were the first of all.

    A part of a longer roll has such places: notes that were struck before it. Segments never do.
    """
    return roll_of(notes_of(roll), roll.shape[1])


def transposed(roll: NDArray[np.bool_], semitones: int) -> NDArray[np.bool_]:
    """Return a roll so much higher; notes that would leave the 128 pitches are gone."""
    moved = np.zeros_like(roll)
    low, high = max(0, semitones), PITCHES + min(0, semitones)
    moved[..., low:high] = roll[..., low - semitones : high - semitones]
    return moved


def as_values(roll: NDArray[np.bool_], silence: float) -> NDArray[np.float32]:
    """Return what a network is shown: 1 where a roll is true, `silence` (-1, or 0) elsewhere."""
    return np.where(roll, np.float32(1), np.float32(silence))


def from_values(values: NDArray[np.floating], silence: float) -> NDArray[np.bool_]:
    """Return the roll that a network painted: true above the middle between `silence` and 1, never at NaN."""
    is_played: NDArray[np.bool_] = values > (1 + silence) / 2
    return is_played


def _run(sustain: NDArray[np.bool_]) -> NDArray[np.int64]:
    """How many steps without a gap follow each step (steps, 128) in which its pitch is sustained."""
    run = np.zeros(sustain.shape, np.int64)
    for step in range(len(sustain) - 2, -1, -1):
        run[step] = np.where(sustain[step + 1], run[step + 1] + 1, 0)
    return run


def _until_next(step: NDArray[np.int64], pitch: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Steps from each note to the next of its pitch; very many for the last."""
    order = np.lexsort((step, pitch))
    again = np.append(np.diff(pitch[order].astype(int)) == 0, [False])[: len(order)]
    gap = np.append(np.diff(step[order]), [0])[: len(order)]
    room = np.empty(len(step), np.int64)
    room[order] = np.where(again, gap, np.iinfo(np.int64).max)
    return room
