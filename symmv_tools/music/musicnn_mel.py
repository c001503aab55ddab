"""What the musicnn networks see of a sound: a logarithmic mel spectrogram, in patches of three seconds.

The front end of the package musicnn 0.1.0 (Pons & Serra, arXiv:1909.06654; `extractor.batch_data`), which
is librosa's `melspectrogram` with Slaney's mel scale and area norm, rounded to half precision before the
logarithm. In one place we do what the package did under the NumPy it declares (below 1.17), not what it
does under NumPy 2: there `10000 * spectrogram` stays in half precision, whose largest number is 65504, and
all but quiet music becomes infinite (docs/reference/benchmarks.md, "Musicnn").
"""

from __future__ import annotations

from functools import cache

import numpy as np
import scipy.fft
import scipy.signal
from numpy.typing import NDArray

SAMPLE_RATE = 16000
FRAMES_PER_SECOND = 62.5
PATCH_FRAMES = 187
"""Frames that a network hears at once: 2.992 s."""

N_MELS = 96

_FFT, _HOP = 512, 256
_BLOCK = 4096  # frames transformed at once: enough to be quick, and an hour's sound needs no gigabytes
_LINEAR_HZ = 200 / 3  # Slaney's mel scale: linear below 1 kHz,
_BREAK_HZ, _BREAK_MEL = 1000.0, 15.0
_LOG_STEP = np.log(6.4) / 27  # then logarithmic
_LOUDEST = np.finfo(np.float16).max


def log_mel(samples: NDArray[np.floating]) -> NDArray[np.float32]:
    """Return log10(1 + 10000 mel power) of mono `samples` (n,) at 16 kHz, (1 + n // 256, 96).

    Frame i is centred on sample 256 i; beyond either end is silence, as in librosa since 0.10 (before, the
    sound was mirrored there: only the first and the last frame tell). No sample gives one frame.
    """
    padded = np.pad(np.asarray(samples, np.float32), _FFT // 2)
    frames = np.lib.stride_tricks.sliding_window_view(padded, _FFT)[::_HOP]
    blocks = (_mel_power(frames[at : at + _BLOCK]) for at in range(0, len(frames), _BLOCK))
    rounded = np.concatenate([np.minimum(block, _LOUDEST).astype(np.float16) for block in blocks])
    power = rounded.astype(np.float32)
    logarithm: NDArray[np.float32] = np.log10(10000 * power + 1)
    return logarithm


def _mel_power(frames: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the power in each mel band, (frames, 96)."""
    window = scipy.signal.get_window("hann", _FFT).astype(np.float32)
    spectrum = scipy.fft.rfft(frames * window, axis=1)
    power: NDArray[np.float32] = (spectrum.real**2 + spectrum.imag**2) @ _mel_filters()
    return power


@cache
def _mel_filters() -> NDArray[np.float32]:
    """Return triangles of equal area over the bins of the spectrum, (257, 96).

    Slaney, "Auditory toolbox" (1998), as `librosa.filters.mel` has it: 0 to 8 kHz, corners evenly on the
    mel scale, each triangle scaled to an area of one over Hz.
    """
    corners = _hz(np.linspace(0.0, _mel(SAMPLE_RATE / 2), N_MELS + 2))
    bins = np.fft.rfftfreq(_FFT, 1 / SAMPLE_RATE)[:, None]
    low, middle, high = corners[:-2], corners[1:-1], corners[2:]
    triangles = np.minimum((bins - low) / (middle - low), (high - bins) / (high - middle))
    return (np.maximum(0.0, triangles) * 2 / (high - low)).astype(np.float32)


def _mel(hz: float) -> float:
    """Return the mels of a frequency above 1 kHz."""
    return float(_BREAK_MEL + np.log(hz / _BREAK_HZ) / _LOG_STEP)


def _hz(mel: NDArray[np.float64]) -> NDArray[np.float64]:
    above = _BREAK_HZ * np.exp(_LOG_STEP * (mel - _BREAK_MEL))
    return np.where(mel < _BREAK_MEL, _LINEAR_HZ * mel, above)


def hop_frames(hop_seconds: float) -> int:
    """Return the frames from one patch to the next, rounded down, at least one; 3 s are the patch's 187.

    The package's own `input_overlap` rounds otherwise: its 1 s are 61 frames, ours 62.
    """
    return max(1, int(hop_seconds * FRAMES_PER_SECOND + 1e-6))


def patches(mel: NDArray[np.float32], hop: int = PATCH_FRAMES) -> NDArray[np.float32]:
    """Return the whole patches of `mel` (frames, 96) that begin every `hop` frames, (n, 187, 96): a view.

    What is left over at the end is dropped, as in the package. A sound shorter than one patch, for which
    the package has no answer, is repeated until it fills one: so its networks were trained (`pad_short` in
    the config.json beside their weights).
    """
    missing = PATCH_FRAMES - len(mel)
    if missing > 0:
        mel = np.pad(mel, ((0, missing), (0, 0)), mode="wrap")
    windows = np.lib.stride_tricks.sliding_window_view(mel, PATCH_FRAMES, axis=0)[::hop]  # (n, 96, 187)
    return windows.transpose(0, 2, 1)
