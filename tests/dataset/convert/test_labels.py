"""Labels and beats as text files and as mir_eval's arrays, and back."""

from __future__ import annotations

from pathlib import Path

import mir_eval
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symmv_tools.dataset.convert.labels import (
    beats_text,
    from_intervals,
    from_note_arrays,
    intervals,
    lab_text,
    note_arrays,
    read_beats,
    read_lab,
    until_next,
)
from symmv_tools.errors import BadMedium
from tests.exports import labels, notes
from tests.rows import CHORD, KEY, SECONDS, Row, bars, chained
from tests.rows import notes as random_notes

pytestmark = pytest.mark.quick


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("labels") / "song.lab"


def assert_same(found: Row, wanted: Row) -> None:
    """Starts are the same to the last digit; durations up to the rounding of start + duration."""
    assert list(found["time"]) == list(wanted["time"])
    assert list(found["value"]) == list(wanted["value"])
    assert found["confidence"] == [None] * len(wanted["value"])
    if "duration" in wanted:
        np.testing.assert_allclose(found["duration"], wanted["duration"], rtol=0, atol=1e-12 * 600)


@settings(deadline=None)
@given(group=chained(SECONDS, CHORD) | chained(SECONDS, KEY))
def test_a_lab_file_gives_back_its_labels(group: Row, path: Path) -> None:
    path.write_text(lab_text(group), encoding="utf-8")
    assert_same(read_lab(path), group)


@settings(deadline=None)
@given(group=bars(SECONDS))
def test_a_beats_file_gives_back_its_beats(group: Row, path: Path) -> None:
    path.write_text(beats_text(group), encoding="utf-8")
    assert_same(read_beats(path), group)


@settings(deadline=None)
@given(chained(SECONDS, CHORD))
def test_mir_eval_takes_the_chords_and_gives_them_back(group: Row) -> None:
    arrays = intervals(group)
    mir_eval.util.validate_intervals(arrays.interval)
    score = mir_eval.chord.evaluate(*arrays, *arrays)["root"]
    assert score == pytest.approx(1.0) or set(group["value"]) == {"X"}  # time labelled X does not count
    assert_same(from_intervals(*arrays), group)


@settings(deadline=None)
@given(random_notes(st.floats(0.1, 600)))
def test_mir_eval_takes_the_notes_and_gives_them_back(group: Row) -> None:
    arrays = note_arrays(group)
    if len(arrays.pitch):
        score = mir_eval.transcription_velocity.evaluate(*arrays, *arrays)
        assert score["Precision"] == pytest.approx(1.0)
    back = from_note_arrays(arrays)
    for name in ("time", "value", "velocity"):
        assert list(back[name]) == list(group[name])
    np.testing.assert_allclose(back["duration"], group["duration"], rtol=0, atol=1e-9)


def test_empty_files_say_that_nothing_was_found(path: Path) -> None:
    path.write_text("", encoding="utf-8")
    assert lab_text(until_next([], [], 9.0)) == beats_text(labels()) == ""
    assert len(read_lab(path)["time"]) == len(read_beats(path)["time"]) == 0
    assert len(note_arrays(notes(0)).pitch) == 0


def test_labels_hold_until_the_next() -> None:
    group = until_next([0.0, 4.0], ["C:major", "G:major"], 10.0)
    assert group["duration"].tolist() == [4.0, 6.0]


@pytest.mark.parametrize("text", ["0.0 1.0\n", "zero 1.0 C:maj\n", "C:maj\n"])
def test_a_broken_lab_file_is_refused(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadMedium, match=r"song\.lab cannot be used"):
        read_lab(path)


@pytest.mark.parametrize("position", ["1.5", "-1", "300"])
def test_a_beat_at_no_position_is_refused(path: Path, position: str) -> None:
    path.write_text(f"0.0\t{position}\n", encoding="utf-8")
    with pytest.raises(BadMedium, match="position in the bar"):
        read_beats(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadMedium, match=r"gone\.lab cannot be read"):
        read_lab(tmp_path / "gone.lab")
