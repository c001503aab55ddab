"""What tells a piano from other instruments, and speech from music: a few numbers per recording.

A piano's partials leap up and then only fall, at one frequency each, with little noise. What grows
(strings, voices), holds (organs), wobbles (voices, winds) or hisses (drums) is none. Speech alternates
hiss and voice some four times a second, with pauses: Scheirer & Slaney, "Construction and evaluation
of a robust multifeature speech/music discriminator", ICASSP 1997, from whom three of these are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.fft
import scipy.ndimage
import scipy.signal
from numpy.typing import NDArray

SAMPLE_RATE = 16000
"""Hz; what a voice or a piano shows of itself lies below 8 kHz."""

_HOP = 320  # 20 ms
_FRAMES_PER_SECOND = SAMPLE_RATE / _HOP
_SHORT, _LONG = 1024, 2048  # samples: 64 ms to see attacks, 128 ms to see partials
_BANDS = 48
_EDGES_HZ = np.geomspace(60.0, 7600.0, _BANDS + 1)
_SILENCE = 1e-4  # -80 dB of full scale: dither has no kind
_LEVEL = 0.1  # RMS that everything is brought to, so that loudness decides about nothing
_MOST_SECONDS = 300  # the spectra of an hour would take gigabytes, and tell no more
_RANGE_DB = 45.0  # what lies further below a band's loudest is left out
_LAG = 3  # frames, 60 ms, over which growth and decay are measured


@dataclass(frozen=True)
class SoundFeatures:
    """Features of one recording; all zero where it has no sound.

    Shares are of the places in time and frequency, or of the frames, that sound.
    """

    growth_share: float = 0.0  # places that grow by 0.5 to 4 dB in 60 ms: bows and breath
    hold_share: float = 0.0  # places that change by less than 0.5 dB: organs
    attack_db: float = 0.0  # mean of the steepest 2 % of rises
    release_db: float = 0.0  # mean of the steepest 2 % of falls
    decay_db: float = 0.0  # median fall where it falls
    hiss: float = 0.0  # mean flatness above 2 kHz, ln
    bright_db: float = 0.0  # energy above 3 kHz against that below
    burst: float = 0.0  # flatness of the spectrum of rises, where they are strongest, ln: drums
    peak_share: float = 0.0  # energy in narrow peaks, mean
    pitched_share: float = 0.0  # frames with most of their energy in narrow peaks
    wobble_cents: float = 0.0  # median change of a partial's frequency in 40 ms
    glide_cents: float = 0.0  # its 90th percentile
    syllables: float = 0.0  # modulation at 3 to 7 Hz against that at 0.5 to 20 Hz, ln
    pauses: float = 0.0  # frames below half the mean level of the second around them
    alternation: float = 0.0  # deviation of the spectral centroid within a second, octaves
    voicing_changes: float = 0.0  # changes between pitched and unpitched, per second


def sound_features(samples: NDArray[np.floating]) -> SoundFeatures:
    """Return the features of mono `samples` (n,) at `SAMPLE_RATE`; of the middle five minutes at most."""
    extra = max(0, len(samples) - _MOST_SECONDS * SAMPLE_RATE)
    samples = samples[extra // 2 : len(samples) - extra // 2]
    if len(samples) < _LONG + 10 * _HOP or np.abs(samples).max() < _SILENCE:
        return SoundFeatures()
    gain = _LEVEL / np.sqrt(np.mean(np.square(samples, dtype=np.float64)))
    samples = np.asarray(gain * samples, np.float32)
    power = _power(samples, _SHORT)
    level = power.sum(axis=1)
    sounds = level > level.max() * 10 ** (-_RANGE_DB / 10)
    if np.count_nonzero(sounds) < 10:
        return SoundFeatures()
    found = _motion(power) | _colour(power, sounds) | _partials(samples) | _rhythm(power, sounds)
    return SoundFeatures(**found)


def _power(samples: NDArray[np.floating], size: int) -> NDArray[np.float32]:
    """Power spectrum of frames 20 ms apart, (frames, size / 2 + 1)."""
    frames = np.lib.stride_tricks.sliding_window_view(np.asarray(samples, np.float32), size)[::_HOP]
    window = scipy.signal.get_window("hann", size).astype(np.float32)
    spectrum = scipy.fft.rfft(frames * window, axis=1)
    power: NDArray[np.float32] = spectrum.real**2 + spectrum.imag**2
    return power


def _bands_db(power: NDArray[np.float32]) -> NDArray[np.float64]:
    """Level of the 48 bands in dB, (frames, 48)."""
    bins = np.searchsorted(np.fft.rfftfreq(_SHORT, 1 / SAMPLE_RATE), _EDGES_HZ)
    bins = np.maximum(bins, bins[0] + np.arange(len(bins)))  # the lowest bands are narrower than a bin
    energy = np.add.reduceat(power, bins[:-1], axis=1)
    return 10 * np.log10(energy.astype(np.float64) + 1e-9)


def _motion(power: NDArray[np.float32]) -> dict[str, float]:
    """How the bands rise, hold and fall."""
    db = _bands_db(power)
    change = db[_LAG:] - db[:-_LAG]
    loud = np.maximum(db[_LAG:], db[:-_LAG]) > max(db.max() - 60.0, -40.0)
    loud &= np.maximum(db[_LAG:], db[:-_LAG]) > db.max(axis=0) - _RANGE_DB
    seen = np.sort(change[loud])
    if len(seen) < 100:
        return {}
    few = len(seen) // 50
    rises = np.where(loud, np.maximum(change, 0.0), 0.0)
    strongest = rises[np.argsort(rises.sum(axis=1))[-max(1, len(rises) // 50) :]]
    return {
        "growth_share": float(np.mean((seen > 0.5) & (seen < 4.0))),
        "hold_share": float(np.mean(np.abs(seen) <= 0.5)),
        "attack_db": float(seen[-few:].mean()),
        "release_db": float(seen[:few].mean()),
        "decay_db": float(np.median(seen[seen < 0])) if (seen < 0).any() else 0.0,
        "burst": float(np.mean(_flatness(strongest + 0.1))),
    }


def _flatness(power: NDArray[np.floating]) -> NDArray[np.floating]:
    """Logarithm of geometric over arithmetic mean, by rows: 0 is white, -5 a few peaks."""
    flat: NDArray[np.floating] = np.log(power).mean(axis=1) - np.log(power.mean(axis=1))
    return flat


def _colour(power: NDArray[np.float32], sounds: NDArray[np.bool_]) -> dict[str, float]:
    """How noisy and how bright the sounding frames are."""
    hz = np.fft.rfftfreq(_SHORT, 1 / SAMPLE_RATE)
    heard = power[sounds].astype(np.float64) + 1e-12
    high, low = heard[:, hz > 3000].sum(axis=1), heard[:, (hz > 60) & (hz <= 3000)].sum(axis=1)
    return {
        "hiss": float(_flatness(heard[:, (hz > 2000) & (hz < 7500)]).mean()),
        "bright_db": float(np.median(10 * np.log10(high / low))),
    }


def _partials(samples: NDArray[np.floating]) -> dict[str, float]:
    """How much lies in narrow peaks between 150 and 2500 Hz, and how steady their frequencies are."""
    power = _power(samples, _LONG)
    width = SAMPLE_RATE / _LONG
    low, high = int(150 / width), int(2500 / width)
    cut = power[:, low:high].astype(np.float64) + 1e-12
    log = np.log(cut)
    inner = log[:, 1:-1]
    is_peak = (inner > log[:, :-2]) & (inner > log[:, 2:])
    floor = scipy.ndimage.uniform_filter1d(log, 15, axis=1)[:, 1:-1]
    is_peak &= (inner > floor + 1.5) & (inner > inner.max(axis=1, keepdims=True) - 7.0)
    near = scipy.ndimage.binary_dilation(is_peak, np.ones((1, 3), bool))
    level = cut.sum(axis=1)
    share = (cut[:, 1:-1] * near).sum(axis=1) / level
    sounds = level > level.max() * 10 ** (-_RANGE_DB / 10)
    strong = is_peak & sounds[:, None] & (inner > inner.max(axis=1, keepdims=True) - 3.5)
    moved = _moved_cents(log, strong, low)
    pitched = share > 0.75
    changes = np.abs(np.diff(scipy.ndimage.median_filter(pitched.astype(np.int8), 3)))
    return {
        "peak_share": float(share[sounds].mean()),
        "pitched_share": float(pitched[sounds].mean()),
        "wobble_cents": float(np.median(moved)) if len(moved) else 0.0,
        "glide_cents": float(np.percentile(moved, 80)) if len(moved) else 0.0,
        "voicing_changes": float(changes.sum() / (len(changes) / _FRAMES_PER_SECOND)),
    }


def _moved_cents(log: NDArray[np.float64], is_peak: NDArray[np.bool_], low: int) -> NDArray[np.float64]:
    """By how much each partial that goes on moves within 40 ms, in cents; frequencies by parabolas.

    A partial that has just been struck is left out: its neighbours ring into it.
    """
    left, here, right = log[:, :-2], log[:, 1:-1], log[:, 2:]
    bend = left - 2 * here + right
    offset = np.where(is_peak, 0.5 * (left - right) / np.where(is_peak, bend, 1.0), 0.0)
    place = np.arange(here.shape[1]) + low + 1 + offset
    moved = []
    for step in (-1, 0, 1):
        both = is_peak[:-2] & np.roll(is_peak, -step, axis=1)[2:]
        both &= np.abs(np.roll(here, -step, axis=1)[2:] - here[:-2]) < 0.7  # 3 dB
        both[:, :1] = both[:, -1:] = False
        ratio = np.roll(place, -step, axis=1)[2:][both] / place[:-2][both]
        moved.append(1200 * np.abs(np.log2(ratio)))
    capped: NDArray[np.float64] = np.minimum(np.concatenate(moved), 100.0)
    return capped


def _rhythm(power: NDArray[np.float32], sounds: NDArray[np.bool_]) -> dict[str, float]:
    """The tempo of syllables, pauses between them, and the change between hiss and voice."""
    hz = np.fft.rfftfreq(_SHORT, 1 / SAMPLE_RATE)
    level = power[:, (hz > 200) & (hz < 7000)].sum(axis=1).astype(np.float64)
    second = round(_FRAMES_PER_SECOND)
    around = scipy.ndimage.uniform_filter1d(level, second)
    centroid = np.log2((power @ hz) / (power.sum(axis=1, dtype=np.float64) + 1e-12) + 50.0)
    mean = scipy.ndimage.uniform_filter1d(centroid, second)
    spread = np.sqrt(np.maximum(0, scipy.ndimage.uniform_filter1d(centroid**2, second) - mean**2))
    return {
        "syllables": _modulation(np.sqrt(level)),
        "pauses": float(np.mean(level[sounds] < 0.25 * around[sounds])),
        "alternation": float(np.mean(spread[sounds])),
    }


def _modulation(envelope: NDArray[np.float64]) -> float:
    size = min(len(envelope), 256)
    hz, density = scipy.signal.welch(envelope, _FRAMES_PER_SECOND, nperseg=size, detrend="constant")
    whole = density[(hz >= 0.5) & (hz <= 20)].sum()
    return float(np.log(density[(hz >= 3) & (hz <= 7)].sum() / whole + 1e-6)) if whole > 0 else 0.0
