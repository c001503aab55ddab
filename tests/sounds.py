"""Sounds made on the spot that no SoundFont holds: a talker, a singer, drums; and a room to hear them in.

None of the data speaks or sings. The talker is a stand-in: a glottal pulse train through four moving
formants, with hisses, stops and pauses, in the manner of Klatt, "Software for a cascade/parallel formant
synthesizer", JASA 67 (1980), made as simple as still has the rhythm and the spectrum of speech.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import scipy.signal
from numpy.typing import NDArray

Samples = NDArray[np.float64]

# First four formants in Hz: Peterson & Barney (1952), men; the fourth is a constant.
_VOWELS = np.array(
    [[270, 2290, 3010, 3600], [530, 1840, 2480, 3600], [660, 1720, 2410, 3600], [730, 1090, 2440, 3600],
     [570, 840, 2410, 3600], [300, 870, 2240, 3600], [640, 1190, 2390, 3600], [490, 1350, 1690, 3600]], float
)  # fmt: skip
_BANDWIDTHS = (60.0, 90.0, 120.0, 200.0)
_BLOCK_SECONDS = 0.01


def speech(seconds: float, sample_rate: int, rng: np.random.Generator) -> Samples:
    """Somebody talks: three to seven syllables a second, in phrases with pauses between; peak 0.5."""
    size = rng.uniform(0.9, 1.25)  # of the vocal tract: 1 is a man's
    base_hz, pieces, length = rng.uniform(85, 240), [], 0
    rate = rng.uniform(3.5, 6.5)
    while length < seconds * sample_rate:
        for place in np.linspace(1.12, 0.85, int(rng.integers(4, 14))):
            for piece in _syllable(base_hz * place * rng.normal(1, 0.06), size, rate, sample_rate, rng):
                pieces.append(piece)
                length += len(piece)
        pieces.append(np.zeros(int(rng.uniform(0.15, 0.7) * sample_rate)))
        length += len(pieces[-1])
    return _at_peak(np.concatenate(pieces)[: int(seconds * sample_rate)], 0.5)


def _syllable(
    pitch_hz: float, size: float, rate: float, sample_rate: int, rng: np.random.Generator
) -> list[Samples]:
    """A consonant (a stop's gap and burst, a hiss, or none) and a vowel that glides into another."""
    seconds = rng.uniform(0.7, 1.3) / rate
    consonant = [np.zeros(0)]
    kind = rng.random()
    if kind < 0.35:
        gap = np.zeros(int(rng.uniform(0.03, 0.08) * sample_rate))
        consonant = [gap, _hiss(0.015, rng.uniform(800, 4000), sample_rate, rng)]
    elif kind < 0.7:
        consonant = [_hiss(rng.uniform(0.05, 0.12), rng.uniform(2500, 6000), sample_rate, rng)]
    vowels = _VOWELS[rng.integers(0, len(_VOWELS), 2)] * size
    length = max(0.06, seconds - sum(map(len, consonant)) / sample_rate)
    pitch = pitch_hz * np.linspace(rng.uniform(0.95, 1.08), rng.uniform(0.88, 1.0), int(length * sample_rate))
    vowel = _vowel(pitch, vowels, sample_rate, rng)
    return [*consonant, vowel * _swell(len(vowel), 0.02, 0.05, sample_rate)]


def singing(
    onset: Sequence[float],
    duration: Sequence[float],
    pitch: Sequence[int],
    seconds: float,
    sample_rate: int,
    rng: np.random.Generator,
) -> Samples:
    """A voice sings these notes (seconds, MIDI numbers) on vowels, with scoops and vibrato; peak 0.5."""
    out = np.zeros(int(seconds * sample_rate))
    size, octave = rng.uniform(0.95, 1.25), -12 * rng.integers(0, 2)
    depth, speed = rng.uniform(0.15, 0.6), rng.uniform(4.5, 6.5)
    for at, length, number in zip(onset, duration, pitch, strict=True):
        t = np.arange(int(max(0.1, min(length, 4.0)) * sample_rate)) / sample_rate
        wobble = depth * np.sin(2 * np.pi * speed * t) * np.clip(t / 0.4 - 0.3, 0, 1)
        scoop = -rng.uniform(0, 1.5) * np.exp(-t / 0.05)
        hz = 440.0 * 2 ** ((number + octave - 69 + wobble + scoop) / 12)
        voice = _vowel(hz, _VOWELS[rng.integers(0, len(_VOWELS), 2)] * size, sample_rate, rng)
        voice *= _swell(len(voice), 0.06, 0.08, sample_rate)
        begin = int(at * sample_rate)
        end = min(len(out), begin + len(voice))
        out[begin:end] += voice[: max(0, end - begin)]
    return _at_peak(out, 0.5)


def _vowel(pitch_hz: Samples, formants: Samples, sample_rate: int, rng: np.random.Generator) -> Samples:
    """A pulse train at these pitches (n,) through formants that glide from the first row to the second."""
    phase = np.cumsum(pitch_hz * (1 + 0.01 * rng.normal(size=len(pitch_hz)))) / sample_rate
    pulses = np.diff(np.floor(phase), prepend=0.0) + 0.003 * rng.normal(size=len(phase))
    source = scipy.signal.lfilter([1.0], [1.0, -0.96], pulses)  # a glottis falls by 12 dB an octave, less 6
    return _through(source, formants, sample_rate)


def _through(source: Samples, formants: Samples, sample_rate: int) -> Samples:
    """Filter by resonators that move every 10 ms."""
    size = int(_BLOCK_SECONDS * sample_rate)
    states = [np.zeros(2) for _ in _BANDWIDTHS]
    out = np.empty_like(source)
    for begin in range(0, len(source), size):
        block = source[begin : begin + size]
        place = begin / max(1, len(source))
        for i, bandwidth in enumerate(_BANDWIDTHS):
            hz = (1 - place) * formants[0, i] + place * formants[1, i]
            radius = np.exp(-np.pi * bandwidth / sample_rate)
            poles = [1.0, -2 * radius * np.cos(2 * np.pi * hz / sample_rate), radius**2]
            block, states[i] = scipy.signal.lfilter([sum(poles)], poles, block, zi=states[i])
        out[begin : begin + size] = block
    return _at_peak(out, 1.0)


def _hiss(seconds: float, low_hz: float, sample_rate: int, rng: np.random.Generator) -> Samples:
    noise = rng.normal(size=int(seconds * sample_rate))
    low_hz = min(low_hz, 0.45 * sample_rate)
    above = scipy.signal.butter(2, low_hz, "highpass", fs=sample_rate, output="sos")
    shaped: Samples = scipy.signal.sosfilt(above, noise)
    return 0.12 * shaped * _swell(len(noise), 0.005, 0.01, sample_rate)


def drums(seconds: float, sample_rate: int, bpm: float, rng: np.random.Generator) -> Samples:
    """Kick, snare and hi-hat in eighths: a falling sine and bursts of noise; peak 0.5."""
    out = np.zeros(int(seconds * sample_rate))
    t = np.arange(int(0.25 * sample_rate)) / sample_rate
    kick = np.sin(2 * np.pi * (50 * t + 5 * (1 - np.exp(-t / 0.02)))) * np.exp(-t / 0.08)
    for step, at in enumerate(np.arange(0, seconds, 30 / bpm)):
        hit = 0.25 * rng.normal(size=len(t)) * np.exp(-t / rng.uniform(0.02, 0.05))
        hit = np.diff(hit, prepend=0.0)  # a hat is brighter than white
        if step % 8 in (0, 3, 4):
            hit = hit + kick
        if step % 4 == 2:
            hit = hit + 0.5 * rng.normal(size=len(t)) * np.exp(-t / 0.07)
        begin = int(at * sample_rate)
        end = min(len(out), begin + len(t))
        out[begin:end] += hit[: end - begin]
    return _at_peak(out, 0.5)


def in_a_room(samples: Samples, sample_rate: int, rng: np.random.Generator) -> Samples:
    """The sound as somebody records it: detuned, reverberant, equalised by ±8 dB, cut off, with noise."""
    samples = sum((_with_wow(samples, sample_rate, rng) for _ in range(rng.integers(1, 4))), np.zeros(1))
    seconds = rng.uniform(0.15, 1.2)
    t = np.arange(int(seconds * sample_rate)) / sample_rate
    tail = rng.normal(size=len(t)) * 10 ** (-3 * t / seconds)
    wet = rng.uniform(0, 0.35)
    echo = scipy.signal.fftconvolve(samples, tail)[: len(samples)]
    heard = (1 - wet) * samples / _level(samples) + wet * echo / _level(echo)
    heard = _equalised(heard, sample_rate, rng)
    noise_db = rng.uniform(-75, -35)
    heard = heard / _level(heard) + 10 ** (noise_db / 20) * rng.normal(size=len(heard))
    return _at_peak(heard, rng.uniform(0.1, 1.0))


def _with_wow(samples: Samples, sample_rate: int, rng: np.random.Generator) -> Samples:
    """The speed wavers by up to 0.4 % (7 cents); two such copies beat like strings that are out of tune."""
    t = np.arange(len(samples)) / sample_rate
    speed_hz, depth = rng.uniform(0.2, 5.0), rng.uniform(0, 0.004)
    place = t + depth / (2 * np.pi * speed_hz) * np.sin(2 * np.pi * speed_hz * t)
    return np.interp(place, t, samples)


def _equalised(samples: Samples, sample_rate: int, rng: np.random.Generator) -> Samples:
    spectrum = np.fft.rfft(samples)
    hz = np.fft.rfftfreq(len(samples), 1 / sample_rate)
    octave = np.log2(np.maximum(hz, 30.0) / 30.0)
    gain_db = np.interp(octave, np.arange(10), np.clip(rng.normal(0, 3, 10), -8, 8))
    cut_hz = sample_rate / 2 if rng.random() < 0.6 else rng.uniform(3500, 8000)
    return np.fft.irfft(spectrum * 10 ** (gain_db / 20) / (1 + (hz / cut_hz) ** 16), len(samples))


def _level(samples: Samples) -> float:
    return float(max(1e-9, np.sqrt(np.mean(samples**2)))) if len(samples) else 1.0


def _at_peak(samples: Samples, peak: float) -> Samples:
    return samples * (peak / max(1e-9, float(np.abs(samples).max(initial=0.0))))


def _swell(length: int, rise_seconds: float, fall_seconds: float, sample_rate: int) -> Samples:
    t = np.arange(length) / sample_rate
    return np.clip(t / rise_seconds, 0, 1) * np.clip((length / sample_rate - t) / fall_seconds, 0, 1)
