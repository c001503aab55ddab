"""What musicnn sees of a sound, against what the package itself saw (tests/golden/make_musicnn.py)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from numpy.typing import NDArray

from symmv_tools.io import audio
from symmv_tools.music import musicnn_mel
from symmv_tools.music.musicnn_mel import PATCH_FRAMES, SAMPLE_RATE, hop_frames, log_mel, patches
from tests.golden import make_musicnn

pytestmark = pytest.mark.quick

Floats = NDArray[np.float32]


def test_the_spectrogram_is_the_packages(tmp_path: Path) -> None:
    """From one file, by another decoder and resampler; a last bit of half precision is 4.2e-4 here."""
    with np.load(make_musicnn.FILE) as golden:
        assert golden["sound_sha256"] == make_musicnn.sound_sha256(), "another sound: make the file again"
        expected = golden["mel"]
    found = log_mel(audio.read(make_musicnn.write_sound(tmp_path / "sound.wav"), SAMPLE_RATE))
    assert_allclose(found, expected, rtol=0, atol=1e-3)


def test_loud_music_stays_finite() -> None:
    """Under NumPy 2 the package's own code multiplies in half precision, whose largest number is 65504.

    Of a loud song every patch then holds an infinity, and the networks say the same of all of them.
    """
    loudest = np.sign(np.sin(np.arange(SAMPLE_RATE) * 2 * np.pi * 110 / SAMPLE_RATE))
    found = log_mel(loudest)
    assert found.max() > np.log10(65504)
    assert np.isfinite(log_mel(1000 * loudest)).all()  # no sound file holds this


def test_silence_is_nothing_and_no_sample_one_frame_of_it() -> None:
    assert_array_equal(log_mel(np.zeros(1000)), np.zeros((4, 96), np.float32))
    assert_array_equal(log_mel(np.empty(0)), np.zeros((1, 96), np.float32))


@given(st.integers(0, 5000), st.integers(1, 3))
def test_frames_are_cut_in_blocks_without_a_seam(n_samples: int, block: int) -> None:
    samples = np.random.default_rng(0).normal(0, 0.1, n_samples)
    whole = log_mel(samples)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(musicnn_mel, "_BLOCK", block)
        in_blocks = log_mel(samples)
    assert whole.shape == (1 + n_samples // 256, 96)
    assert_allclose(in_blocks, whole, atol=1e-3)  # sums in another order may round to the next half


def test_a_tone_rings_in_its_band() -> None:
    """Slaney's scale: 1 kHz is 15 mel; 96 bands share 45.2 mel."""
    tone = np.sin(2 * np.pi * 1000 * np.arange(SAMPLE_RATE) / SAMPLE_RATE)
    band = int(log_mel(tone)[30].argmax())
    assert band == round(15 / (45.245 / 97)) - 1


def numbered(frames: int) -> Floats:
    """A spectrogram of one band in which every frame holds its number."""
    return np.arange(frames, dtype=np.float32)[:, None]


@given(st.integers(PATCH_FRAMES, 900), st.integers(1, 300))
def test_patches_are_those_of_the_packages_loop(frames: int, hop: int) -> None:
    mel = numbered(frames)
    expected = [mel[at : at + PATCH_FRAMES] for at in range(0, frames - PATCH_FRAMES + 1, hop)]
    assert_array_equal(patches(mel, hop), np.stack(expected))


@given(st.integers(1, PATCH_FRAMES - 1))
def test_what_is_shorter_than_a_patch_is_repeated(frames: int) -> None:
    (found,) = patches(numbered(frames))
    assert_array_equal(found[:, 0], np.arange(PATCH_FRAMES) % frames)


@pytest.mark.parametrize(("seconds", "frames"), [(3.0, 187), (2.992, 187), (1.0, 62), (0.016, 1), (1e-9, 1)])
def test_a_hop_is_rounded_down_to_whole_frames(seconds: float, frames: int) -> None:
    assert hop_frames(seconds) == frames
