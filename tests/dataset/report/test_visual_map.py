"""The map of what is seen: like beside like, the same every time, and a sentence where there is none."""

from pathlib import Path

import numpy as np
import pytest

from symmv_tools.dataset.report import visual_map as module
from symmv_tools.dataset.report.statistics import statistics
from symmv_tools.dataset.report.visual_map import VisualMap, visual_map
from tests.dataset.report.test_document import rich
from tests.exports import song, write_export


def mapped(folder: Path) -> VisualMap:
    return visual_map(folder, statistics(folder))


def test_videos_of_a_kind_lie_together_and_pop_is_left_out(tmp_path: Path) -> None:
    found = mapped(rich(tmp_path / "out"))
    assert len(found.genre) == 50
    assert "Pop" not in found.genre
    distance = np.linalg.norm(found.place[:, None] - found.place, axis=2)
    np.fill_diagonal(distance, np.inf)
    genres = np.array(found.genre, object)
    assert (genres[distance.argmin(axis=1)] == genres).mean() > 0.9


def test_of_too_many_songs_the_same_are_taken_every_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = rich(tmp_path / "out")
    monkeypatch.setattr(module, "MOST_SONGS", 20)
    first, again = mapped(folder), mapped(folder)
    assert len(first.genre) == 20
    assert np.array_equal(first.place, again.place)


def test_where_there_is_none_a_sentence_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "No CLIP features" in mapped(write_export(tmp_path / "bare", [song("a")])).missing
    folder = rich(tmp_path / "out")
    monkeypatch.setattr(module, "_FEWEST_SONGS", 51)
    assert "Fewer than 51 videos" in mapped(folder).missing
    monkeypatch.setattr(module, "find_spec", lambda name: None)
    assert "pip install scikit-learn" in mapped(folder).missing
    monkeypatch.setattr(module, "GENRES", 1)
    assert "Fewer than two genres" in mapped(folder).missing
