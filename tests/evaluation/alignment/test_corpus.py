"""Whole systems on an export's videos: whose music follows the picture, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from symmv_tools.dataset.constants import Constants, write_constants
from symmv_tools.errors import BadCall
from symmv_tools.evaluation.alignment.catalogue import OF_SYSTEMS
from symmv_tools.evaluation.alignment.corpus import evaluate_alignment
from symmv_tools.evaluation.result import Line, Result
from symmv_tools.evaluation.systems import open_systems
from symmv_tools.io.midi import write
from symmv_tools.music.notes import make_notes
from tests.evaluation.pieces import tune, write_pieces
from tests.exports import beats, song, write_export

SONGS, SECONDS = 6, 48.0


def shots(seed: int) -> dict[str, Any]:
    """Cuts on random beats of the video's own music, two a second."""
    cuts = np.sort(np.random.default_rng(seed).choice(np.arange(2, 94), 12, replace=False)) / 2
    time = np.append(0.0, cuts)
    return {
        "time": time,
        "duration": np.diff(np.append(time, SECONDS)),
        "value": ["start"] + ["cut"] * 12,
        "confidence": np.ones(13, np.float32),
    }


def videos(folder: Path) -> Path:
    rows = [
        song(f"x:{i}", beat=beats(96), shot=shots(i), duration=SECONDS, video_fps=25.0, midi=write(tune(i)))
        for i in range(SONGS)
    ]
    write_export(folder, rows)
    write_constants(folder, Constants((1.0, 2.0)))
    return folder


def off_beat(seed: int) -> Any:
    """Notes at a tempo of its own, so that its beats pass the cuts by."""
    onset = np.arange(0.0, SECONDS, 60 / (101 + seed))
    return make_notes(onset, np.full(len(onset), 0.2), np.full(len(onset), 60), np.full(len(onset), 80))


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Result:
    folder = tmp_path_factory.mktemp("alignment")
    videos(folder / "out")
    (folder / "ours").mkdir()
    for i in range(SONGS):
        (folder / "ours" / f"x:{i}.mid").write_bytes(write(off_beat(i), tempo_bpm=101.0 + i))
    return evaluate_alignment(open_systems([str(folder / "out"), str(folder / "ours")]))[0]


def line(found: Result, system: str, metric: str) -> Line:
    cell = found.line(system, metric)
    assert cell is not None
    return cell


def test_music_that_is_cut_to_is_above_chance_and_other_music_is_not(found: Result) -> None:
    real = line(found, "out", "cuts_on_beat_70ms_above_chance")
    ours = line(found, "ours", "cuts_on_beat_70ms_above_chance")
    assert line(found, "out", "cuts_on_beat_70ms").mean == 1.0
    assert real.interval is not None
    assert ours.mean is not None
    assert real.interval[0] > 0.5
    assert abs(ours.mean) < 0.1


def test_each_system_has_its_own_chance(found: Result) -> None:
    chance = [line(found, name, "tbiou_cuts_vem").chance for name in ("out", "ours")]
    assert None not in chance
    assert chance[0] != chance[1]


def test_generated_beats_are_held_against_the_true_ones(found: Result) -> None:
    assert line(found, "ours", "biou_beats_vem").n == SONGS
    assert line(found, "out", "biou_beats_vem").n == 0


def test_every_line_has_its_definition(found: Result) -> None:
    assert set(found.metrics) <= {metric.name for metric in OF_SYSTEMS}


def test_a_folder_has_no_videos(tmp_path: Path) -> None:
    write_pieces(tmp_path / "real", [("a", tune(0))])
    with pytest.raises(BadCall, match="real is no export"):
        evaluate_alignment(open_systems([str(tmp_path / "real")]))


def test_music_for_other_videos_is_refused(tmp_path: Path) -> None:
    videos(tmp_path / "out")
    write_pieces(tmp_path / "ours", [("stranger", tune(0))])
    with pytest.raises(BadCall, match="no piece of ours"):
        evaluate_alignment(open_systems([str(tmp_path / "out"), str(tmp_path / "ours")]))


def test_an_export_without_pictures_says_what_to_do(tmp_path: Path) -> None:
    write_export(tmp_path / "out", [song("x:1")])
    write_constants(tmp_path / "out", Constants())
    with pytest.raises(BadCall, match="no song of out has a video") as refused:
        evaluate_alignment(open_systems([str(tmp_path / "out")]))
    assert "symmv annotate" in refused.value.hint
