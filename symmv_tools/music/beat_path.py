"""The likeliest sequence of beats under an activation function: tempo and phase at once.

A semi-Markov form of the bar pointer model (Whiteley, Cemgil & Godsill, ISMIR 2006; Krebs, Böck & Widmer,
ISMIR 2015): a state is (frame of a beat, tempo), and there is none between beats. If each frame is
a beat with probability a, one path differs from another only in the log odds log(a / (1 - a)) of its
beats, so the frames between need not be visited. As no beat depends on one nearer than the shortest beat,
a block of frames of that length is solved at once, for all tempi.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

_SLIP = 1  # frames by which a beat may come early or late without a change of tempo


class BeatModel(NamedTuple):
    """What is believed of beats: tempi from `min_bpm` to `max_bpm`, `n_tempi` of them, and how they change.

    `change_cost` is the price in nats of a change of tempo by a factor e, `slip_cost` that of a beat
    one frame early or late. `reward` nats are added to every beat: what the activation of a beat
    leaves to the frames beside it, and what it is worth to miss none.
    """

    min_bpm: float = 40.0
    max_bpm: float = 210.0
    change_cost: float = 30.0
    reward: float = 0.5
    slip_cost: float = 0.2
    n_tempi: int = 48


def best_beats(
    log_odds: NDArray[np.float64], frames_per_second: float, model: BeatModel
) -> NDArray[np.int64]:
    """Return the frames of the beats, which run from the first to the last beat's length of `log_odds`."""
    seconds = np.geomspace(60.0 / model.max_bpm, 60.0 / model.min_bpm, model.n_tempi)
    period = np.round(seconds * frames_per_second).astype(np.int64)
    hills = model.change_cost * np.log(seconds)
    score = _forward(log_odds + model.reward, period, hills, model.slip_cost)
    return _backward(score, period, hills, model.slip_cost)


def _forward(
    log_odds: NDArray[np.float64], period: NDArray[np.int64], hills: NDArray[np.float64], slip_cost: float
) -> NDArray[np.float64]:
    """Score of the best path to a beat at each frame with each tempo, (frames, tempi).

    Row t of `arrived` is the best score of any tempo at frame t, once the change of tempo is paid; it
    stands `pad` rows late, so that what comes before the first frame exists, at no gain.
    """
    n, n_tempi = len(log_odds), len(period)
    pad = int(period[-1]) + _SLIP
    score = np.empty((n, n_tempi))
    arrived = np.full((n + pad, n_tempi), -np.inf)
    arrived[:pad] = 0.0  # the first beat may stand anywhere in the first beat's length
    flat = arrived.reshape(-1)
    block = int(period[0]) - _SLIP
    source = (np.arange(block)[:, None] + pad - period) * n_tempi + np.arange(n_tempi)
    for start in range(0, n, block):
        rows = min(block, n - start)
        at = source[:rows] + start * n_tempi
        best = flat[at]
        np.maximum(best, flat[at - n_tempi] - slip_cost, out=best)
        np.maximum(best, flat[at + n_tempi] - slip_cost, out=best)
        best += log_odds[start : start + rows, None]
        score[start : start + rows] = best
        arrived[start + pad : start + pad + rows] = _any_tempo(best, hills)
    return score


def _any_tempo(score: NDArray[np.float64], hills: NDArray[np.float64]) -> NDArray[np.float64]:
    """For each tempo the best of all tempi's scores, less the price of the change |hills_i - hills_j|."""
    rising = np.maximum.accumulate(score + hills, axis=1) - hills
    falling = np.maximum.accumulate((score - hills)[:, ::-1], axis=1)[:, ::-1] + hills
    return np.maximum(rising, falling)


def _backward(
    score: NDArray[np.float64], period: NDArray[np.int64], hills: NDArray[np.float64], slip_cost: float
) -> NDArray[np.int64]:
    """Follow the best score among the last frames to a first beat, asking at each beat whence it came."""
    tail = max(0, len(score) - int(period[-1]))
    frame, tempo = divmod(int(score[tail:].argmax()), len(period))
    frame += tail
    beats = [frame]
    while (before := frame - int(period[tempo])) + _SLIP >= 0:
        near = np.arange(max(before - _SLIP, 0), before + _SLIP + 1)
        ways = score[near] - np.abs(hills - hills[tempo]) - slip_cost * np.abs(near - before)[:, None]
        step, tempo_before = divmod(int(ways.argmax()), len(period))
        if before <= 0 and ways[step, tempo_before] <= (-slip_cost if before == 0 else 0.0):
            break  # nothing before the first frame is as good
        frame, tempo = int(near[step]), tempo_before
        beats.append(frame)
    return np.array(beats[::-1])
