"""What a song's page plays: a link to the video and the notes as sound, under names of ours."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from symmv_tools.errors import MissingPackage
from symmv_tools.io import render
from symmv_tools.pipeline.players import write_players

NOTES: dict[str, Any] = {
    "time": np.array([0.0, 0.5]),
    "duration": np.array([0.4, 0.4]),
    "value": np.array([60, 64], np.uint8),
    "velocity": np.array([80, 80], np.uint8),
    "track": ["melody", "melody"],
}


def video(path: Path) -> dict[str, Any]:
    return {"video": {"bytes": None, "path": str(path)}}


def test_the_video_is_linked_under_our_name_and_again_without_complaint(tmp_path: Path) -> None:
    hostile = tmp_path / 'a"><script>.MP4'
    hostile.write_bytes(b"film")
    for _ in range(2):
        assert write_players(video(hostile), tmp_path, "page") == {"video": "page.mp4"}
        assert (tmp_path / "page.mp4").read_bytes() == b"film"
    assert (tmp_path / "page.mp4").is_symlink()


@pytest.mark.parametrize("name", ["gone.mp4", "film.exe", "film"])
def test_what_is_gone_or_no_film_is_not_linked(tmp_path: Path, name: str) -> None:
    if name != "gone.mp4":
        (tmp_path / name).write_bytes(b"x")
    assert write_players(video(tmp_path / name), tmp_path, "page") == {}


def test_the_notes_are_rendered(tmp_path: Path) -> None:
    assert write_players({"note_midi": NOTES}, tmp_path, "page") == {"audio": "page.wav"}
    assert (tmp_path / "page.wav").read_bytes().startswith(b"RIFF")


def test_no_notes_make_no_sound(tmp_path: Path) -> None:
    empty = {name: value[:0] for name, value in NOTES.items()}
    assert write_players({"note_midi": empty}, tmp_path, "page") == {}
    assert write_players({}, tmp_path, "page") == {}


def test_a_machine_that_cannot_render_is_told_so_and_gets_its_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def lack(*_: Any, **__: Any) -> None:
        raise MissingPackage("tinysoundfont is not installed", "install it")

    monkeypatch.setattr(render, "render", lack)
    assert write_players({"note_midi": NOTES}, tmp_path, "page") == {}
    assert "cannot play the notes" in caplog.text
