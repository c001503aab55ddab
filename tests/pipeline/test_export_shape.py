"""What lies beside the rows of an export, and what of the rows is written."""

from __future__ import annotations

from pathlib import Path

import mlcroissant
import pyarrow.parquet as pq
import pytest
from datasets import load_dataset

import symmv_tools
from symmv_tools.dataset.parquet import KEYS
from symmv_tools.errors import BadCall
from symmv_tools.pipeline.exporting import Shape, export
from symmv_tools.pipeline.house import House
from symmv_tools.pipeline.run import annotate
from symmv_tools.song import Song
from symmv_tools.store import Store
from tests.films import film, write_film

MIDI = sorted((Path(__file__).parents[2] / "demo" / "songs").glob("*.mid"))[0]


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with one song and its film, annotated."""
    folder = tmp_path_factory.mktemp("shape")
    write_film(folder / "film.mp4", film(24, 24), fps=24)
    store = Store.open(folder / "work", create=True)
    store.put([Song("test:song", midi=str(MIDI), video=str(folder / "film.mp4"), license="CC-BY-4.0")])
    store.close()
    house = House.open(folder / "work")
    annotate(house, workers=1)
    house.store.close()
    return folder / "work"


def _export(work: Path, out: Path, shape: Shape) -> Path:
    house = House.open(work)
    export(house, out, shape=shape)
    house.store.close()
    return out


@pytest.fixture(scope="module")
def whole(work: Path) -> Path:
    """Everything, with windows that overlap."""
    return _export(work, work.parent / "whole", Shape(hop_bars=1))


def test_segments_and_features_lie_beside_the_rows_and_are_configs_of_the_card(whole: Path) -> None:
    beside = {path.parent.name for path in whole.glob("*/*.parquet")} - {"data", "failures"}
    assert beside == {"features_colour", "features_motion", "segments"}
    for name in beside:
        (split,) = load_dataset(str(whole), name).values()
        assert set(split["song_id"]) == {"test:song"}
    segments = symmv_tools.load(whole, config="segments")
    assert len(segments) > 1
    assert all(len(found["chord"]) == len(found["motion"]) == 32 for found in segments)


def test_croissant_names_every_table(whole: Path) -> None:
    described = mlcroissant.Dataset(whole / "croissant.json")
    assert not described.metadata.ctx.issues.errors
    tables = {"default", "failures", "segments", "features_colour", "features_motion"}
    assert {records.id for records in described.metadata.record_sets} == tables
    (first,) = described.records("default")
    assert first["default/song_id"] == b"test:song"


def test_two_exports_are_the_same_to_the_byte(work: Path, whole: Path) -> None:
    (work.parent / "elsewhere").mkdir(exist_ok=True)
    again = _export(work, work.parent / "elsewhere" / "whole", Shape(hop_bars=1))
    files = sorted(path.relative_to(whole) for path in whole.rglob("*") if path.is_file())
    assert files == sorted(path.relative_to(again) for path in again.rglob("*") if path.is_file())
    for name in files:
        assert (whole / name).read_bytes() == (again / name).read_bytes(), name


def test_chosen_columns_come_with_the_ids_and_without_the_rest(work: Path, tmp_path: Path) -> None:
    out = _export(work, tmp_path / "out", Shape(columns=("chord", "key_mode")))
    (file,) = (out / "data").glob("*.parquet")
    assert set(pq.read_schema(file).names) == {*KEYS, "chord", "key_mode"}
    (found,) = load_dataset(str(out)).values()
    assert found[0]["chord"]["value"]
    card = (out / "README.md").read_text("utf-8")
    assert "| `chord` | 1 |" in card
    assert "| `beat` | 1 |" not in card  # no column of this export, though its segments were made with it


def test_a_column_that_there_is_not_is_named_with_the_nearest() -> None:
    with pytest.raises(BadCall, match="'chords'") as caught:
        Shape(columns=("chords",))
    assert "chord" in caught.value.hint


def test_embedded_media_are_the_files_and_their_names_tell_no_path(work: Path, tmp_path: Path) -> None:
    out = _export(work, tmp_path / "out", Shape(embed=True))
    (found,) = symmv_tools.load(out)
    assert found["video"]["bytes"] == (work.parent / "film.mp4").read_bytes()
    assert found["video"]["path"] == f"{found['pair_id']}.mp4"


def test_a_medium_that_is_gone_is_listed_and_costs_nothing_else(work: Path, tmp_path: Path) -> None:
    film_file = work.parent / "film.mp4"
    away = film_file.rename(film_file.with_suffix(".away"))
    try:
        out = _export(work, tmp_path / "out", Shape(embed=True))
    finally:
        away.rename(film_file)
    codes = {(row["stage"], row["code"]) for row in symmv_tools.load(out, config="failures")}
    assert ("embed", "MEDIA_MISSING") in codes
