"""What performing and transcribing do to clean notes: annotators must bear it, so they train on it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from symmv_tools.music.notes import Notes, make_notes

Labels = NDArray[np.int64]


def degraded(notes: Notes, labels: Labels, rng: np.random.Generator) -> tuple[Notes, Labels]:
    """Return the notes, some missing and some added, with shaken times and velocities, and their labels.

    `labels` (n,) go with their notes; what is added is labelled 0. Tracks are dropped. How much is
    done is drawn anew each time: onsets shake by up to 15 ms (deviation), up to 6 % of the notes are
    missed and up to 4 % are heard that are not there, mostly octaves and fifths of those that are.
    """
    onset, duration, pitch, loudness, labels = _lost_and_found(notes, labels, rng)
    onset = onset + rng.normal(0.0, rng.uniform(0.0, 0.015), len(onset))
    # With the pedal down nobody hears when a key comes up: transcribed lengths are off by a factor of 2.
    stretch = rng.normal(0.0, 0.25) + rng.normal(0.0, rng.uniform(0.0, 1.0), len(onset))
    duration = np.maximum(duration * np.exp(stretch), 0.03)
    velocity = _shaken_velocity(loudness, labels, rng)
    order = np.lexsort((pitch, onset))
    return make_notes(onset, duration, pitch, velocity), labels[order]


def _lost_and_found(
    notes: Notes, labels: Labels, rng: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64], NDArray[np.float64], Labels]:
    kept = np.flatnonzero(rng.random(len(notes)) >= rng.uniform(0.0, 0.06))
    ghost = rng.choice(kept, int(len(kept) * rng.uniform(0.0, 0.04))) if len(kept) else kept
    away = rng.choice([-12, 12, 12, 19, 7, 1], len(ghost))
    late = rng.normal(0.0, 0.01, len(ghost)) + rng.uniform(0.0, 0.5, len(ghost)) * (
        rng.random(len(ghost)) < 0.3
    )
    pitch, velocity = notes.pitch.astype(np.int64), notes.velocity.astype(np.float64)
    return (
        np.concatenate([notes.onset[kept], notes.onset[ghost] + late]),
        np.concatenate([notes.duration[kept], notes.duration[ghost] * rng.uniform(0.1, 1.0, len(ghost))]),
        np.concatenate([pitch[kept], np.clip(pitch[ghost] + away, 21, 108)]),
        np.concatenate([velocity[kept], velocity[ghost] - rng.uniform(0.0, 30.0, len(ghost))]),
        np.concatenate([labels[kept], np.zeros(len(ghost), np.int64)]),
    )


def _shaken_velocity(
    velocity: NDArray[np.float64], labels: Labels, rng: np.random.Generator
) -> NDArray[np.uint8]:
    """Louder or softer as a whole, by label, and note by note; sometimes without any sense at all."""
    if rng.random() < 0.15:
        shaken = rng.normal(70.0, 10.0, len(velocity))
    else:
        by_label = rng.normal(0.0, 6.0, int(labels.max(initial=0)) + 1)[labels]
        shaken = velocity + by_label + rng.normal(0.0, rng.uniform(0.0, 10.0), len(velocity))
    return np.clip(shaken * rng.uniform(0.7, 1.1), 1, 127).astype(np.uint8)
