"""Notes to sound."""

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from symmv_tools.errors import BadCall, MissingPackage
from symmv_tools.io.render import released, render, write_wav
from symmv_tools.music.notes import make_notes

ONE = make_notes([1.0], [0.2], [60], [100])


def loudness(sound: NDArray[np.float32], since: float, until: float, sample_rate: int = 44100) -> float:
    return float(np.abs(sound[int(since * sample_rate) : int(until * sample_rate)]).max())


def test_a_note_sounds_where_it_stands_and_a_second_is_added() -> None:
    sound = render(ONE)
    assert sound.shape == (round(2.2 * 44100), 2)
    assert sound.dtype == np.float32
    assert loudness(sound, 0.0, 0.99) == 0.0
    assert loudness(sound, 1.0, 1.2) > 0.01


def test_the_pedal_holds_a_note() -> None:
    pedal = {"time": [0.5], "duration": [2.5], "value": [127]}
    assert loudness(render(ONE, pedal), 2.0, 2.2) > 10 * loudness(render(ONE), 2.0, 2.2)


def test_a_pitch_struck_again_is_damped_at_the_latest_then() -> None:
    notes = make_notes([0.0, 1.0, 2.0], [0.5, 0.5, 0.5], [60, 60, 62], [64, 64, 64])
    pedal = {"time": np.array([0.25]), "duration": np.array([4.0]), "value": np.array([127])}
    assert released(notes, pedal).tolist() == [1.0, 4.25, 4.25]
    assert released(notes, None).tolist() == [0.5, 1.5, 2.5]


def test_many_loud_notes_do_not_clip() -> None:
    n = 60
    sound = render(make_notes(np.zeros(n), np.ones(n), range(30, 90), np.full(n, 127)))
    assert np.abs(sound).max() <= 1.0


def test_the_same_notes_give_the_same_samples() -> None:
    assert np.array_equal(render(ONE, sample_rate=16000), render(ONE, sample_rate=16000))


def test_no_notes_are_a_second_of_silence() -> None:
    sound = render(make_notes([], [], [], []), sample_rate=8000)
    assert sound.shape == (8000, 2)
    assert not sound.any()


def test_a_missing_soundfont_and_an_impossible_program_are_named(tmp_path: Path) -> None:
    with pytest.raises(BadCall, match=r"no SoundFont at .*none\.sf2"):
        render(ONE, soundfont=str(tmp_path / "none.sf2"))
    with pytest.raises(BadCall, match="program 300"):
        render(ONE, program=300)


def test_without_tinysoundfont_the_remedy_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tinysoundfont", None)
    with pytest.raises(MissingPackage, match="tinysoundfont") as caught:
        render(ONE)
    assert "--no-deps tinysoundfont" in caught.value.hint


def test_without_pretty_midi_a_soundfont_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingPackage, match="no SoundFont"):
        render(ONE)


def test_a_wav_file_holds_the_samples(tmp_path: Path) -> None:
    import soundfile

    samples = np.linspace(-1.2, 1.2, 200).reshape(-1, 2)
    write_wav(tmp_path / "a.wav", samples, 8000)
    read, sample_rate = soundfile.read(tmp_path / "a.wav")
    assert sample_rate == 8000
    assert np.allclose(read, np.clip(samples, -1, 1), atol=1e-4)
