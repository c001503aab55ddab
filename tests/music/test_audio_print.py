"""The laws of the fingerprint: one recording stays one through what the web does to it, two stay two."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from symmv_tools.io import audio
from symmv_tools.io.render import render
from symmv_tools.music.audio_print import SAME_BELOW, UNLIKE, audio_print, sameness, sameness_at
from symmv_tools.music.duplicates import find_duplicates
from tests.media import write_audio
from tests.songs import at_speed, tune

RATE = 16000


def sound(seed: int, *, program: int = 0, speed: float = 1.0) -> NDArray[np.float64]:
    """A tune of half a minute on a General MIDI instrument, mono, `speed` times as long."""
    notes = at_speed(tune(np.random.default_rng(seed), bars=15), speed)
    stereo = render(notes, sample_rate=RATE, program=program)
    return np.asarray(stereo.mean(axis=1), np.float64)


@pytest.fixture(scope="module")
def piece() -> NDArray[np.float64]:
    """Half a minute of piano."""
    return sound(0)


def rate_of(first: NDArray[np.floating], second: NDArray[np.floating]) -> float:
    return sameness(audio_print(first, RATE), audio_print(second, RATE)).bit_error_rate


@pytest.mark.parametrize(
    ("ending", "codec", "rate"),
    [("mp3", "libmp3lame", 22050), ("opus", "libopus", 24000), ("m4a", "aac", 22050)],
)
def test_an_encoded_recording_is_the_same(
    tmp_path: Path, piece: NDArray[np.float64], ending: str, codec: str, rate: int
) -> None:
    import soxr

    path = tmp_path / f"piece.{ending}"
    write_audio(path, soxr.resample(piece, RATE, rate), codec, rate)
    assert rate_of(piece, audio.read(path, RATE)) < SAME_BELOW


@given(st.floats(0.05, 1.0))
def test_loudness_changes_nothing(level: float) -> None:
    piece = np.random.default_rng(3).normal(0, 0.2, 4 * RATE)
    assert rate_of(piece, level * piece) < 0.01


@pytest.mark.parametrize("cut", [1.0, 3.05, 9.973])
def test_a_cut_recording_is_the_same_and_the_lag_says_where(piece: NDArray[np.float64], cut: float) -> None:
    found = sameness(audio_print(piece, RATE), audio_print(piece[int(cut * RATE) :], RATE))
    assert found.bit_error_rate < SAME_BELOW
    assert found.lag_seconds == pytest.approx(-cut, abs=0.1)


def test_noise_at_20_db_below_the_music_changes_little(piece: NDArray[np.float64]) -> None:
    noise = np.random.default_rng(0).normal(0, 0.1 * np.sqrt(np.mean(piece**2)), len(piece))
    assert rate_of(piece, piece + noise) < SAME_BELOW


@pytest.mark.parametrize("other", [{"program": 24}, {"speed": 1.01}, {"program": 6, "speed": 0.97}])
def test_another_performance_of_the_song_is_another_recording(
    piece: NDArray[np.float64], other: dict[str, float]
) -> None:
    assert rate_of(piece, sound(0, **other)) > SAME_BELOW  # type: ignore[arg-type]


def test_another_song_is_another_recording(piece: NDArray[np.float64]) -> None:
    assert rate_of(piece, sound(1)) > SAME_BELOW


# --- words ----------------------------------------------------------------------------------------


prints = st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=40).map(lambda x: np.array(x, np.uint32))


@given(prints, prints)
def test_the_fast_search_finds_what_trying_every_lag_finds(
    first: NDArray[np.uint32], second: NDArray[np.uint32]
) -> None:
    found = sameness(first, second)
    shorter = min(np.count_nonzero(first), np.count_nonzero(second))
    tried = [sameness_at(first, second, lag) for lag in range(1 - len(first), len(second))]
    counted = [s for s in tried if s.overlap_seconds and round(s.overlap_seconds * 10) >= 0.5 * shorter]
    assert found.bit_error_rate == pytest.approx(min((s.bit_error_rate for s in counted), default=0.5))


@given(prints)
def test_everything_is_the_same_as_itself(words: NDArray[np.uint32]) -> None:
    found = sameness(words, words)
    assert found == UNLIKE if not words.any() else found.bit_error_rate == 0.0


def test_silence_is_like_nothing_not_even_itself() -> None:
    silence = audio_print(np.zeros(RATE * 3), RATE)
    assert len(silence)
    assert not silence.any()
    assert sameness(silence, silence) == UNLIKE


def test_what_is_too_short_has_no_fingerprint_and_is_like_nothing(piece: NDArray[np.float64]) -> None:
    nothing = audio_print(piece[:1000], RATE)
    assert len(nothing) == 0
    assert sameness(nothing, audio_print(piece, RATE)) == UNLIKE


def test_a_rate_without_the_bands_is_refused() -> None:
    with pytest.raises(ValueError, match="4000 Hz"):
        audio_print(np.zeros(100), 2000)


# --- duplicates -----------------------------------------------------------------------------------


def damaged(words: NDArray[np.uint32], rng: np.random.Generator, share: float) -> NDArray[np.uint32]:
    """Flip `share` of the bits."""
    flips = np.packbits(rng.random((len(words), 32)) < share, axis=1).view(">u4")[:, 0]
    return words ^ flips.astype(np.uint32)


def strangers(rng: np.random.Generator, count: int, length: int = 600) -> list[NDArray[np.uint32]]:
    return [rng.integers(1, 2**32, length, dtype=np.uint32) for _ in range(count)]


def test_the_first_of_equals_is_kept_and_every_later_one_names_it() -> None:
    rng = np.random.default_rng(0)
    first, second, third = strangers(rng, 3)
    queue = [
        ("a", first), ("b", second), ("a again", damaged(first, rng, 0.05)), ("c", third),
        ("a once more", damaged(first[100:], rng, 0.05)), ("b again", damaged(second, rng, 0.05)),
    ]  # fmt: skip
    found = find_duplicates(queue)
    assert {name: kept for name, (kept, _) in found.items()} == {
        "a again": "a",
        "a once more": "a",
        "b again": "b",
    }
    assert all(0 < rate < 0.1 for _, rate in found.values())


def test_strangers_and_silence_are_no_duplicates() -> None:
    rng = np.random.default_rng(1)
    queue = [(str(i), words) for i, words in enumerate(strangers(rng, 30))]
    queue += [("silence", np.zeros(600, np.uint32)), ("more silence", np.zeros(600, np.uint32))]
    queue += [("nothing", np.empty(0, np.uint32)), ("nothing again", np.empty(0, np.uint32))]
    assert find_duplicates(queue) == {}


def test_a_jingle_in_common_makes_no_duplicates() -> None:
    rng = np.random.default_rng(2)
    jingle, first, second = strangers(rng, 3)
    queue = [("a", np.r_[jingle[:100], first]), ("b", np.r_[jingle[:100], second])]
    assert find_duplicates(queue) == {}


def test_a_hum_that_everybody_holds_hides_nothing() -> None:
    rng = np.random.default_rng(3)
    hum = np.full(100, 7, np.uint32)
    queue = [(str(i), np.r_[hum, words]) for i, words in enumerate(strangers(rng, 150, 200))]
    found = find_duplicates([*queue, ("again", damaged(queue[140][1], rng, 0.03))])
    assert found.keys() == {"again"}
    assert found["again"][0] == "140"
