"""The errand: decode, listen, write down. The light engine runs for real, the others in tests/models."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from symmv_tools import checkpoints, settings
from symmv_tools.errors import BadMedium, BadSettings, MissingPackage
from symmv_tools.io import midi
from symmv_tools.io.render import render, write_wav
from symmv_tools.music.notes import Notes, make_notes
from symmv_tools.song import Song
from symmv_tools.stage import Context, Done, Item
from symmv_tools.stages import transcribe
from symmv_tools.stages.transcribe import STAGE, TranscribeSettings

LIGHT = TranscribeSettings(engine="basic-pitch")


def context() -> Context:
    (name,) = STAGE.checkpoints(LIGHT)
    return Context(weights={name: str(checkpoints.locate(name))})


def item(path: Path) -> Item:
    return Item(Song(f"folder:{path.stem}", audio=str(path)))


def run(*items: Item, chosen: TranscribeSettings = LIGHT, within: Context | None = None) -> list[Done]:
    assert STAGE.run is not None
    outcomes = list(STAGE.run(items, chosen, within or context()))
    assert all(isinstance(outcome, Done) for outcome in outcomes)
    return [outcome for outcome in outcomes if isinstance(outcome, Done)]


def silence(folder: Path, seconds: float, name: str = "silence", level: float = 0.0) -> Path:
    noise = np.random.default_rng(0).uniform(-level, level, int(seconds * 8000))
    write_wav(folder / f"{name}.wav", noise, 8000)
    return folder / f"{name}.wav"


def test_a_rendered_phrase_is_written_down(tmp_path: Path) -> None:
    phrase = make_notes(np.arange(4) * 0.6 + 0.3, np.full(4, 0.5), [60, 64, 67, 72], np.full(4, 90))
    sound = render(phrase)
    write_wav(tmp_path / "phrase.wav", sound, 44100)
    (done,) = run(item(tmp_path / "phrase.wav"))
    assert set(done.values) == set(STAGE.makes)
    assert {60, 64, 67, 72} <= set(done.values["notes"]["value"].tolist())
    assert done.values["duration"] == pytest.approx(len(sound) / 44100, abs=1e-3)
    assert done.values["pedal"] is None  # not asked: this engine does not hear pedals
    (tmp_path / "phrase.mid").write_bytes(done.values["midi"])
    read = midi.read(tmp_path / "phrase.mid").notes
    assert read.pitch.tolist() == done.values["notes"]["value"].tolist()


@pytest.mark.parametrize("level", [0.0, 0.5e-4])
def test_silence_is_no_notes_and_well_done(tmp_path: Path, level: float) -> None:
    (done,) = run(item(silence(tmp_path, 2.0, level=level)))
    assert len(done.values["notes"]["time"]) == 0
    assert done.values["duration"] == pytest.approx(2.0)
    assert done.values["midi"].startswith(b"MThd")


def test_a_tenth_of_a_second_is_well_done(tmp_path: Path) -> None:
    (done,) = run(item(silence(tmp_path, 0.1, level=0.5)))
    assert done.values["duration"] == pytest.approx(0.1)


def test_silence_costs_no_network(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def listen(samples: NDArray[np.float32]) -> tuple[Notes, None]:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(transcribe, "_load", lambda *_: (listen, 8000, 1))
    (done,) = run(item(silence(tmp_path, 1.0)), chosen=TranscribeSettings())
    assert len(done.values["pedal"]["time"]) == 0  # an engine that hears pedals heard none


def test_a_bad_song_is_raised_at_its_turn_and_after_its_neighbours(tmp_path: Path) -> None:
    good, bad = silence(tmp_path, 1.0), tmp_path / "bad.wav"
    bad.write_bytes(b"")
    assert STAGE.run is not None
    outcomes = STAGE.run([item(good), item(bad), item(good)], LIGHT, context())
    assert isinstance(next(outcomes), Done)
    with pytest.raises(BadMedium) as caught:
        next(outcomes)
    assert caught.value.code == "EMPTY"


def test_the_next_song_is_decoded_while_the_network_listens(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    songs = [item(silence(tmp_path, 0.5, str(i), level=0.5)) for i in range(4)]
    decoded = threading.Semaphore(0)
    counts: list[tuple[int, bool]] = []
    from symmv_tools.io import audio

    really_read = audio.read

    def read(*args: Any, **kwargs: Any) -> NDArray[np.float32]:
        sound = really_read(*args, **kwargs)
        decoded.release()
        return sound

    def listen(samples: NDArray[np.float32]) -> tuple[Notes, None]:
        expected = 2 if not counts else int(len(counts) < 3)
        heard = sum(decoded.acquire(timeout=5) for _ in range(expected))
        counts.append((heard, decoded.acquire(blocking=False)))
        return make_notes([], [], [], []), None

    monkeypatch.setattr(audio, "read", read)
    monkeypatch.setattr(transcribe, "_load", lambda *_: (listen, 8000, 1))
    run(*songs)
    # The first listening sees two songs decoded, each further one sees one more, and never a third ahead.
    assert counts == [(2, False), (1, False), (1, False), (0, False)]


def test_no_songs_are_no_outcomes() -> None:
    assert run() == []


def test_the_checkpoint_follows_the_engine_unless_a_path_is_given() -> None:
    for engine, name in (("transkun", "transkun-2.0"), ("bytedance", "bytedance-piano")):
        assert STAGE.checkpoints(TranscribeSettings(engine=engine)) == (name,)
        assert name in checkpoints.names()
    assert STAGE.checkpoints(TranscribeSettings(checkpoint="/my/weights.pt")) == ("/my/weights.pt",)


def test_where_weights_lie_and_how_many_segments_at_once_change_no_fingerprint() -> None:
    other = TranscribeSettings(checkpoint="/my/weights.pt", device="cpu", batch=1)
    assert settings.semantic_values(other) == settings.semantic_values(TranscribeSettings())


@pytest.mark.parametrize(("hop", "segment"), [(17.0, 16.0), (0.0, 16.0), (-1.0, 16.0)])
def test_segments_that_leave_gaps_are_refused(hop: float, segment: float) -> None:
    with pytest.raises(BadSettings, match="would not be heard"):
        TranscribeSettings(hop_seconds=hop, segment_seconds=segment)


def test_an_unknown_engine_offers_the_nearest() -> None:
    with pytest.raises(BadSettings) as caught:
        settings.make(TranscribeSettings, {"engine": "basicpitch"}, "settings.toml [transcribe]")
    assert "basic-pitch" in caught.value.hint


def test_a_missing_package_of_the_engine_stops_the_run_before_the_first_song(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == "transkun" else object())
    STAGE.check(LIGHT)
    with pytest.raises(MissingPackage, match="'transkun'"):
        STAGE.check(TranscribeSettings())
