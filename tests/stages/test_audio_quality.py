"""Recordings from the web are judged, files that somebody has named are only described."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from symmv_tools.music.audio_print import sameness
from symmv_tools.song import Song
from symmv_tools.stage import Context, Done, Item, Outcome, Rejected
from symmv_tools.stages.audio_quality import STAGE, AudioQualitySettings
from tests.media import tone, write_audio
from tests.sounds import speech

RATE = 22050


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Forty seconds of music, of silence and of talk; and two seconds of music."""
    folder = tmp_path_factory.mktemp("sounds")
    write_audio(folder / "music.wav", tone(40, RATE))
    write_audio(folder / "silence.wav", np.zeros(40 * RATE))
    write_audio(folder / "talk.wav", speech(40, RATE, np.random.default_rng(0)))
    write_audio(folder / "short.wav", tone(2, RATE))
    return folder


def outcome(folder: Path, name: str, *, url: str | None, **settings: object) -> Outcome:
    song = Song(f"test:{name}", audio=str(folder / f"{name}.wav"), cover_url=url)
    assert STAGE.run is not None
    (found,) = STAGE.run([Item(song)], AudioQualitySettings(**settings), Context())  # type: ignore[arg-type]
    return found


@pytest.mark.parametrize(
    ("name", "code"), [("silence", "SILENT"), ("talk", "SPEECH"), ("short", "TOO_SHORT")]
)
def test_from_the_web_it_is_refused_from_a_person_it_is_described(folder: Path, name: str, code: str) -> None:
    refused = outcome(folder, name, url="https://example.org/1")
    assert isinstance(refused, Rejected)
    assert refused.code == code
    assert isinstance(outcome(folder, name, url=None), Done)
    assert isinstance(outcome(folder, name, url=None, judge="all"), Rejected)
    assert isinstance(outcome(folder, name, url="https://example.org/1", judge="none"), Done)


def test_music_from_the_web_stays_with_statistics_and_fingerprint(folder: Path) -> None:
    found = outcome(folder, "music", url="https://example.org/1", min_piano_score=0.0)
    assert isinstance(found, Done)
    for column, kind in STAGE.makes.items():
        pa.array([found.values[column]], kind).validate(full=True)
    assert found.values["audio_quality"]["seconds"] == pytest.approx(40, abs=0.1)
    assert sameness(found.values["audio_print"], found.values["audio_print"]).bit_error_rate == 0.0


def test_what_states_to_be_too_long_is_refused_before_it_is_decoded(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from symmv_tools.io import audio

    monkeypatch.setattr(audio, "read", lambda *a, **k: pytest.fail("was decoded"))
    refused = outcome(folder, "music", url="https://example.org/1", max_seconds=39.0)
    assert isinstance(refused, Rejected)
    assert refused.code == "TOO_LONG"
