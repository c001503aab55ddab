"""Is this recording silence, speech, a piano, or something else? What a person heard in SymMV's selection.

The two scores are logistic regressions on `sound_features`, small enough to be read. What they were
trained on and how far to trust them stands in docs/reference/benchmarks.md, "Sound kind": renderings
and a synthetic talker taught them, and a handful of real recordings is all that they were tried on.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass, fields
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from symmv_tools.music.sound_features import SAMPLE_RATE, SoundFeatures, sound_features
from symmv_tools.music.sound_weights import BIASES, WEIGHTS
from symmv_tools.settings import semantic

SILENT_DB = -60.0
"""A tenth of a second whose level (RMS) is below this, in dB of full scale, is silence."""

_LOWEST_DB = -120.0
_CLIP = 3.0  # standard deviations: a feature beyond anything seen in training counts no more than this
_NAMES = tuple(field.name for field in fields(SoundFeatures))


@dataclass(frozen=True)
class SoundStatistics:
    """What one hears of a recording at once.

    `level_db` is its RMS in dB of full scale (-120 at the lowest), `silent_share` the share of its time
    below -60 dB, `pitched_share` that of its sounding time in which most energy lies in narrow peaks.
    `piano_score` and `speech_score` are from 0 to 1, and 0 where nothing sounds.
    """

    seconds: float
    level_db: float
    silent_share: float
    pitched_share: float
    piano_score: float
    speech_score: float


def sound_statistics(samples: NDArray[np.floating]) -> SoundStatistics:
    """Return the statistics of mono `samples` (n,) in -1 to 1 at `sound_features.SAMPLE_RATE`."""
    found = sound_features(samples)
    heard = found != SoundFeatures()
    return SoundStatistics(
        seconds=len(samples) / SAMPLE_RATE,
        level_db=_level_db(samples),
        silent_share=_silent_share(samples),
        pitched_share=found.pitched_share,
        piano_score=score("piano", found) if heard else 0.0,
        speech_score=score("speech", found) if heard else 0.0,
    )


def score(kind: str, found: SoundFeatures) -> float:
    """How surely these are the features of `kind` ("piano" or "speech"), 0 to 1."""
    values = np.array(astuple(found))
    mean, deviation, weight = np.array([_row(kind, name) for name in _NAMES]).T
    place = np.clip((values - mean) / deviation, -_CLIP, _CLIP) @ weight + BIASES[kind]
    return float(1 / (1 + np.exp(-place)))


def _row(kind: str, name: str) -> tuple[float, float, float]:
    mean, deviation, piano, speech = WEIGHTS[name]
    return mean, deviation, piano if kind == "piano" else speech


def _level_db(samples: NDArray[np.floating]) -> float:
    power = float(np.mean(np.square(samples, dtype=np.float64))) if len(samples) else 0.0
    return max(_LOWEST_DB, 10 * float(np.log10(power + 1e-30)))


def _silent_share(samples: NDArray[np.floating]) -> float:
    size = SAMPLE_RATE // 10
    whole = len(samples) // size * size
    if not whole:
        return float(_level_db(samples) < SILENT_DB)
    power = np.mean(np.square(samples[:whole].reshape(-1, size), dtype=np.float64), axis=1)
    return float(np.mean(power < 10 ** (SILENT_DB / 10)))


# --- what is refused ------------------------------------------------------------------------------


@dataclass(frozen=True)
class SoundLimits:
    """What a recording may be like."""

    max_silent_share: float = semantic(0.6, "share of the time that may lie below -60 dB of full scale")
    max_speech_score: float = semantic(0.95, "0 to 1; 1 lets all speech pass")
    min_seconds: float = semantic(30.0, "shorter recordings are refused")
    max_seconds: float = semantic(900.0, "longer recordings are refused; 15 minutes hold no single song")
    min_piano_score: float = semantic(0.02, "0 to 1; 0 lets all instruments pass")


class Refusal(NamedTuple):
    """Why a recording is refused: `code` is a constant, `message` names the value and its limit."""

    code: str
    message: str


# Code, statistic, limit, and what is wrong with a value on its far side; the plainest reason first.
_CHECKS = (
    ("SILENT", "silent_share", "max_silent_share", "a share of {value} is silent; at most {limit} may be"),
    ("TOO_SHORT", "seconds", "min_seconds", "only {value} s long; at least {limit} s are asked"),
    ("TOO_LONG", "seconds", "max_seconds", "{value} s long; at most {limit} s are believed of one song"),
    ("SPEECH", "speech_score", "max_speech_score", "sounds like speech: {value}, where {limit} is allowed"),
    ("NOT_PIANO", "piano_score", "min_piano_score", "sounds like no piano: {value}, where {limit} is asked"),
)


def refusal_of_length(seconds: float | None, limits: SoundLimits) -> Refusal | None:
    """Return why a recording is refused for a length that its file states, so that it need not be decoded."""
    if seconds is None or seconds <= limits.max_seconds:
        return None
    words = next(words for code, _, _, words in _CHECKS if code == "TOO_LONG")
    return _refused("TOO_LONG", words, seconds, limits.max_seconds)


def refusal(found: SoundStatistics, limits: SoundLimits) -> Refusal | None:
    """Return why a recording is refused, the plainest reason first, or None if it may stay."""
    for code, statistic, name, words in _CHECKS:
        value, limit = getattr(found, statistic), getattr(limits, name)
        if value < limit if name.startswith("min") else value > limit:
            return _refused(code, words, value, limit)
    return None


def _refused(code: str, words: str, value: float, limit: float) -> Refusal:
    return Refusal(code, words.format(value=f"{value:.4g}", limit=f"{limit:.4g}"))
