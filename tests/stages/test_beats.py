"""stages/beats.py: settings, checks, and one Done per song, silence included."""

import wave
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from symmv_tools import row
from symmv_tools.errors import BadMedium, BadSettings, MissingPackage
from symmv_tools.models import downbeats
from symmv_tools.song import Song
from symmv_tools.stage import Context, Done, Item
from symmv_tools.stages.beats import CHECKPOINT, STAGE, BeatsSettings, meters

CONTEXT = Context(weights={CHECKPOINT: "folder/of/weights"})


def wav(path: Path, n_samples: int) -> Path:
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(8000)
        out.writeframes(bytes(2 * n_samples))
    return path


def run(*paths: Path) -> list[object]:
    assert STAGE.run is not None
    items = [Item(Song(f"folder:{path.stem}", audio=str(path))) for path in paths]
    return list(STAGE.run(items, BeatsSettings(), CONTEXT))


def test_each_song_gets_its_beats_as_the_row_wants_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def track(samples: np.ndarray, weights: str, **settings: object) -> downbeats.Beats:
        assert weights == "folder/of/weights"
        assert settings["beats_per_bar"] == (3, 4)
        n = round(len(samples) / downbeats.SAMPLE_RATE)
        return downbeats.Beats(np.arange(n, dtype=np.float64), np.ones(n, np.uint8), np.ones(n, np.float32))

    monkeypatch.setattr(downbeats, "track", track)
    outcomes = run(wav(tmp_path / "one.wav", 8000), wav(tmp_path / "two.wav", 16000))
    counts = []
    for outcome in outcomes:
        assert isinstance(outcome, Done)
        beat = row.value_at(pa.array([outcome.values["beat"]], STAGE.makes["beat"]), 0)
        counts.append(len(beat["time"]))
    assert counts == [1, 2]


def test_a_bad_file_is_left_to_the_runner(tmp_path: Path) -> None:
    (tmp_path / "empty.wav").touch()
    with pytest.raises(BadMedium, match="0 bytes"):
        run(tmp_path / "empty.wav")


def test_without_a_tracker_the_notes_decide() -> None:
    assert STAGE.enabled(BeatsSettings())
    assert not STAGE.enabled(BeatsSettings(tracker="none"))


def test_meters_are_read_from_text() -> None:
    assert meters("3,4") == meters(" 4, 3,4") == (3, 4)
    for text in ("", "3;4", "0", "4.5", "99"):
        with pytest.raises(BadSettings, match="beats_per_bar"):
            meters(text)


def test_what_cannot_work_is_said_before_the_first_song(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BadSettings, match="leave no tempo"):
        STAGE.check(BeatsSettings(min_bpm=130.0))
    monkeypatch.setattr(downbeats, "PACKAGES", {"madmom": "no_such_package", "madmom-infer": "nor_this"})
    with pytest.raises(MissingPackage) as caught:
        STAGE.check(BeatsSettings())
    assert "--set beats.tracker=none" in caught.value.hint
