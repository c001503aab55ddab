"""Row -> JAMS -> row: nothing is lost but embedded media; and the file is JAMS."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jams
import pytest
from hypothesis import given, settings

from symmv_tools.dataset.check import check_row
from symmv_tools.dataset.convert.jams_file import from_jams, to_jams
from symmv_tools.errors import BadMedium
from tests.exports import labels, notes, song
from tests.rows import Row, canonical, rows


def through_json(row: Row) -> Any:
    return json.loads(json.dumps(to_jams(row), allow_nan=False))


@settings(deadline=None, max_examples=50)
@given(rows())
def test_a_row_comes_back_whole(row: Row) -> None:
    back = from_jams(through_json(row))
    check_row(back)
    assert canonical(back) == canonical(row)


@settings(deadline=None, max_examples=10)  # the library takes a second for a large row
@given(row=rows())
def test_the_jams_library_finds_it_valid(row: Row, tmp_path_factory: pytest.TempPathFactory) -> None:
    path: Path = tmp_path_factory.mktemp("jams") / "row.jams"
    path.write_text(json.dumps(to_jams({"duration": 1.0} | {k: v for k, v in row.items() if v is not None})))
    document = jams.load(str(path), validate=True, strict=True)
    assert document.validate(strict=True)
    for column in ("note_midi", "chord", "key_mode", "beat", "tempo"):
        found = document.search(namespace=f"^{column}$")
        assert len(found) == (row[column] is not None)
        assert row[column] is None or len(found[0].data) == len(row[column]["time"])


def test_embedded_media_are_left_out_and_their_paths_stay() -> None:
    row = song("test:a", audio={"bytes": b"RIFF", "path": "a.flac"})
    assert from_jams(through_json(row))["audio"] == {"bytes": None, "path": "a.flac"}


def test_the_documents_of_others_are_read_as_far_as_they_go() -> None:
    observations = [
        {"time": 2.0, "duration": 1.0, "value": 64.4, "confidence": None},
        {"time": 1.0, "duration": 1.0, "value": 60.0, "confidence": None},
    ]
    dense = {"time": [0.0, 0.5], "duration": [0.0, 0.0], "value": [1.0, None], "confidence": [None, None]}
    annotations = [
        {"namespace": "note_midi", "annotation_metadata": {}, "data": observations},
        {"namespace": "beat", "annotation_metadata": {}, "data": dense},
        {"namespace": "note_midi", "annotation_metadata": {}, "data": []},
        {"namespace": "segment_open", "annotation_metadata": {}, "data": []},
    ]
    metadata = {"title": "Air", "release": "Suites", "identifiers": {"musicbrainz": "x", "isrc": "DE1"}}
    row = from_jams({"annotations": annotations, "file_metadata": metadata})
    assert row["note_midi"]["value"].tolist() == [60, 64]
    assert row["note_midi"]["velocity"].tolist() == [64, 64]
    assert row["note_midi"]["track"] == ["", ""]
    assert row["beat"]["value"].tolist() == [1, 0]
    assert (row["title"], row["album"], row["isrc"]) == ("Air", "Suites", "DE1")
    assert "musicbrainz" not in row
    check_row(row | {"song_id": "x", "split": "train"})


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"annotations": [{}]},
        {"annotations": [{"namespace": "chord", "data": [{"time": 0.0}]}]},
        {"annotations": [{"namespace": "chord", "data": 3}]},
        {"annotations": [], "sandbox": {"symmv": {"chord": "C"}}},
        [],
    ],
)
def test_what_is_no_jams_is_refused(document: Any) -> None:
    with pytest.raises(BadMedium, match="no JAMS document"):
        from_jams(document)


def test_notes_changed_by_others_are_not_mixed_with_the_velocities_of_the_old_ones() -> None:
    document = through_json(song("test:a", note_midi=notes(3)))
    document["annotations"][0]["data"].pop()
    with pytest.raises(BadMedium, match="note_midi has 2 observations"):
        from_jams(document)


def test_a_tempo_without_confidence_is_valid_jams_and_comes_back_null() -> None:
    tempo = labels((4.0, "")) | {"value": [90.0], "confidence": [None]}
    document = through_json(song("test:a", tempo=tempo))
    (said,) = [each for each in document["annotations"] if each["namespace"] == "tempo"]
    assert said["data"][0]["confidence"] == 0.0
    assert from_jams(document)["tempo"]["confidence"] == [None]
