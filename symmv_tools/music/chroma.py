"""Chroma: what a piece of music sounds like in twelve pitch classes, from its samples or its notes.

Both ways end in the same picture, so that a recording can be laid beside notes as well as beside another
recording. Timbre and drums are taken out as Müller and Ewert do ("Towards timbre-invariant audio
features for harmony-based music", IEEE TASLP 18(3), 2010): the slow part of the spectrum over pitch says
which instrument plays, the rest says what. Onsets are kept beside, after Ewert, Müller and Grosche ("High
resolution audio synchronization using chroma onset features", ICASSP 2009). We differ in using one
short-time spectrum where they filter every pitch.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.fft
from numpy.typing import NDArray
from scipy.ndimage import convolve1d, maximum_filter1d, uniform_filter1d

from symmv_tools.music.notes import Notes

HOP_SECONDS = 0.02
SAMPLE_RATE = 22050
"""A sample rate that is enough: nothing above 5 kHz is looked at."""

LONGEST_SECONDS = 3600.0

_WINDOW_SECONDS = 0.186  # 4096 samples at 22,050 Hz
_LOWEST, _HIGHEST = 43, 108  # MIDI pitches; below, a window cannot tell semitones apart
_N_PITCHES = _HIGHEST - _LOWEST
_COMPRESSION = 30.0  # log(1 + this times the loudness relative to the song's own)
_TIMBRE = 12  # coefficients of the spectrum over pitch that are taken for timbre
_CHUNK = 1024  # frames whose spectra are in memory at once
_DECAY_SECONDS = 0.8  # how fast a struck note is taken to fade
_PARTIALS = ((0, 1.0), (12, 0.6), (19, 0.4), (24, 0.3), (28, 0.2), (31, 0.15), (34, 0.1), (36, 0.1))
_MELODY_CENTRE, _MELODY_WIDTH = 72, 12  # MIDI pitch and semitones: where a melody is expected
_ATTACK_SECONDS = 0.01  # how late a sound is heard after its note begins; TimGM6mb's piano
_ONSET_REACH = 0.1  # seconds after which an onset is forgotten

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Chroma:
    """Pitch classes over time, float32; frame i is centred at i x `hop_seconds`, column 0 is C.

    `harmony` (n, 12) says what sounds: rows have norm 1, or 0 in silence, and may be negative. `melody`
    (n, 12) says what stands out above it, 1 where one pitch class does alone, 0 in silence. `onset`
    (n, 12) says what begins: not negative, about 1 at the strongest onset around, fading within 0.1 s.
    """

    harmony: Floats
    melody: Floats
    onset: Floats
    hop_seconds: float = HOP_SECONDS

    def __len__(self) -> int:
        return len(self.harmony)

    @property
    def seconds(self) -> float:
        """How long the music lasts."""
        return len(self) * self.hop_seconds


def chroma_of_sound(samples: Floats, sample_rate: int) -> Chroma:
    """Return the chroma of `samples`, mono (n,), however they are tuned; empty for no samples.

    Raises ValueError if `samples` is not mono.
    """
    if samples.ndim != 1:
        raise ValueError(f"samples must be mono, (n,); got shape {samples.shape}")
    size = 1 << round(np.log2(_WINDOW_SECONDS * sample_rate))
    n_frames = int(np.ceil(len(samples) / (HOP_SECONDS * sample_rate)))
    padded = np.pad(samples.astype(np.float32, copy=False), size // 2 + 1)
    start = np.round(np.arange(n_frames) * HOP_SECONDS * sample_rate).astype(np.int64) + 1
    filters = _semitone_filters(size, sample_rate, _tuning(padded, start, size, sample_rate))
    loudness = np.empty((n_frames, _N_PITCHES), np.float32)
    for first in range(0, n_frames, _CHUNK):
        power = _power(padded, start[first : first + _CHUNK], size)
        loudness[first : first + _CHUNK] = np.sqrt(power @ filters)
    return _chroma(loudness)


def chroma_of_notes(notes: Notes) -> Chroma:
    """Return the chroma that `notes` would have if they were played; empty for no notes.

    What begins after `LONGEST_SECONDS` is left out: a broken file may place a note in the next century.
    """
    notes = notes.take(notes.onset < LONGEST_SECONDS)
    struck = _struck(notes, int(np.ceil(min(notes.end, LONGEST_SECONDS) / HOP_SECONDS)))
    # a window adds up amplitudes; smoothing power instead would place every onset 10 ms early
    half = int(_WINDOW_SECONDS / 2 / HOP_SECONDS)
    window = np.cos(np.pi * np.arange(-half, half + 1) * HOP_SECONDS / _WINDOW_SECONDS) ** 2
    if struck.size:
        struck = convolve1d(struck, window / window.sum(), axis=0, mode="constant")
    return _chroma(np.sqrt(struck**2 @ _partials()))


def _struck(notes: Notes, n_frames: int) -> Floats:
    """Amplitude of each MIDI pitch over time, (frames, 128): struck, then fading until it is released."""
    amplitude = np.zeros((128, n_frames + 2), np.float32)
    fading = np.exp(-np.arange(n_frames + 2) * np.float32(HOP_SECONDS / _DECAY_SECONDS))
    begin, missing = np.divmod(
        (notes.onset + _ATTACK_SECONDS) / HOP_SECONDS + 0.5, 1.0
    )  # frame i reaches from i - 1/2 to i + 1/2
    end = np.clip(np.round((notes.offset + _ATTACK_SECONDS) / HOP_SECONDS), begin + 1, n_frames + 2)
    struck = zip(notes.pitch.tolist(), begin.astype(int).tolist(), end.astype(int).tolist(), strict=True)
    for (pitch, first, last), loudness, share in zip(
        struck, notes.velocity / 127.0, 1.0 - missing, strict=True
    ):
        sounding = np.float32(loudness) * fading[: last - first]
        sounding[0] *= share
        np.maximum(amplitude[pitch, first:last], sounding, out=amplitude[pitch, first:last])
    return amplitude[:, :n_frames].T.copy()


# --- from loudness per pitch to chroma ------------------------------------------------------------


def _chroma(loudness: Floats) -> Chroma:
    """Return the chroma of the loudness (n, pitches) of each pitch over time."""
    if not loudness.size or not loudness.any():
        nothing = np.zeros((len(loudness), 12), np.float32)
        return Chroma(nothing, nothing, nothing)
    frame = loudness.sum(axis=1)
    compressed = np.log1p(loudness * np.float32(_COMPRESSION * _N_PITCHES / frame[frame > 0].mean()))
    return Chroma(_harmony(compressed), _melody(compressed), _onsets(compressed))


def _harmony(compressed: Floats) -> Floats:
    coefficients = scipy.fft.dct(compressed, norm="ortho", axis=1)
    coefficients[:, :_TIMBRE] = 0.0
    return _unit(_folded(scipy.fft.idct(coefficients, norm="ortho", axis=1)))


def _melody(compressed: Floats) -> Floats:
    """Pitch classes by how much they stand out as a sung or played line would, with their partials."""
    loud = np.minimum(compressed.sum(axis=1, keepdims=True) / compressed.sum(axis=1).mean(), 1.0)
    peaks = np.maximum(compressed - uniform_filter1d(compressed, 13, axis=1, mode="nearest"), 0.0)
    salience = peaks.copy()
    for step, weight in ((12, 1 / 2), (19, 1 / 3), (24, 1 / 4)):
        salience[:, :-step] += np.float32(weight) * peaks[:, step:]
    salience *= np.exp(-0.5 * ((np.arange(_LOWEST, _HIGHEST) - _MELODY_CENTRE) / _MELODY_WIDTH) ** 2).astype(
        np.float32
    )
    salience /= salience.max(axis=1, keepdims=True) + np.float32(1e-6)
    return _folded(salience**2 * loud)


def _onsets(compressed: Floats) -> Floats:
    rise = np.diff(compressed, axis=0, prepend=compressed[:1])
    onset = _folded(np.maximum(rise, 0.0))
    norm = np.linalg.norm(onset, axis=1)
    strongest = maximum_filter1d(norm, 2 * round(1.0 / HOP_SECONDS) + 1)
    onset /= (strongest + 0.05 * norm.max() + 1e-9)[:, None]
    spread = onset.copy()
    for k in range(1, min(round(_ONSET_REACH / HOP_SECONDS), len(onset))):
        fade = np.float32(np.sqrt(1 - k * HOP_SECONDS / _ONSET_REACH))
        np.maximum(spread[k:], fade * onset[:-k], out=spread[k:])
    return spread


def _folded(pitches: Floats) -> Floats:
    classes = (np.arange(_LOWEST, _HIGHEST)[:, None] % 12 == np.arange(12)).astype(np.float32)
    return np.asarray(pitches @ classes, np.float32)


def _unit(rows: Floats) -> Floats:
    norm = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.where(norm > 1e-3 * norm.max(), rows / np.maximum(norm, 1e-9), 0.0).astype(np.float32)


def _partials() -> Floats:
    """Power that a struck pitch (rows, 128) puts into each semitone (columns)."""
    power = np.zeros((128, _N_PITCHES), np.float32)
    for step, amplitude in _PARTIALS:
        for pitch in range(128):
            if _LOWEST <= pitch + step < _HIGHEST:
                power[pitch, pitch + step - _LOWEST] += amplitude**2
    return power


# --- spectra --------------------------------------------------------------------------------------


def _power(padded: Floats, start: NDArray[np.int64], size: int) -> Floats:
    """Power spectra (frames, size / 2 + 1) of the windows that begin at `start`."""
    windows = np.lib.stride_tricks.sliding_window_view(padded, size)[start]
    spectra = scipy.fft.rfft(windows * np.hanning(size).astype(np.float32), axis=1)
    return np.asarray(spectra.real**2 + spectra.imag**2, np.float32)


def _semitone_filters(size: int, sample_rate: int, tuning: float) -> Floats:
    """Weights (bins, pitches) that gather a power spectrum in semitones, `tuning` semitones above 440 Hz."""
    hertz = np.maximum(np.arange(size // 2 + 1) * sample_rate / size, 1e-3)
    pitch = 69 + 12 * np.log2(hertz / 440.0) - tuning
    away = np.abs(pitch[:, None] - np.arange(_LOWEST, _HIGHEST))
    return np.where(away < 0.5, np.cos(np.pi * away) ** 2, 0.0).astype(np.float32)


def _tuning(padded: Floats, start: NDArray[np.int64], size: int, sample_rate: int) -> float:
    """How far the music lies above 440 Hz, -0.5 to 0.5 semitones: where the peaks of its spectrum fall."""
    some = start[:: max(1, len(start) // 200)]
    if not len(some):
        return 0.0
    level = np.log(_power(padded, some, size) + 1e-12)
    low, high = (int(hertz * size / sample_rate) for hertz in (200.0, 2000.0))
    left, middle, right = level[:, low - 1 : high - 1], level[:, low:high], level[:, low + 1 : high + 1]
    loudest = middle.max(axis=1, keepdims=True)
    frame, peak = np.nonzero((middle > left) & (middle >= right) & (middle > loudest - 5.0))
    a, b, c = left[frame, peak], middle[frame, peak], right[frame, peak]
    beside = 0.5 * (a - c) / np.minimum(a - 2 * b + c, -1e-6)
    pitch = 69 + 12 * np.log2((peak + low + beside) * sample_rate / size / 440.0)
    weight = np.exp(0.5 * (b - level.max()))
    return float(np.angle(np.sum(weight * np.exp(2j * np.pi * pitch))) / (2 * np.pi))
