"""From probabilities to a melody: a line has one note at a time."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from symmv_tools.music.notes import Notes, make_notes

SAME_NOTE_SECONDS = 0.05  # one key cannot be struck twice within it; two tracks, merged, can seem to


def distinct_notes(notes: Notes, label: NDArray[np.int64]) -> tuple[Notes, NDArray[np.int64]]:
    """Merge notes of one pitch that begin within 50 ms into one, as a piano would sound them.

    It begins first, ends last and is as loud as the loudest. `label` (n,) are the notes' labels; a
    merged note has the highest of its own.
    """
    first, owner = merging(notes)
    n = len(first)
    end, velocity, labels = np.zeros(n), np.zeros(n, np.uint8), np.zeros(n, np.int64)
    np.maximum.at(end, owner, notes.offset)
    np.maximum.at(velocity, owner, notes.velocity)
    np.maximum.at(labels, owner, label)
    onset = notes.onset[first]
    return make_notes(onset, end - onset, notes.pitch[first], velocity), labels


def merging(notes: Notes) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the first note of each bunch that `distinct_notes` merges, and each note's bunch, (n,).

    Of several that begin first it is the longest, then the loudest: the order of notes must not matter.
    """
    keys = (-notes.velocity.astype(np.int64), -notes.duration, notes.onset, notes.pitch)
    order = np.lexsort(keys)
    onset, pitch = notes.onset[order], notes.pitch[order].astype(np.int64)
    is_new = np.ones(len(notes), bool)
    is_new[1:] = (np.diff(pitch) != 0) | (np.diff(onset) > SAME_NOTE_SECONDS)
    first = order[is_new]
    place = np.empty(len(first), np.int64)
    place[np.lexsort((notes.pitch[first], notes.onset[first]))] = np.arange(len(first))
    owner = np.empty(len(notes), np.int64)
    owner[order] = place[np.cumsum(is_new) - 1]
    return np.sort(first), owner


def melody_line(group: NDArray[np.int64], probability: NDArray[Any], threshold: float) -> NDArray[np.bool_]:
    """Return which notes are melody, (n,): of the notes struck together the likeliest, if likely enough.

    Of two that are equally likely it is the later one in `group`, which among sorted notes is the higher.
    """
    order = np.lexsort((probability, group))
    is_best = np.diff(group[order], append=-1) != 0
    is_line = np.zeros(len(group), bool)
    is_line[order[is_best]] = True
    return is_line & (probability > threshold)
