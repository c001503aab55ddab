"""Note scores: precision, recall and F1 of onset and pitch, as mir_eval.transcription counts them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from symmv_tools.evaluation.annotations.scores import Match, match_of
from symmv_tools.music.melody import ACCOMPANIMENT, MELODY
from symmv_tools.music.notes import Notes

ONSET_SECONDS = 0.05
"""How far onsets of matched notes may lie apart: MIREX's and mir_eval's 50 ms."""

# mir_eval rounds distances to four decimals before it compares them, so that 50 ms are 50 ms.
_STEPS_PER_SECOND = 10_000


def note_match(found: Notes, true: Notes) -> Match | None:
    """Return the scores of `found` against `true`; None if both are empty.

    A note is right if it has the pitch of a true note and its onset within 50 ms, one to one, as
    many pairs as can be; offsets and velocities do not count. Equal to
    `mir_eval.transcription.precision_recall_f1_overlap(offset_ratio=None)` on the same notes as Hz:
    semitones are 100 cents apart and its tolerance is 50, so pitches never mix and each can be
    matched for itself, which for a thousand notes is a thousand times faster.
    """
    pitches = np.intersect1d(found.pitch, true.pitch)
    hits = sum(_pairs(found.onset[found.pitch == p], true.onset[true.pitch == p]) for p in pitches)
    return match_of(hits, len(found), len(true))


def melody_match(found: Notes, true: Notes) -> Match | None:
    """Return `note_match` of the notes in track `melody` of either side."""
    return note_match(_melody(found), _melody(true))


def has_melody(notes: Notes) -> bool:
    """Whether somebody told melody from accompaniment here; without notes there is nothing to tell apart."""
    return not len(notes) or MELODY in notes.track or ACCOMPANIMENT in notes.track


def _melody(notes: Notes) -> Notes:
    return notes.take(np.array([track == MELODY for track in notes.track], bool))


def _pairs(a: NDArray[np.float64], b: NDArray[np.float64]) -> int:
    """Count the most one-to-one pairs of times within the tolerance.

    Pairing the earliest with the earliest is optimal on a line: whatever else could have taken
    either of them can take what comes later instead.
    """
    reach = round(ONSET_SECONDS * _STEPS_PER_SECOND)
    times, others = np.sort(a).tolist(), np.sort(b).tolist()
    i = j = pairs = 0
    while i < len(times) and j < len(others):
        apart = round((times[i] - others[j]) * _STEPS_PER_SECOND)
        pairs += abs(apart) <= reach
        i += apart <= reach  # paired, or too early for all that follow
        j += apart >= -reach
    return pairs
