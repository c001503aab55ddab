"""The chroma under the structureness indicators: slow, two frames per second, as MusDr takes it.

`symmv_tools.music.chroma` hears better, but a published number is only met by the chroma it was made with.
"""

from __future__ import annotations

import librosa
import numpy as np
import scipy.signal
from numpy.typing import NDArray

from symmv_tools.evaluation.structure.indicators import SAMPLE_RATE

FRAME_RATE = 2.0
"""Frames of `slow_chroma` per second."""

_HOP, _WINDOW = 2205, 4410  # samples: ten frames per second of twice their length
_SMOOTHED = 21  # frames of a tenth of a second in one mean
_KEPT = 5  # every fifth of them stays
_SILENT = 0.001  # norm below which a frame counts as silence


def slow_chroma(samples: NDArray[np.float32], sample_rate: int) -> NDArray[np.float64]:
    """Return the chroma of mono `samples`, (frames, 12): pitch classes from C, rows of norm 1.

    librosa's `chroma_stft` ten times a second, tuned to 440 Hz, each frame scaled to norm 1; the mean of
    21 frames around every fifth (zeros stand beyond the ends, where the norm is restored afterwards). A
    frame of silence holds twelve equal values. Other sample rates are brought to 22,050 Hz first.
    """
    if sample_rate != SAMPLE_RATE:
        samples = librosa.resample(samples, orig_sr=sample_rate, target_sr=SAMPLE_RATE)
    fast = librosa.feature.chroma_stft(
        y=samples, sr=SAMPLE_RATE, tuning=0, norm=2, hop_length=_HOP, n_fft=_WINDOW
    )
    window = np.ones((1, _SMOOTHED))
    mean = scipy.signal.convolve(fast.astype(np.float64), window, mode="same", method="direct") / _SMOOTHED
    slow: NDArray[np.float64] = mean[:, ::_KEPT].T
    norm = np.linalg.norm(slow, axis=1, keepdims=True)
    return np.asarray(np.where(norm > _SILENT, slow / np.maximum(norm, _SILENT), 1 / np.sqrt(12)))


def frames_in(n_samples: int, sample_rate: int) -> int:
    """How many frames `slow_chroma` gives for so many samples."""
    at_our_rate = int(np.ceil(n_samples * SAMPLE_RATE / sample_rate))
    return (1 + at_our_rate // _HOP + _KEPT - 1) // _KEPT
