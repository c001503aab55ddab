"""Beats and downbeats from the notes' accents, without anything learned.

Onset strength -> local tempo -> dynamic programming (Ellis, "Beat Tracking by Dynamic Programming",
2007) -> bars by accent and change of harmony. It wants nothing but numpy; how it compares with the
network of `music.beats` is in docs/reference/benchmarks.md. Its numbers were tried on POP909 001-700.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from symmv_tools.music.beats import Beats, has_beats, no_beats
from symmv_tools.music.notes import Notes
from symmv_tools.music.viterbi import viterbi

FRAMES_PER_SECOND = 100
_SMOOTHING_SECONDS = 0.02  # standard deviation of an onset: notes struck together are not simultaneous
_TEMPO_WINDOW_SECONDS = 12.0
_TEMPO_HOP_SECONDS = 3.0
_MULTIPLES = ((1, 1.0), (2, 0.5), (4, 0.5))  # a beat that is one repeats after 2 and 4 of itself
_SLOWEST_SECONDS, _FASTEST_SECONDS = 1.2, 0.3  # longest and shortest beat: 50 to 200 per minute


_EXPECTED_BPM, _OCTAVE_WIDTH = 80.0, 1.0  # between equally regular tempi; a log-normal prior
_TIGHTNESS = 300.0  # price of uneven beats, in onset strength per squared log ratio
_SLIP_COST = 6.0  # price of a bar that ends early, in deviations of accent


def beats_by_accents(notes: Notes) -> Beats:
    """Return beats and downbeats of `notes`; none where all begin within 0.3 s.

    Transposing or shifting the notes in time changes nothing but the times.
    """
    if not has_beats(notes):
        return no_beats()
    weight = _weights(notes)
    strength = _onset_strength(notes.onset - notes.onset[0], weight)
    period = _local_period(strength)
    frames = _best_path(strength, period)
    time = _snapped(frames / FRAMES_PER_SECOND + notes.onset[0], notes.onset, weight)
    confidence = np.clip(strength[frames] / np.median(strength[strength > 0]) / 2, 0.0, 1.0)
    return Beats(time, _positions(notes, weight, time), confidence.astype(np.float32))


# --- where something begins -----------------------------------------------------------------------


def _weights(notes: Notes) -> NDArray[np.float64]:
    """How much of a beat each note's onset is: loud, long and (relative to the song) low notes are more."""
    length = np.minimum(notes.duration, 1.0)
    depth = np.clip((np.median(notes.pitch) - notes.pitch.astype(float)) / 12.0, 0.0, 2.0)
    weights: NDArray[np.float64] = (notes.velocity / 127.0) * (0.3 + length) * (1.0 + depth)
    return weights


def _onset_strength(onset: NDArray[np.float64], weight: NDArray[np.float64]) -> NDArray[np.float64]:
    """Weights summed per frame, compressed so that a big chord is not worth ten notes, smoothed; std 1."""
    frame = np.round(onset * FRAMES_PER_SECOND).astype(int)
    impulses = np.bincount(frame, weight, minlength=frame.max() + FRAMES_PER_SECOND).astype(np.float64)
    deviations = np.arange(-6, 7) / (_SMOOTHING_SECONDS * FRAMES_PER_SECOND)
    strength: NDArray[np.float64] = np.sqrt(np.convolve(impulses, np.exp(-0.5 * deviations**2), "same"))
    strength /= strength.std()
    return strength


# --- how fast -------------------------------------------------------------------------------------


def _local_period(strength: NDArray[np.float64]) -> NDArray[np.float64]:
    """Frames per beat at every frame: the best path through the autocorrelations of long windows."""
    shortest, longest = (round(s * FRAMES_PER_SECOND) for s in (_FASTEST_SECONDS, _SLOWEST_SECONDS))
    lags = np.arange(shortest, longest + 1)
    hop = round(_TEMPO_HOP_SECONDS * FRAMES_PER_SECOND)
    salience = _tempo_salience(strength, lags, hop)
    octaves = np.log2(lags * _EXPECTED_BPM / (60.0 * FRAMES_PER_SECOND))
    salience *= np.exp(-0.5 * (octaves / _OCTAVE_WIDTH) ** 2)
    salience /= salience.max() + 1e-12
    change = np.abs(np.log2(lags[:, None] / lags[None, :]))
    path = viterbi(salience, -np.minimum(10.0 * change, 2.0))
    return np.interp(np.arange(len(strength)), np.arange(len(path)) * hop, lags[path])


def _tempo_salience(strength: NDArray[np.float64], lags: NDArray[np.int64], hop: int) -> NDArray[np.float64]:
    """Autocorrelation at each lag and its multiples, shape (windows, lags), at least 0."""
    width = round(_TEMPO_WINDOW_SECONDS * FRAMES_PER_SECOND)
    padded = np.pad(strength - strength.mean(), (width // 2, width // 2 + hop))
    windows = np.lib.stride_tricks.sliding_window_view(padded, width)[: len(strength) + hop - 1 : hop]
    spectrum = np.fft.rfft(windows * np.hanning(width), 2 * width, axis=1)
    correlation = np.fft.irfft(np.abs(spectrum) ** 2, axis=1)
    correlation /= correlation[:, :1] + 1e-12
    combined = sum((share * correlation[:, lags * k] for k, share in _MULTIPLES), np.zeros(1))
    salience: NDArray[np.float64] = np.maximum(combined, 0.0)
    return salience


# --- where the beats are --------------------------------------------------------------------------


def _best_path(strength: NDArray[np.float64], period: NDArray[np.float64]) -> NDArray[np.int64]:
    """Frames of the beats: strong onsets, evenly spaced; Ellis (2007), with a period that may drift.

    A beat depends on none nearer than half a period, so that many frames are solved at once.
    """
    n = len(strength)
    longest = int(2 * period.max()) + 1
    score = np.concatenate([np.full(longest, -np.inf), strength])  # frame t stands at t + longest
    came_from = np.full(n, -1)
    start = 0
    while start < n:
        stop = min(n, start + max(1, int(period[start] / 2) - 1))
        frame, now = np.arange(start, stop), period[start:stop]
        back = np.arange(int(now.min() / 2), int(2 * now.max()) + 1)
        before = frame[:, None] - back
        value = score[before + longest] - _TIGHTNESS * np.log(back / now[:, None]) ** 2
        best = value.argmax(axis=1)
        gain = np.take_along_axis(value, best[:, None], axis=1)[:, 0]
        came_from[start:stop] = np.where(gain > 0, frame - back[best], -1)  # else a first beat
        score[start + longest : stop + longest] += np.maximum(gain, 0.0)
        start = stop
    return _traced_back(score[longest:], came_from, int(period[-1]) + FRAMES_PER_SECOND)


def _traced_back(score: NDArray[np.float64], came_from: NDArray[np.int64], tail: int) -> NDArray[np.int64]:
    """Follow the best score among the last `tail` frames to the first beat."""
    at = max(0, len(score) - tail)
    at += int(np.argmax(score[at:]))
    beats = []
    while at >= 0:
        beats.append(at)
        at = int(came_from[at])
    return np.array(beats[::-1])


def _snapped(
    time: NDArray[np.float64], onset: NDArray[np.float64], weight: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Move each beat to the mean onset within 30 ms of it, where there is one."""
    low, high = (np.searchsorted(onset, time + side) for side in (-0.03, 0.03))
    mass = np.concatenate([[0.0], np.cumsum(weight)])
    moment = np.concatenate([[0.0], np.cumsum(weight * onset)])
    total = mass[high] - mass[low]
    has_onset = total > 0
    return np.where(has_onset, (moment[high] - moment[low]) / np.where(has_onset, total, 1.0), time)


# --- where the bars begin -------------------------------------------------------------------------


def _positions(notes: Notes, weight: NDArray[np.float64], time: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Position of every beat in bars of 4 or 3, whichever explains the accents better."""
    accent = _accents(notes, weight, time)
    best_score, best_path = -np.inf, np.zeros(len(time), np.int64)
    for beats_per_bar, handicap in ((4, 0.0), (3, 0.15)):
        reward = np.zeros((len(time), beats_per_bar))
        reward[:, 0] = accent
        step = np.full((beats_per_bar, beats_per_bar), -np.inf)
        step[:, 0] = -_SLIP_COST  # a bar may end early …
        step[np.arange(beats_per_bar), (np.arange(beats_per_bar) + 1) % beats_per_bar] = 0.0
        path = viterbi(reward, step)
        score = accent[path == 0].mean() - handicap if (path == 0).any() else -np.inf
        if score > best_score:
            best_score, best_path = score, path
    return (best_path + 1).astype(np.uint8)


def _accents(notes: Notes, weight: NDArray[np.float64], time: NDArray[np.float64]) -> NDArray[np.float64]:
    """How much each beat sounds like the first of a bar: weight of its onsets, new harmony; mean 0, std 1."""
    beat = np.clip(np.searchsorted(time - 0.05, notes.onset, side="right") - 1, 0, len(time) - 1)
    is_on_beat = np.abs(notes.onset - time[beat]) <= 0.05
    onsets = np.bincount(beat[is_on_beat], weight[is_on_beat], minlength=len(time))
    chroma = np.zeros((len(time), 12))
    np.add.at(chroma, (beat, notes.pitch % 12), weight)
    chroma /= np.linalg.norm(chroma, axis=1, keepdims=True) + 1e-9
    after = chroma + np.vstack([chroma[1:], chroma[-1:]])
    before = np.roll(after, 2, axis=0)
    before[:2] = after[:2]  # nothing is new at the beginning
    norms = np.linalg.norm(after, axis=1) * np.linalg.norm(before, axis=1) + 1e-9
    change: NDArray[np.float64] = 1.0 - (after * before).sum(axis=1) / norms
    return _standard(np.sqrt(onsets)) + _standard(change)


def _standard(values: NDArray[np.float64]) -> NDArray[np.float64]:
    standard: NDArray[np.float64] = (values - values.mean()) / (values.std() + 1e-9)
    return standard
