"""What a piece sounds like to an evaluation, and what is said of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from symmv_tools.errors import BadCall, BadMedium
from symmv_tools.evaluation.sound import Sound, refuse_mixture
from symmv_tools.evaluation.systems import Entry, open_system
from symmv_tools.io.midi import write
from symmv_tools.io.render import write_wav
from symmv_tools.music.notes import make_notes

RATE = 16_000


def a_song(folder: Path, name: str = "a") -> Path:
    notes = make_notes([0.0, 0.5], [0.4, 0.4], [60, 69], [90, 90])
    path = folder / f"{name}.mid"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(write(notes))
    return path


def test_notes_are_played_and_last_a_second_longer(tmp_path: Path) -> None:
    samples = Sound().of(Entry("a", a_song(tmp_path)), RATE)
    assert samples is not None
    assert samples.dtype == np.float32
    assert len(samples) == pytest.approx(1.9 * RATE, abs=2)
    pitch = np.abs(np.fft.rfft(samples[int(0.55 * RATE) : int(0.85 * RATE)])).argmax() / 0.3
    assert pitch == pytest.approx(440, abs=4)


def test_a_recording_is_taken_where_there_are_no_notes(tmp_path: Path) -> None:
    tone = np.sin(np.arange(RATE) / 5).astype(np.float32) / 2
    write_wav(tmp_path / "a.wav", tone, RATE)
    entry = Entry("a", audio=tmp_path / "a.wav")
    heard = Sound().of(entry, RATE)
    assert heard is not None
    np.testing.assert_allclose(heard, tone, atol=1e-4)
    assert Sound().of(Entry("b"), RATE) is None


def test_a_broken_file_is_that_piece_s_trouble(tmp_path: Path) -> None:
    (tmp_path / "a.mid").write_bytes(b"no MIDI")
    with pytest.raises(BadMedium):
        Sound().of(Entry("a", tmp_path / "a.mid"), RATE)


def test_a_figure_says_what_it_was_heard_through() -> None:
    said = Sound().conditions(RATE)
    assert "tinysoundfont 0." in said["renderer"]
    assert "TimGM6mb.sf2 (sha256 " in said["soundfont"]
    assert "44100 Hz" in said["sample rate"]
    assert "16000 Hz" in said["sample rate"]


def test_a_soundfont_that_is_not_there_is_named() -> None:
    with pytest.raises(BadCall, match=r"there is no SoundFont at nowhere\.sf2"):
        Sound("nowhere.sf2").conditions(RATE)


def test_a_renderer_is_not_compared_with_a_studio(tmp_path: Path) -> None:
    a_song(tmp_path / "real")
    (tmp_path / "theirs").mkdir()
    write_wav(tmp_path / "theirs" / "a.wav", np.zeros(RATE), RATE)
    systems = [open_system(str(tmp_path / name)) for name in ("real", "theirs")]
    with pytest.raises(BadCall, match="theirs: recorded"):
        refuse_mixture(systems)
    refuse_mixture(systems[:1])
