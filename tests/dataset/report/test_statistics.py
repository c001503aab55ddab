"""The numbers of an export: counted by hand, by numpy, and however the rows are cut."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from symmv_tools.dataset.report import reading
from symmv_tools.dataset.report import statistics as module
from symmv_tools.dataset.report.published import PAPERS, table_one
from symmv_tools.dataset.report.statistics import statistics
from symmv_tools.errors import BadCall
from tests.exports import labels, notes, recipe, song, write_export

pytestmark = pytest.mark.quick

VIDEO = {"bytes": None, "path": "v.mp4"}


def songs() -> list[dict[str, Any]]:
    """A song without anything, one that is music only, and two that share a video."""
    shots = labels((10.0, "start"), (20.0, "cut"), (10.0, "cut"))
    seen = {"video": VIDEO, "video_id": "v", "shot": shots, "match_score": 0.75, "genre": "Rock"}
    return [
        {"song_id": "bare", "split": "test"},
        song("music", tempo_global=90.0, key_mode=labels((24.0, "A:minor"), (8.0, "C:major"))),
        song("one", artist="x", **seen),
        song("two", artist="y", duration=64.0, note_midi=notes(100, melody=2), **seen),
    ]


def test_it_is_what_one_counts_by_hand(tmp_path: Path) -> None:
    found = statistics(write_export(tmp_path / "out", songs()))
    assert (found.name, found.songs, found.seconds) == ("out", 4, 128.0)
    assert found.words["split"] == {"train": 3, "test": 1}
    assert found.distinct == {"artist": 2, "video_id": 1, "group_id": 0, "channel_id": 0}
    assert {name: found.entries[name] for name in ("note_midi", "beat", "chord", "shot")} == {
        "note_midi": 64 + 64 + 100, "beat": 192, "chord": 6, "shot": 6,
    }  # fmt: skip
    assert (found.filled["note_midi"], found.filled["video"], found.filled["genre"]) == (3, 2, 2)
    assert found.keys == {"A:minor": 24.0, "C:major": 8.0 + 32.0 + 32.0}
    assert found.tracks == {"melody": 64 + 64 + 50, "accompaniment": 50}
    assert found.histograms["shots"].mean == 3
    assert found.histograms["shots_per_minute"].mean == pytest.approx(4.5)  # three in 40 s
    assert found.histograms["notes_per_second"].largest == 2.0
    assert found.histograms["tempo"].mean == pytest.approx(110.0)
    assert found.tempo_of.keys() == {"Rock"}
    assert found.chords.labels == {"C:maj": 3, "A:min7": 3}
    pitches = np.concatenate([60 + np.arange(n) % 12 for n in (64, 64, 100)])
    assert found.histograms["pitch"].counts.tolist() == np.bincount(pitches, minlength=128).tolist()
    json.dumps(found.as_dict(), allow_nan=False)


def test_it_does_not_matter_how_the_rows_are_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [row | {"song_id": f"{row['song_id']} {i}"} for i in range(5) for row in songs()]
    whole = statistics(write_export(tmp_path / "a" / "out", rows)).as_dict()
    monkeypatch.setattr(module, "batches", partial(reading.batches, rows=3))
    parts = statistics(write_export(tmp_path / "b" / "out", rows, rows_per_group=2)).as_dict()
    for told in (whole["histograms"], parts["histograms"]):
        for histogram in told.values():
            histogram["mean"] = round(histogram.get("mean", 0), 9)  # floats add up a little differently
    assert parts == whole


def test_an_empty_export_and_columns_that_are_missing_are_no_accident(tmp_path: Path) -> None:
    (tmp_path / "empty" / "data").mkdir(parents=True)
    assert statistics(tmp_path / "empty").as_dict()["hours"] == 0
    bare = statistics(write_export(tmp_path / "bare", [songs()[0]]))
    assert bare.songs == 1
    assert not any(histogram.count for histogram in bare.histograms.values())


def test_what_is_no_export_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadCall, match="no export"):
        statistics(tmp_path / "nowhere")
    with pytest.raises(BadCall, match="no folder data/"):
        statistics(tmp_path)
    out = write_export(tmp_path / "out", songs())
    (out / "data" / "train-00001-of-00002.parquet").write_bytes(b"PAR1 not")
    with pytest.raises(BadCall, match="cannot be read as Parquet"):
        statistics(out)


def test_two_data_sets_stand_beside_the_papers(tmp_path: Path) -> None:
    ours = statistics(write_export(tmp_path / "ours", songs(), [recipe("chords", "chord")]))
    address = {"video_url": "https://example.org/v"}
    theirs = statistics(write_export(tmp_path / "theirs", [songs()[1] | address]))
    head, lines = table_one(ours, theirs)
    said = {line[0]: line[1:] for line in lines}
    assert head == ["", *PAPERS, "ours", "theirs"]
    assert said["songs"] == ["1,140", "1,140", "909", "4", "1"]
    assert said["shots per video"] == ["–", "–", "62", "3", "–"]
    assert said["chords"][3:] == ["75 %", "yes"]
    assert said["video"][3:] == ["50 %", "address"]
    assert said["train / validation / test"][3:] == ["3 / 0 / 1", "1 / 0 / 0"]
    assert said["artists"][3:] == ["2", "no"]
