"""A fingerprint of a recording that outlives re-encoding: the same sound twice, not the same song twice.

Haitsma & Kalker, "A highly robust audio fingerprinting system", ISMIR 2002: the signs of the changes, over
time and frequency at once, of the energy in 33 logarithmic bands from 300 to 2000 Hz. We differ in the
step: theirs is 11.6 ms, for recognising three seconds; ours is 100 ms, because whole recordings are
compared and a song is to cost 10 kB and not 80.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import scipy.fft
import scipy.signal
from numpy.typing import NDArray

STEP_SECONDS = 0.1
"""From one sub-fingerprint to the next."""

MIN_OVERLAP = 0.5
"""Share of the shorter recording that must lie over the longer one at a lag for it to count."""

SAME_BELOW = 0.22
"""Bit error rate below which two recordings are one.

Haitsma & Kalker take 0.35 for three seconds. Over a whole recording the rate scatters less: a cut, noisy
and encoded one has 0.20 at most, and one score played in step by a piano and a guitar 0.25 at least
(docs/reference/benchmarks.md, "Audio print").
"""

_FRAME_SECONDS = 0.37
_EDGES_HZ = 300.0 * (2000.0 / 300.0) ** (np.arange(34) / 33)
_MIN_RATE = 4000
_BITS = 32
# Below -80 dBFS there is nothing but dither, whose fingerprint would be dice.
_SILENCE = 1e-4


class Sameness(NamedTuple):
    """How two recordings lie best over each other.

    `bit_error_rate` is near 0 for one recording encoded twice and near 0.5 for strangers. `lag_seconds`
    is to be added to a time in the first to get the time in the second; `overlap_seconds` is how much
    was compared, silence left out.
    """

    bit_error_rate: float
    lag_seconds: float
    overlap_seconds: float


UNLIKE = Sameness(0.5, 0.0, 0.0)
"""What is said of recordings that cannot be compared, such as silence."""


def audio_print(samples: NDArray[np.floating], sample_rate: int) -> NDArray[np.uint32]:
    """Return the sub-fingerprints of mono `samples` (n,), one for every 0.1 s; 0 stands for silence.

    Whatever is shorter than 0.47 s has none. Raises ValueError below 4000 Hz, where bands would be missing.
    """
    if sample_rate < _MIN_RATE:
        raise ValueError(f"a fingerprint needs {_MIN_RATE} Hz or more; got {sample_rate} Hz")
    energy, is_silent = _band_energies(np.asarray(samples, np.float32), sample_rate)
    if len(energy) < 2:
        return np.empty(0, np.uint32)
    over_bands = energy[:, :-1] - energy[:, 1:]  # (frames, 32)
    bits = np.diff(over_bands, axis=0) > 0
    words = np.packbits(bits, axis=1).view(">u4")[:, 0].astype(np.uint32)
    words[words == 0] = 1  # 0 is silence's own
    words[is_silent[1:] | is_silent[:-1]] = 0
    return words


def _band_energies(
    samples: NDArray[np.float32], sample_rate: int
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Energy of each frame in the 33 bands, (frames, 33), and which frames are silent, (frames,)."""
    size = round(_FRAME_SECONDS * sample_rate)
    starts = np.round(np.arange(0, len(samples) - size + 1, STEP_SECONDS * sample_rate)).astype(np.int64)
    window = scipy.signal.get_window("hann", size).astype(np.float32)
    fft_size = scipy.fft.next_fast_len(size, real=True)
    edges = np.searchsorted(np.fft.rfftfreq(fft_size, 1 / sample_rate), _EDGES_HZ)
    energies, silent = [np.empty((0, 33))], [np.empty(0, bool)]
    for frames in _blocks(samples, starts, size):
        spectrum = scipy.fft.rfft(frames * window, fft_size)[:, : edges[-1]]
        power = spectrum.real.astype(np.float64) ** 2 + spectrum.imag.astype(np.float64) ** 2
        energies.append(np.add.reduceat(power, edges[:-1], axis=1))
        silent.append(np.abs(frames).max(axis=1) < _SILENCE)
    return np.concatenate(energies), np.concatenate(silent)


def _blocks(
    samples: NDArray[np.float32], starts: NDArray[np.int64], size: int
) -> Iterator[NDArray[np.float32]]:
    """Yield the frames at `starts`, 64 at a time, so that an hour of music needs no gigabyte."""
    for at in range(0, len(starts), 64):
        yield samples[starts[at : at + 64, None] + np.arange(size)]


def sameness(first: NDArray[np.uint32], second: NDArray[np.uint32]) -> Sameness:
    """Return where two fingerprints agree best, over every lag at which enough of the shorter is compared."""
    if not len(first) or not len(second):
        return UNLIKE
    agreement, compared = _over_all_lags(first, second)
    enough = MIN_OVERLAP * min(np.count_nonzero(first), np.count_nonzero(second))
    is_enough = (compared > 0) & (compared >= enough)
    if not is_enough.any():
        return UNLIKE
    rate = np.where(is_enough, 0.5 - agreement / (2 * _BITS * np.maximum(compared, 1.0)), np.inf)
    best = int(np.argmin(rate))
    return sameness_at(first, second, best - (len(first) - 1))


def sameness_at(first: NDArray[np.uint32], second: NDArray[np.uint32], lag: int) -> Sameness:
    """Compare frame i of the first with frame i + `lag` of the second, wherever neither is silent."""
    begin, end = max(0, -lag), min(len(first), len(second) - lag)
    here, there = first[begin:end], second[max(0, begin + lag) : max(0, end + lag)]
    both = (here != 0) & (there != 0)
    if end <= begin or not both.any():
        return UNLIKE
    wrong = int(np.bitwise_count(here[both] ^ there[both]).sum())
    count = int(np.count_nonzero(both))
    return Sameness(wrong / (_BITS * count), lag * STEP_SECONDS, count * STEP_SECONDS)


def _over_all_lags(
    first: NDArray[np.uint32], second: NDArray[np.uint32]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """For lags from 1 - len(first) to len(second) - 1: bits alike minus bits unlike, and frames compared."""
    size = scipy.fft.next_fast_len(len(first) + len(second) - 1, real=True)
    here, there = (scipy.fft.rfft(_signs(words), size, axis=1) for words in (first, second))
    product = np.conj(here) * there
    correlated = scipy.fft.irfft(np.stack([product[:_BITS].sum(axis=0), product[_BITS]]), size, axis=1)
    lags = np.arange(1 - len(first), len(second))
    agreement, compared = np.rint(correlated[:, lags])  # counts, which the transform gives but for rounding
    return agreement, compared


def _signs(words: NDArray[np.uint32]) -> NDArray[np.float64]:
    """Each bit as -1 or 1 and silence as 0, (32, n), and below them a row of 1 where there is sound."""
    bits = np.unpackbits(words.astype(">u4").view(np.uint8).reshape(-1, 4), axis=1).T
    sounds = (words != 0).astype(np.float64)
    return np.concatenate([(2.0 * bits - 1.0) * sounds, sounds[None]])
