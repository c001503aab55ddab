"""The keys of a piece as they change, heard in what sounds, what lies lowest and what lies highest.

A logistic model of passages, the same for all twelve tonics, says how well a passage fits each of
the 24 keys; the best path through the song pays one price per change. The model's weights
(`key_weights.py`) were learned from POP909 by `symmv_tools.training.keys`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from symmv_tools.music.key_weights import MINOR, WEIGHTS
from symmv_tools.music.keys import KEYS
from symmv_tools.music.notes import Notes

Floats = NDArray[np.float64]

N_WINDOWS = 128
"""Equal parts of the song, between which keys may change: two seconds each in a pop song."""

PRICE_OF_A_CHANGE = 1.5
"""In log odds of the whole song. At 1.0 the songs of one key in POP909 001-700 begin to change."""

_N_ROLES = 3
_DEGREE = (np.arange(12)[:, None] - np.arange(12)) % 12  # of a pitch class (row) above a tonic (column)


class KeyPassages(NamedTuple):
    """Keys one after another: `time` and `duration` in seconds, `name` as in `KEYS`, all of length n.

    `confidence` (0 to 1) is the probability of that key if the passage is heard alone.
    """

    time: Floats
    duration: Floats
    name: list[str]
    confidence: Floats


def find_key_changes(notes: Notes) -> KeyPassages:
    """Return the keys from the first onset to the last end; empty if nothing sounds."""
    edges = np.linspace(notes.onset.min(initial=notes.end), notes.end, N_WINDOWS + 1)
    shares = pitch_class_shares(notes, edges)
    if not shares.any():
        return KeyPassages(np.zeros(0), np.zeros(0), [], np.zeros(0))
    path = best_path(evidence(shares, WEIGHTS, MINOR), PRICE_OF_A_CHANGE)
    begin = np.flatnonzero(np.diff(path, prepend=-1))
    end = np.append(begin[1:], N_WINDOWS)
    alone = evidence(each_alone(np.add.reduceat(shares, begin)), WEIGHTS, MINOR)
    confidence = probabilities(alone)[np.arange(len(begin)), path[begin]]
    return KeyPassages(
        edges[begin], edges[end] - edges[begin], [KEYS[key] for key in path[begin]], confidence
    )


def pitch_class_shares(notes: Notes, edges: Floats) -> Floats:
    """How much of the song each pitch class fills between any two `edges` (n + 1,), in three roles.

    Returns (n, 3, 12). The roles are to sound, to be the lowest note that sounds, and the highest;
    a note counts by its seconds, and each role sums to 1 if the edges hold the song, to 0 in silence.
    """
    time, seconds = _seconds_between_moments(notes)
    if not seconds.any():
        return np.zeros((len(edges) - 1, _N_ROLES, 12))
    until = np.vstack([np.zeros(_N_ROLES * 12), seconds.cumsum(axis=0)])
    last = np.clip(np.searchsorted(time, edges, side="right") - 1, 0, len(time) - 2)
    way = np.clip((edges - time[last]) / (time[last + 1] - time[last]), 0.0, 1.0)[:, None]
    filled = np.diff(until[last] + way * seconds[last], axis=0).reshape(-1, _N_ROLES, 12)
    return np.asarray(filled / until[-1].reshape(_N_ROLES, 12).sum(axis=1, keepdims=True))


def _seconds_between_moments(notes: Notes) -> tuple[Floats, Floats]:
    """Seconds of each role and pitch class, (m - 1, 36), between the m moments where notes begin or end."""
    time = np.unique(np.concatenate([notes.onset, notes.offset]))
    if len(time) < 2:
        return time, np.zeros((0, _N_ROLES * 12))
    first, last = np.searchsorted(time, notes.onset), np.searchsorted(time, notes.offset)
    lowest, highest = _outer_pitches(notes, first, last, len(time))
    roles = [_sounding(notes, first, last, len(time)), _one_hot(lowest), _one_hot(highest)]
    return time, np.hstack(roles)[:-1] * np.diff(time)[:, None]


def _sounding(notes: Notes, first: NDArray[np.intp], last: NDArray[np.intp], m: int) -> Floats:
    """How many notes of each pitch class sound from each moment on, (m, 12)."""
    pitch_class = notes.pitch.astype(np.intp) % 12
    begun = np.bincount(first * 12 + pitch_class, minlength=m * 12)
    ended = np.bincount(last * 12 + pitch_class, minlength=m * 12)
    return np.cumsum((begun - ended).reshape(m, 12), axis=0, dtype=np.float64)


def _outer_pitches(
    notes: Notes, first: NDArray[np.intp], last: NDArray[np.intp], m: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the lowest and the highest pitch that sounds from each moment on, (m,) each; -1 for none."""
    lowest, highest = np.full(m, -1), np.full(m, -1)
    upwards = np.argsort(notes.pitch)
    spans = list(
        zip(first[upwards].tolist(), last[upwards].tolist(), notes.pitch[upwards].tolist(), strict=True)
    )
    for begin, end, pitch in spans:
        highest[begin:end] = pitch
    for begin, end, pitch in reversed(spans):
        lowest[begin:end] = pitch
    return lowest, highest


def _one_hot(pitch: NDArray[np.int64]) -> Floats:
    """Which pitch class each pitch has, (m, 12); no class for -1."""
    table = np.vstack([np.eye(12), np.zeros(12)])
    return np.asarray(table[np.where(pitch >= 0, pitch % 12, 12)])


def each_alone(shares: Floats) -> Floats:
    """Scale each passage's `shares` (n, 3, 12) so that every role sums to 1, as in a song of its own."""
    whole = shares.sum(axis=2, keepdims=True)
    return np.asarray(np.divide(shares, whole, out=np.zeros_like(shares), where=whole > 0))


def evidence(shares: Floats, weights: Floats, minor: float) -> Floats:
    """Log odds, up to a constant, that `shares` (n, 3, 12) give to each of the 24 `KEYS`, (n, 24).

    `weights` is (major and minor, 3 roles, 12 degrees above the tonic); `minor` is added to minor
    keys in proportion to what sounds. So evidence adds up over windows, and silence has none.
    """
    by_tonic = weights[:, :, _DEGREE].transpose(1, 2, 0, 3).reshape(_N_ROLES * 12, 24)
    odds = shares.reshape(len(shares), -1) @ by_tonic
    odds[:, 12:] += minor * shares[:, 0].sum(axis=1, keepdims=True)
    return np.asarray(odds)


def probabilities(odds: Floats) -> Floats:
    """Softmax over the last axis."""
    shifted = np.exp(odds - odds.max(axis=-1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=-1, keepdims=True))


def best_path(odds: Floats, price: float) -> NDArray[np.intp]:
    """Viterbi: the key of each window, (n,), whose `odds` (n, 24) less `price` per change are greatest.

    Of equally good moments to change the first is taken, and of equal keys the first in `KEYS`.
    """
    came_from = np.empty(odds.shape, np.intp)
    score = np.zeros(odds.shape[1])
    for window, gain in enumerate(odds):
        best = int(score.argmax())
        changes = score[best] - price > score
        came_from[window] = np.where(changes, best, np.arange(len(score)))
        score = np.where(changes, score[best] - price, score) + gain
    path = np.empty(len(odds), np.intp)
    key = int(score.argmax())
    for window in range(len(odds) - 1, -1, -1):
        path[window] = key
        key = int(came_from[window, key])
    return path
