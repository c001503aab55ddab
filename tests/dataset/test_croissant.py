"""Croissant: MLCommons' own library takes what we write, and reads our rows by it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import mlcroissant
import pytest

from symmv_tools.dataset.croissant import write_croissant
from symmv_tools.dataset.failures import write_failures
from symmv_tools.dataset.parquet import write_rows
from symmv_tools.dataset.siblings import Siblings
from tests.exports import song

ABOUT = {
    "name": "three songs",
    "description": "made by hand",
    "url": "https://example.org/three-songs",
    "license": "https://creativecommons.org/licenses/by/4.0/",
    "version": "1.0.0",
    "datePublished": "2026-01-01",
    "citeAs": "nobody",
}


@pytest.fixture
def described(tmp_path: Path) -> mlcroissant.Dataset:
    provenance = [dict.fromkeys(("stage", "version", "model", "run_at"), "x")]
    songs = [song(name, provenance=provenance, midi=b"MThd\xff") for name in "abc"]
    write_rows(tmp_path / "data", songs)
    write_failures(tmp_path, [{"song_id": "d", "stage": "beats", "code": "TOO_FEW_NOTES"}])
    motion = {"start": 0.0, "rate": 5.0, "value": [[0.5], [1.5]]}
    with Siblings(tmp_path, hop_bars=8) as siblings:
        for made in songs:
            siblings.add(made, {"features_motion": motion})
    tables = {name: tmp_path / name for name in ("failures", *siblings.names)}
    return mlcroissant.Dataset(write_croissant(tmp_path, ABOUT, {"default": tmp_path / "data", **tables}))


def _read(described: mlcroissant.Dataset, table: str) -> list[dict[str, Any]]:
    return list(described.records(table))


def test_the_library_has_nothing_to_complain_about(described: mlcroissant.Dataset) -> None:
    assert not described.metadata.ctx.issues.errors
    assert not described.metadata.ctx.issues.warnings


def test_every_table_can_be_read_by_it(described: mlcroissant.Dataset) -> None:
    first, *_ = songs = _read(described, "default")
    assert [record["default/song_id"] for record in songs] == [b"a", b"b", b"c"]
    assert first["default/chord"]["default/chord/value"] == [b"C:maj", b"A:min7"]
    assert first["default/midi"] == b"MThd\xff"
    assert first["default/provenance"][0]["default/provenance/stage"] == b"x"
    assert _read(described, "failures")[0]["failures/code"] == b"TOO_FEW_NOTES"
    assert [len(_read(described, name)) for name in ("features_motion", "segments")] == [3, 6]
