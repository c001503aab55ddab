"""Chroma: notes and their sound look alike, and a transposed song is a turned one."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from symmv_tools.music.chroma import HOP_SECONDS, LONGEST_SECONDS, chroma_of_notes, chroma_of_sound
from symmv_tools.music.notes import Notes, make_notes

pytestmark = pytest.mark.quick

RATE = 22050


def scale(seconds: float = 0.5, first: int = 60) -> Notes:
    """A major scale up and down."""
    steps = [0, 2, 4, 5, 7, 9, 11, 12, 11, 9, 7, 5, 4, 2]
    onset = np.arange(len(steps)) * seconds
    return make_notes(onset, [seconds] * len(steps), [first + s for s in steps], [80] * len(steps))


def sung(notes: Notes, rate: int = RATE, cents: float = 0.0) -> NDArray[np.float32]:
    """Decaying tones with four partials, struck at once."""
    samples = np.zeros(int((notes.end + 0.2) * rate), np.float32)
    for onset, duration, pitch in zip(notes.onset, notes.duration, notes.pitch, strict=True):
        t = np.arange(int(duration * rate)) / rate
        hertz = 440.0 * 2 ** ((int(pitch) - 69 + cents / 100) / 12)
        tone = sum(0.5**k * np.sin(2 * np.pi * hertz * (k + 1) * t) for k in range(4)) * np.exp(-t / 0.8)
        at = round(onset * rate)
        samples[at : at + len(t)] += 0.3 * tone
    return samples


def likeness(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    """Mean product of the rows that both have."""
    n = min(len(one), len(other))
    return float(np.sum(one[:n] * other[:n], axis=1).mean())


@pytest.mark.parametrize("rate", [16000, 22050, 44100, 48000])
def test_sound_and_notes_look_alike_at_any_sample_rate(rate: int) -> None:
    heard = chroma_of_sound(sung(scale(), rate), rate)
    assert likeness(heard.harmony, chroma_of_notes(scale()).harmony) > 0.8


def test_onsets_of_sound_and_notes_lie_at_the_same_time() -> None:
    heard, written = chroma_of_sound(sung(scale()), RATE).onset, chroma_of_notes(scale()).onset
    by_lag = [likeness(np.roll(heard, lag, axis=0), written) for lag in range(-10, 11)]
    assert abs(int(np.argmax(by_lag)) - 10) <= 1


@pytest.mark.parametrize("cents", [-40.0, -20.0, 30.0, 45.0])
def test_tuning_does_not_matter(cents: float) -> None:
    tuned = chroma_of_sound(sung(scale()), RATE)
    assert likeness(tuned.harmony, chroma_of_sound(sung(scale(), cents=cents), RATE).harmony) > 0.9


def test_transposing_turns_the_pitch_classes() -> None:
    low, high = chroma_of_sound(sung(scale()), RATE), chroma_of_sound(sung(scale(first=65)), RATE)
    assert likeness(np.roll(low.harmony, 5, axis=1), high.harmony) > 0.9
    assert likeness(low.harmony, high.harmony) < 0.5


def test_loudness_does_not_matter() -> None:
    loud, soft = chroma_of_sound(sung(scale()), RATE), chroma_of_sound(0.01 * sung(scale()), RATE)
    np.testing.assert_allclose(loud.harmony, soft.harmony, atol=1e-3)


@pytest.mark.parametrize("n", [0, 1, 100, 2205])
def test_silence_and_next_to_nothing_are_zeros(n: int) -> None:
    chroma = chroma_of_sound(np.zeros(n, np.float32), RATE)
    assert chroma.harmony.shape == chroma.melody.shape == chroma.onset.shape
    assert not chroma.harmony.any()


def test_no_notes_have_no_chroma() -> None:
    assert len(chroma_of_notes(make_notes([], [], [], []))) == 0


def test_a_note_in_the_next_century_is_left_out() -> None:
    chroma = chroma_of_notes(make_notes([0.0, 3e9], [1e12, 1.0], [60, 60], [80, 80]))
    assert len(chroma) == round(LONGEST_SECONDS / HOP_SECONDS)


def test_two_channels_are_refused() -> None:
    with pytest.raises(ValueError, match=r"mono.*\(10, 2\)"):
        chroma_of_sound(np.zeros((10, 2), np.float32), RATE)
