"""Beats and downbeats of audio: eight bidirectional LSTMs, averaged, and a bar-pointer hidden Markov model.

Böck, Krebs and Widmer, "Joint beat and downbeat tracking with recurrent neural networks", ISMIR 2016; the
networks are theirs (CC BY-NC-SA 4.0). Two packages run them to the same beats: `madmom`, which wants a C
compiler when it is installed, and `madmom_infer`, pure Python, which is about half as fast. Their classes
have the same names, so what follows is written once. We differ from their own entry points in three ways:
the weights are the files we are given (madmom_infer would download them), spectrograms are made in blocks,
and long music is decoded in sections, because Viterbi's back pointers take 6 MB per second of music.

Using `madmom` patches this process (see `madmom_patches`).
"""

from __future__ import annotations

import importlib
import importlib.util
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from symmv_tools.errors import MissingPackage
from symmv_tools.models.madmom_patches import import_madmom

SAMPLE_RATE = 44100
FPS = 100
HOP = SAMPLE_RATE // FPS

BLOCK_FRAMES = 30 * FPS
MARGIN_FRAMES = 20
"""Frames before and after a block, computed and dropped: more than half the longest window (4096 samples)
and the step over which spectrograms are differenced."""

SECTION_SECONDS = 240.0
"""Decoding this much takes 1.4 GB. Most songs fit, and get what madmom's own program gives them."""

OVERLAP_SECONDS = 30.0

PACKAGES = {"madmom": "madmom", "madmom-infer": "madmom_infer"}
"""Implementation -> the package that has it, the faster one first."""


class Beats(NamedTuple):
    """`time` in seconds, `position` in the bar (1 = downbeat), `confidence`: P(any beat) there, 0 to 1."""

    time: NDArray[np.float64]
    position: NDArray[np.uint8]
    confidence: NDArray[np.float32]


def choose(implementation: str = "auto") -> str:
    """Return the implementation to use, "auto" being the fastest that is installed.

    Only looks; imports nothing. Raises MissingPackage if it (or, for "auto", each) is not installed.
    """
    wanted = PACKAGES if implementation == "auto" else (implementation,)
    for name in wanted:
        if importlib.util.find_spec(PACKAGES[name]) is not None:
            return name
    raise MissingPackage(
        f"beats are found with the package {' or '.join(wanted)}, which is not installed",
        "run `symmv doctor --fix`, or take beats from the notes instead: --set beats.tracker=none",
    )


def track(
    samples: NDArray[np.float32],
    weights: str | Path,
    *,
    beats_per_bar: tuple[int, ...] = (3, 4),
    min_bpm: float = 55.0,
    max_bpm: float = 215.0,
    implementation: str = "auto",
) -> Beats:
    """Find the beats of mono `samples` (n,) at 44.1 kHz with the networks in the folder `weights`.

    One of `beats_per_bar` is chosen for each section of four minutes. Silence, and music too short or
    too vague for any activation above 0.05, has no beats.
    """
    name = choose(implementation)
    activity = activations(samples, weights, name)
    found = decode(activity, beats_per_bar, min_bpm, max_bpm, name)
    frames = np.round(found[:, 0] * FPS).astype(int)
    confidence = np.minimum(activity[frames].sum(axis=1), 1.0)
    return Beats(found[:, 0], found[:, 1].astype(np.uint8), confidence.astype(np.float32))


def activations(
    samples: NDArray[np.float32], weights: str | Path, implementation: str = "auto"
) -> NDArray[np.float32]:
    """Return P(beat that is no downbeat) and P(downbeat), shape (frames, 2), 100 frames per second."""
    name = choose(implementation)
    n_frames = -(-len(samples) // HOP)
    if n_frames == 0:
        return np.empty((0, 2), np.float32)
    starts = range(0, n_frames, BLOCK_FRAMES)
    spectra = [_spectra(samples, start, min(start + BLOCK_FRAMES, n_frames), name) for start in starts]
    probabilities = _networks(name, str(weights))(np.concatenate(spectra))
    return np.asarray(probabilities, np.float32).reshape(n_frames, 3)[:, 1:]  # the first is "no beat"


def decode(
    activity: NDArray[np.float32],
    beats_per_bar: tuple[int, ...] = (3, 4),
    min_bpm: float = 55.0,
    max_bpm: float = 215.0,
    implementation: str = "auto",
) -> NDArray[np.float64]:
    """Return the likeliest beats given `activations`, shape (n, 2): time in seconds, position in the bar."""
    tracker = _tracker(choose(implementation), beats_per_bar, min_bpm, max_bpm)
    section, step = round(SECTION_SECONDS * FPS), round((SECTION_SECONDS - OVERLAP_SECONDS) * FPS)
    beats: NDArray[np.float64] = tracker(activity[:section])
    for start in range(step, len(activity) - round(OVERLAP_SECONDS * FPS), step):
        following = tracker(activity[start : start + section])
        beats = joined(beats, following + np.array([start / FPS, 0.0]), start / FPS + OVERLAP_SECONDS / 2)
    return beats


def joined(
    first: NDArray[np.float64], second: NDArray[np.float64], middle: float, tolerance: float = 0.03
) -> NDArray[np.float64]:
    """Join the beats (n, 2) of two overlapping sections where they agree, as near to `middle` as possible.

    They agree at a beat that both have, within `tolerance` seconds, best at the same position in the bar.
    Where they agree nowhere, the second takes over at `middle`.
    """
    near = np.abs(first[:, None, 0] - second[None, :, 0]) <= tolerance
    same = near & (first[:, None, 1] == second[None, :, 1])
    pairs = np.argwhere(same if same.any() else near)
    if not len(pairs):
        return np.concatenate([first[first[:, 0] < middle], second[second[:, 0] >= middle]])
    last, twin = pairs[np.argmin(np.abs(first[pairs[:, 0], 0] - middle))]
    return np.concatenate([first[: last + 1], second[twin + 1 :]])


# --- the two packages -----------------------------------------------------------------------------


def _module(implementation: str, name: str) -> Any:
    package = PACKAGES[implementation]
    full = f"{package}.{name}"
    return import_madmom(full) if package == "madmom" else importlib.import_module(full)


def _spectra(samples: NDArray[np.float32], start: int, stop: int, implementation: str) -> NDArray[np.float32]:
    """Return the networks' input for the frames `start` to `stop`, exactly as if made of all samples."""
    before = max(0, start - MARGIN_FRAMES)
    signal = _module(implementation, "audio.signal").Signal
    piece = signal(samples[before * HOP : (stop + MARGIN_FRAMES) * HOP], sample_rate=SAMPLE_RATE)
    bands = [np.asarray(chain(piece)) for chain in _chains(implementation)]
    return np.hstack(bands)[start - before : stop - before]


@cache
def _chains(implementation: str) -> tuple[Any, ...]:
    """Three filtered log spectrograms and their positive differences, as RNNDownBeatProcessor makes them."""
    signal = _module(implementation, "audio.signal")
    stft = _module(implementation, "audio.stft")
    spectrogram = _module(implementation, "audio.spectrogram")
    in_turn = _module(implementation, "processors").SequentialProcessor
    return tuple(
        in_turn(
            (
                signal.FramedSignalProcessor(frame_size=frame_size, fps=FPS),
                stft.ShortTimeFourierTransformProcessor(),
                spectrogram.FilteredSpectrogramProcessor(
                    num_bands=bands, fmin=30, fmax=17000, norm_filters=True
                ),
                spectrogram.LogarithmicSpectrogramProcessor(mul=1, add=1),
                spectrogram.SpectrogramDifferenceProcessor(
                    diff_ratio=0.5, positive_diffs=True, stack_diffs=np.hstack
                ),
            )
        )
        for frame_size, bands in ((1024, 3), (2048, 6), (4096, 12))
    )


@cache
def _networks(implementation: str, weights: str) -> Any:
    files = [str(Path(weights) / f"downbeats_blstm_{n}.pkl") for n in range(1, 9)]
    return _module(implementation, "ml.nn").NeuralNetworkEnsemble.load(files)


@cache
def _tracker(implementation: str, beats_per_bar: tuple[int, ...], min_bpm: float, max_bpm: float) -> Any:
    tracker = _module(implementation, "features.downbeats").DBNDownBeatTrackingProcessor
    return tracker(beats_per_bar=list(beats_per_bar), min_bpm=min_bpm, max_bpm=max_bpm, fps=FPS)
