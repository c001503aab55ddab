"""What one hears of a recording at once: how loud, how long, of what kind; and what is refused."""

from __future__ import annotations

from dataclasses import astuple, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symmv_tools.io.render import render
from symmv_tools.music.sound_features import SAMPLE_RATE, SoundFeatures, sound_features
from symmv_tools.music.sound_kind import (
    SoundLimits,
    SoundStatistics,
    refusal,
    refusal_of_length,
    score,
    sound_statistics,
)
from symmv_tools.music.sound_weights import BIASES, WEIGHTS
from tests.songs import tune
from tests.sounds import Samples, drums, in_a_room, speech

GOOD = SoundStatistics(
    seconds=180.0, level_db=-20.0, silent_share=0.02, pitched_share=0.9, piano_score=0.8, speech_score=0.1
)


def played(program: int) -> Samples:
    sound = render(tune(np.random.default_rng(0), bars=10), sample_rate=SAMPLE_RATE, program=program)
    return np.asarray(sound.mean(axis=1), np.float64)


@pytest.fixture(scope="module")
def piano() -> SoundStatistics:
    """Twenty seconds on the grand piano."""
    return sound_statistics(played(0))


@pytest.mark.parametrize("program", [19, 48, 52, 65])
def test_a_piano_is_more_of_a_piano_than_an_organ_strings_a_choir_and_a_saxophone(
    piano: SoundStatistics, program: int
) -> None:
    assert sound_statistics(played(program)).piano_score < piano.piano_score


@pytest.mark.parametrize("seed", range(3))
def test_a_talker_is_told_from_a_piano(piano: SoundStatistics, seed: int) -> None:
    rng = np.random.default_rng(seed)
    talk = sound_statistics(in_a_room(speech(20, SAMPLE_RATE, rng), SAMPLE_RATE, rng))
    assert talk.speech_score > 0.9 > piano.speech_score
    assert talk.piano_score < 0.05 < piano.piano_score


def test_a_piano_with_drums_is_less_of_a_piano(piano: SoundStatistics) -> None:
    alone = played(0)
    beat = drums(len(alone) / SAMPLE_RATE, SAMPLE_RATE, 110, np.random.default_rng(0))[: len(alone)]
    assert sound_statistics(alone + beat * alone.std() / beat.std()).piano_score < 0.5 * piano.piano_score


@settings(deadline=None, max_examples=10)
@given(st.floats(0.02, 0.9))
def test_loudness_decides_about_no_score(level: float) -> None:
    sound = played(0)[: 8 * SAMPLE_RATE]
    loud, soft = sound_statistics(sound), sound_statistics(level * sound)
    assert soft.piano_score == pytest.approx(loud.piano_score, abs=0.01)
    assert soft.level_db == pytest.approx(loud.level_db + 20 * np.log10(level), abs=0.01)


def test_levels_are_in_decibels_of_full_scale() -> None:
    t = np.arange(SAMPLE_RATE) / SAMPLE_RATE
    tone = np.sin(2 * np.pi * 440 * t)
    assert sound_statistics(tone).level_db == pytest.approx(-3.01, abs=0.01)
    assert sound_statistics(np.r_[tone, 0 * tone]).silent_share == pytest.approx(0.5)


@pytest.mark.parametrize("length", [0, 1, 100, 3000, 5 * SAMPLE_RATE])
def test_silence_has_statistics_and_no_kind(length: int) -> None:
    found = sound_statistics(np.zeros(length))
    assert found == SoundStatistics(length / SAMPLE_RATE, -120.0, 1.0, 0.0, 0.0, 0.0)


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 2**32 - 1), st.integers(1, 30_000), st.floats(0, 1))
def test_whatever_sounds_the_numbers_are_finite_and_in_range(seed: int, length: int, level: float) -> None:
    found = sound_statistics(level * np.random.default_rng(seed).uniform(-1, 1, length))
    assert np.isfinite(astuple(found)).all()
    for name in ("silent_share", "pitched_share", "piano_score", "speech_score"):
        assert 0 <= getattr(found, name) <= 1


def test_of_a_long_recording_the_middle_is_looked_at() -> None:
    middle = np.tile(np.random.default_rng(0).normal(0, 0.1, 3 * SAMPLE_RATE).astype(np.float32), 100)
    around = np.zeros(SAMPLE_RATE, np.float32)
    assert sound_features(np.r_[around, middle, around]) == sound_features(middle)


def test_every_feature_has_a_weight() -> None:
    assert list(WEIGHTS) == list(SoundFeatures.__dataclass_fields__)
    assert set(BIASES) == {"piano", "speech"}
    assert 0 < score("piano", SoundFeatures()) < 1


# --- what is refused ------------------------------------------------------------------------------


def test_a_good_recording_stays() -> None:
    assert refusal(GOOD, SoundLimits()) is None


@pytest.mark.parametrize(
    ("statistic", "value", "code"),
    [
        ("silent_share", 0.9, "SILENT"),
        ("seconds", 12.0, "TOO_SHORT"),
        ("seconds", 3600.0, "TOO_LONG"),
        ("speech_score", 0.99, "SPEECH"),
        ("piano_score", 0.0, "NOT_PIANO"),
    ],
)
def test_each_limit_has_its_code_and_a_sentence_with_both_numbers(
    statistic: str, value: float, code: str
) -> None:
    refused = refusal(replace(GOOD, **{statistic: value}), SoundLimits())
    assert refused is not None
    assert refused.code == code
    assert f"{value:.4g}" in refused.message


def test_open_limits_refuse_nothing() -> None:
    open_ones = SoundLimits(1.0, 1.0, 0.0, float("inf"), 0.0)
    assert refusal(SoundStatistics(0.0, -120.0, 1.0, 0.0, 0.0, 1.0), open_ones) is None


def test_a_stated_length_is_enough_to_refuse() -> None:
    assert refusal_of_length(36000.0, SoundLimits()) == refusal(replace(GOOD, seconds=36000.0), SoundLimits())
    assert refusal_of_length(None, SoundLimits()) is None
    assert refusal_of_length(180.0, SoundLimits()) is None
