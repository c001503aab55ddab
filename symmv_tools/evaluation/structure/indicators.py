"""The structureness indicators of a recording: how well its best repeated segment of some length explains it.

Wu and Yang, "The Jazz Transformer on the front line", ISMIR 2020, as their MusDr computes them in Python.
docs/explanation/structure.md lists every choice, and where their paper and their code part.
"""

from __future__ import annotations

from types import ModuleType
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from symmv_tools.errors import MissingPackage
from symmv_tools.evaluation.metric import Metric


class Scale(NamedTuple):
    """Segments from `shortest` to `longest` seconds, both included."""

    shortest: float
    longest: float


SCALES = {
    "si_short_musdr": Scale(3, 8),
    "si_mid_musdr": Scale(8, 15),
    "si_long_musdr": Scale(15, 128),
}

SAMPLE_RATE = 22_050
"""Hz at which nothing has to be resampled."""

LONGEST_SECONDS = 1800.0
"""Longer recordings are refused: memory grows with the square of the length, time faster."""

METRICS = tuple(
    Metric(
        name,
        f"SI {scale.shortest:g}-{scale.longest:g} s",
        "share",
        f"Highest fitness of a segment of {scale.shortest:g} to {scale.longest:g} s in the scape plot of the "
        "sound: harmonic mean of how well the segment's repetitions match it, in any key and at half to "
        "double tempo, and of how much of the piece they cover beyond the segment. 0 for a shorter piece.",
        "MusDr, Python side; Wu & Yang, ISMIR 2020; Müller, Jiang & Grosche, TASLP 2013",
        needs=("audio",),
    )
    for name, scale in SCALES.items()
)


def structure_indicators(samples: NDArray[np.float32], sample_rate: int) -> dict[str, float]:
    """Return the metrics of `METRICS` by name for mono `samples`, (n,).

    A recording too short for a segment of the scale's length scores 0, as in MusDr. A silent one is NaN;
    MusDr would take it for one moment that comes again and again, and score it higher than any music. In a
    steady tone rounding decides which quarter is most alike: its value means nothing. Loudness does not
    matter.

    Raises ValueError if `samples` are not mono, not finite or longer than half an hour, and MissingPackage
    without librosa.
    """
    if samples.ndim != 1 or not np.isfinite(samples).all():
        raise ValueError(f"samples must be mono, (n,), and finite; got shape {samples.shape}")
    if len(samples) > LONGEST_SECONDS * sample_rate:
        raise ValueError(
            f"the recording lasts {len(samples) / sample_rate:.0f} s, and structure is measured up to "
            f"{LONGEST_SECONDS:.0f} s; cut it, or leave it out"
        )
    if not samples.any():
        return dict.fromkeys(SCALES, np.nan)
    chroma, self_similarity, fitness = _compiled_modules()
    frames = {
        name: [round(seconds * chroma.FRAME_RATE) for seconds in scale] for name, scale in SCALES.items()
    }
    if chroma.frames_in(len(samples), sample_rate) < min(shortest for shortest, _ in frames.values()):
        return dict.fromkeys(SCALES, 0.0)
    ssm = self_similarity.self_similarity(chroma.slow_chroma(samples, sample_rate))
    return {name: fitness.highest_fitness(ssm, *lengths) for name, lengths in frames.items()}


def _compiled_modules() -> tuple[ModuleType, ModuleType, ModuleType]:
    """The modules that need librosa and numba: the catalogue above is read without them."""
    try:
        from symmv_tools.evaluation.structure import chroma, fitness, self_similarity
    except ModuleNotFoundError as why:
        raise MissingPackage(
            f"the Python package '{why.name}', which the structureness indicators need, is not installed",
            "run `pip install 'symmv[annotate]'`",
        ) from why
    return chroma, self_similarity, fitness
