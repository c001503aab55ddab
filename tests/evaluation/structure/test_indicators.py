"""Structureness of sounds whose structure is known."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import librosa
import numpy as np
import pytest
from numpy.typing import NDArray

from symmv_tools.evaluation.structure import compiling
from symmv_tools.evaluation.structure.chroma import frames_in, slow_chroma
from symmv_tools.evaluation.structure.indicators import METRICS, SCALES, structure_indicators
from tests.evaluation.structure import literal

RATE = 22050

Floats = NDArray[np.float32]


def tune(seconds: int, seed: int, semitones: int = 0) -> Floats:
    """Two chords a second, drawn from a scale."""
    time = np.arange(RATE // 2) / RATE
    random = np.random.default_rng(seed)
    chords = [random.choice([0, 2, 4, 5, 7, 9, 11], 3, replace=False) + semitones for _ in range(2 * seconds)]
    hertz = [261.63 * 2 ** (chord / 12) for chord in chords]
    tones = [np.sin(2 * np.pi * chord[:, None] * time).sum(axis=0) for chord in hertz]
    return (np.concatenate(tones) / 4).astype(np.float32)


def noise(seconds: int, seed: int = 0) -> Floats:
    return np.random.default_rng(seed).normal(0, 0.1, seconds * RATE).astype(np.float32)


def test_a_short_sound_has_the_indicators_of_the_literal_reading() -> None:
    sound = np.concatenate([tune(7, 1), tune(7, 1), tune(2, 2)])
    fast: Any = librosa.feature.chroma_stft(y=sound, sr=RATE, tuning=0, norm=2, hop_length=2205, n_fft=4410)
    scape = literal.scape_plot(literal.self_similarity(literal.slow_chroma(fast.T.astype(np.float64))))
    expected = [scape[5:16].max(), scape[15:30].max(), scape[29:256].max()]
    np.testing.assert_allclose(list(structure_indicators(sound, RATE).values()), expected, rtol=0, atol=1e-9)


def test_what_repeats_is_above_what_does_not_and_that_above_nothing() -> None:
    """White noise is not 0: a quarter of all cells is kept, however little they are alike."""
    part = tune(10, 1)
    repeated = structure_indicators(np.concatenate([part] * 6), RATE)
    free = structure_indicators(tune(60, 2), RATE)
    hiss = structure_indicators(noise(60), RATE)
    assert repeated["si_mid_musdr"] > 0.7
    for name in SCALES:
        assert 0 < free[name] < repeated[name] - 0.2
        assert 0 <= hiss[name] < 0.35


def test_form_is_found_at_its_own_scale() -> None:
    a, b = tune(20, 1), tune(20, 2)
    found = structure_indicators(np.concatenate([a, a, b, b, a, a]), RATE)
    assert found["si_long_musdr"] > found["si_short_musdr"] + 0.05


def test_a_transposed_repetition_counts() -> None:
    part = tune(20, 1)
    plain, raised = (np.concatenate([part, tune(20, 1, semitones), part]) for semitones in (0, 3))
    found, expected = structure_indicators(raised, RATE), structure_indicators(plain, RATE)
    assert found["si_long_musdr"] == pytest.approx(expected["si_long_musdr"], abs=0.06)


def test_neither_loudness_nor_the_sample_rate_matters() -> None:
    sound = np.concatenate([tune(12, 1), tune(12, 1), tune(6, 2)])
    expected = list(structure_indicators(sound, RATE).values())
    quiet = (sound / 16).astype(np.float32)
    assert list(structure_indicators(quiet, RATE).values()) == pytest.approx(expected, abs=1e-3)
    faster = librosa.resample(sound, orig_sr=RATE, target_sr=44100)
    assert list(structure_indicators(faster, 44100).values()) == pytest.approx(expected, abs=0.03)


def test_what_is_shorter_than_a_scale_scores_zero_there() -> None:
    found = structure_indicators(np.concatenate([tune(5, 1)] * 2), RATE)
    assert found["si_short_musdr"] > 0
    assert found["si_long_musdr"] == 0.0
    assert set(structure_indicators(tune(2, 1), RATE).values()) == {0.0}
    assert set(structure_indicators(tune(1, 1)[:99], RATE).values()) == {0.0}


@pytest.mark.parametrize("hertz", [0, 100, 440])
def test_a_steady_tone_is_measured_too(hertz: int) -> None:
    """Rounding decides what it scores, even what is a hair above 1 in its matrix; it is no error."""
    tone = np.cos(2 * np.pi * hertz * np.arange(30 * RATE) / RATE).astype(np.float32)
    assert all(0 <= value < 1 for value in structure_indicators(tone, RATE).values())


@pytest.mark.quick
def test_silence_has_no_structure_to_measure() -> None:
    for n_samples in (0, 1, 60 * RATE):
        assert np.isnan(list(structure_indicators(np.zeros(n_samples, np.float32), RATE).values())).all()


@pytest.mark.quick
def test_what_is_no_recording_is_refused() -> None:
    with pytest.raises(ValueError, match=r"mono.*\(2, 9\)"):
        structure_indicators(np.zeros((2, 9), np.float32), RATE)
    with pytest.raises(ValueError, match="finite"):
        structure_indicators(np.full(9, np.nan, np.float32), RATE)
    with pytest.raises(ValueError, match="lasts 2000 s"):
        structure_indicators(np.zeros(2000 * 100, np.float32), 100)


@pytest.mark.parametrize(
    ("n_samples", "rate"), [(22050, 22050), (88199, 22050), (88200, 22050), (100001, 44100)]
)
def test_frames_are_counted_without_looking(n_samples: int, rate: int) -> None:
    sound = noise(5)[:n_samples]
    assert frames_in(len(sound), rate) == len(slow_chroma(sound, rate))


@pytest.mark.quick
def test_every_indicator_is_in_the_catalogue() -> None:
    names = [metric.name for metric in METRICS]
    assert names == list(structure_indicators(np.zeros(9, np.float32), RATE))
    assert all(metric.definition.endswith(".") and metric.source for metric in METRICS)


@pytest.mark.quick
def test_the_catalogue_is_read_without_librosa_and_numba() -> None:
    command = (
        "import sys; from symmv_tools.evaluation.structure.indicators import METRICS; "
        "assert not {'librosa', 'numba'} & sys.modules.keys()"
    )
    subprocess.run([sys.executable, "-c", command], check=True)


@pytest.mark.quick
def test_an_unwritable_cache_costs_time_only(monkeypatch: pytest.MonkeyPatch) -> None:
    from numba import njit

    def without_a_cache(**options: Any) -> Any:
        if options.get("cache"):
            raise RuntimeError("cannot cache function: no locator available for file")
        return njit(**options)

    monkeypatch.setattr(compiling, "njit", without_a_cache)

    def twice(x: float) -> float:
        return 2 * x

    assert compiling.compiled(twice)(3.0) == 6.0
