"""Whether two recordings are the same song, whoever plays it, in which key and how fast.

Cover song identification without learning: the two pieces' harmony and melody are laid side by side, each
moment beside each, and the longest stretch is sought along which they agree in order (Serrà, Serra and
Andrzejak, "Cross recurrence quantification for cover song identification", New Journal of Physics 11,
2009). We differ in keeping similarities as numbers where they keep yes and no, in hearing the melody apart
from the harmony, and in asking how well the candidate would agree if it were played backwards: two songs of
the same few chords agree that way about as well as forwards, and one song with itself does not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import convolve1d, uniform_filter1d

from symmv_tools.music.chroma import HOP_SECONDS, Chroma

STEP_SECONDS = 0.3
_STEP = round(STEP_SECONDS / HOP_SECONDS)
_HARMONY_WINDOW, _MELODY_WINDOW = 0.6, 0.4  # seconds over which each is averaged
_CONTEXTS = ((12, 5.0), (12, 7.6), (6, 6.2), (4, 5.6))
# steps that are compared as one moment, and a weight (1 / the usual deviation): harmony, and melody thrice
_KEYS = 4  # transpositions that are tried in full
_PRICE = 0.8  # standard deviations that a moment must lie above the mean to lengthen a stretch
_LEAST_STRETCH, _LEAST_SHARE = 30.0, 0.15  # sum of agreement, and share of the best, of a stretch that counts
_CROSSING = 15  # steps over which a stretch must agree on average
_MOST_STEPS = 6000  # half an hour; two longer pieces would take more than a gigabyte
_SHORTEST = 10  # steps; less music than that is no song
_MINUTE = 200  # steps; a shorter piece counts as this long, for a quarter of a minute agrees with many songs
_CENTRE, _SLOPE = 0.25, 12.0  # of the logistic that makes the score

Floats = NDArray[np.float32]


class Path(NamedTuple):
    """Moments of two pieces that belong together, in steps of `STEP_SECONDS`, both strictly increasing."""

    music: NDArray[np.int64]
    candidate: NDArray[np.int64]


@dataclass(frozen=True)
class Likeness:
    """How alike two pieces are: `score` 0 to 1, and `transposition`, semitones from music to candidate."""

    score: float
    transposition: int


class Outline(NamedTuple):
    """A piece as it is compared: harmony and melody, (n, 12) each, rows of norm 1 or 0."""

    harmony: Floats
    melody: Floats


def outline(chroma: Chroma) -> Outline:
    """Return what is compared of a piece: its first half hour. Worth keeping where one meets many."""
    harmony = _sampled(chroma.harmony, _HARMONY_WINDOW)
    melody = _sampled(chroma.melody, _MELODY_WINDOW)
    return Outline(harmony[:_MOST_STEPS], melody[:_MOST_STEPS])


def likeness(music: Outline, candidate: Outline) -> Likeness:
    """Return how surely two pieces are one song, and in which keys; what is too short scores 0."""
    shorter = min(len(music.harmony), len(candidate.harmony))
    if shorter < _SHORTEST or not (music.harmony.any() and candidate.harmony.any()):
        return Likeness(0.0, 0)
    keys = _likely_keys(music.harmony, candidate.harmony)
    forwards = _longest(_agreement(music, candidate, keys))
    backwards = _longest(_agreement(music, _reversed(candidate), keys))
    advantage = float(forwards.max() - backwards.max()) / max(shorter, _MINUTE)
    score = 1.0 / (1.0 + np.exp(_SLOPE * (_CENTRE - advantage)))
    return Likeness(float(score), int(keys[forwards.argmax()]))


def stretches(music: Outline, candidate: Outline, transposition: int) -> list[Path]:
    """Return the stretches along which the two agree, in order of time; none if they nowhere do.

    There is the best one, and what agrees before and after it, so that a verse that only one of the two
    plays leaves a gap. `transposition` is what `likeness` found.
    """
    if min(len(music.harmony), len(candidate.harmony)) < _SHORTEST:
        return []
    agreement = _agreement(music, candidate, np.array([transposition]))
    return _stretches(agreement, None)


# --- agreement ------------------------------------------------------------------------------------


def _sampled(frames: Floats, window_seconds: float) -> Floats:
    window = np.hanning(round(window_seconds / HOP_SECONDS) + 2)[1:-1].astype(np.float32)
    smooth = convolve1d(frames, window / window.sum(), axis=0, mode="constant") if len(frames) else frames
    return _unit(smooth[_STEP // 2 :: _STEP])


def _unit(rows: Floats) -> Floats:
    norm = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.maximum(norm, 1e-6), np.float32)


def _likely_keys(music: Floats, candidate: Floats) -> NDArray[np.int64]:
    """Semitones (-5 to 6) to add to the music: those that bring the mean harmonies closest."""
    mean, other = music.mean(axis=0), candidate.mean(axis=0)
    closeness = [float(np.roll(mean, k) @ other) for k in range(-5, 7)]
    return np.argsort(closeness, kind="stable")[::-1][:_KEYS] - 5


def _reversed(piece: Outline) -> Outline:
    return Outline(piece.harmony[::-1], piece.melody[::-1])


def _agreement(music: Outline, candidate: Outline, keys: NDArray[np.int64]) -> Floats:
    """How much better two moments agree than either does on average, in standard deviations, less the price.

    Shape (music, keys, candidate). A moment is what sounds within some steps around it.
    """
    turned = [Outline(*(np.roll(view, -k, axis=1) for view in candidate)) for k in keys]
    theirs = np.concatenate([_moments(piece) for piece in turned])
    total: Floats = (_moments(music) @ theirs.T).reshape(len(music.harmony), len(keys), -1)
    # what agrees with everything, such as the song's one chord, says nothing
    total -= 0.5 * (total.mean(axis=2, keepdims=True) + total.mean(axis=0, keepdims=True))
    total -= total.mean()
    total /= np.sqrt(np.vdot(total, total) / total.size) + np.float32(1e-6)
    total -= np.float32(_PRICE)
    return total


def _moments(piece: Outline) -> Floats:
    """What sounds around each step, (n, features): products of two are weighted sums of cosines."""
    views = (piece.harmony, piece.melody, piece.melody, piece.melody)
    return np.concatenate(
        [
            np.float32(np.sqrt(weight)) * _in_context(view, steps)
            for view, (steps, weight) in zip(views, _CONTEXTS, strict=True)
        ],
        axis=1,
    )


def _in_context(rows: Floats, steps: int) -> Floats:
    before = steps // 2
    padded = np.pad(rows, ((before, steps - 1 - before), (0, 0)))
    return _unit(np.concatenate([padded[t : t + len(rows)] for t in range(steps)], axis=1))


# --- stretches ------------------------------------------------------------------------------------


def _lengths(agreement: Floats) -> Floats:
    """Best sum of agreement along any stretch that ends at each two moments, never negative.

    A stretch goes on by one step in both pieces or by two in one of them: the tempo ratio lies between a
    half and two. Shape (music + 2, keys, candidate + 2), the first two of each being a border of zeros.
    """
    n, keys, m = agreement.shape
    table = np.zeros((n + 2, keys, m + 2), np.float32)
    for i in range(n):
        best = table[i + 2, :, 2:]
        np.maximum(table[i + 1, :, 1:-1], table[i, :, 1:-1], out=best)
        np.maximum(best, table[i + 1, :, :-2], out=best)
        best += agreement[i]
        np.maximum(best, 0.0, out=best)
    return table


def _longest(agreement: Floats) -> NDArray[np.float64]:
    return np.asarray(_lengths(agreement).max(axis=(0, 2)), np.float64)


def _stretches(agreement: Floats, best: float | None) -> list[Path]:
    """Return the best stretch of one key, and those before, within and after it that are not much worse."""
    if not agreement.size:
        return []
    table = _lengths(agreement)[:, 0]
    i, j = np.unravel_index(table.argmax(), table.shape)
    length = float(table[i, j])
    if length < max(_LEAST_STRETCH, _LEAST_SHARE * (best or 0.0)):
        return []
    pieces = _agreeing(agreement[:, 0], _traced(table, int(i), int(j)))
    found: list[Path] = []
    a, b = 0, 0
    for piece in pieces:
        found += _shifted(
            _stretches(agreement[a : piece.music[0], :, b : piece.candidate[0]], best or length), a, b
        )
        found.append(piece)
        a, b = int(piece.music[-1]) + 1, int(piece.candidate[-1]) + 1
    return found + (_shifted(_stretches(agreement[a:, :, b:], best or length), a, b) if pieces else [])


def _agreeing(agreement: Floats, path: Path) -> list[Path]:
    """Cut out of a path where it only crosses over from one stretch to another, such as a left out verse."""
    along = uniform_filter1d(agreement[path.music, path.candidate], _CROSSING, mode="nearest")
    border = np.flatnonzero(np.diff(along > 0, prepend=False, append=False))
    runs = [slice(a, b) for a, b in border.reshape(-1, 2) if b - a >= _CROSSING]
    return [Path(path.music[run], path.candidate[run]) for run in runs]


def _shifted(paths: list[Path], music: int, candidate: int) -> list[Path]:
    return [Path(path.music + music, path.candidate + candidate) for path in paths]


def _traced(table: Floats, i: int, j: int) -> Path:
    steps = []
    while table[i, j] > 0:
        steps.append((i - 2, j - 2))
        i, j = max(((i - 1, j - 1), (i - 2, j - 1), (i - 1, j - 2)), key=lambda at: table[at])
    music, candidate = np.array(steps[::-1], np.int64).T
    return Path(music, candidate)
