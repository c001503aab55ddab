"""Seconds of work: of each stage's newest rows, added up."""

from pathlib import Path

import pytest

from symmv_tools.dataset.report import effort as module
from symmv_tools.dataset.report.effort import effort
from symmv_tools.song import Song
from symmv_tools.stage import Done
from symmv_tools.store import Store
from symmv_tools.store.parts import Entry, write_part

pytestmark = pytest.mark.quick


def attempt(store: Store, stage: str, seconds: dict[str, float]) -> None:
    entries = [Entry(song_id, "f0", "c0", Done({}), seconds=spent) for song_id, spent in seconds.items()]
    write_part(store.new_part(stage), {}, entries, {"c0": "{}"})


def test_the_newest_row_of_every_stage_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SLOWEST", 2)
    monkeypatch.setattr(module, "_PAGE", 2)
    store = Store.open(tmp_path, create=True)
    store.put([Song(name) for name in "abcd"])
    attempt(store, "chords", {"a": 90.0, "b": 2.0})
    attempt(store, "chords", {"a": 1.0})
    attempt(store, "keys", {"a": 0.5, "b": 0.25, "c": 3.0})
    found = effort(store)
    assert found.stages == {"chords": 3.0, "keys": 3.75}
    assert found.slowest == [("c", 3.0), ("b", 2.25)]


def test_an_empty_store_did_nothing(tmp_path: Path) -> None:
    found = effort(Store.open(tmp_path, create=True))
    assert (found.stages, found.slowest) == ({}, [])
