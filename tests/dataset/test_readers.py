"""Everybody's reader sees what we wrote."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow.parquet as pq
import pytest

from symmv_tools import row
from symmv_tools.dataset.card import ExportInfo, write_card
from symmv_tools.dataset.failures import write_failures
from symmv_tools.dataset.hub import with_features
from symmv_tools.dataset.parquet import write_rows

Row = dict[str, Any]


@pytest.fixture
def folder(tmp_path: Path, three_songs: list[Row]) -> Path:
    """A whole small export."""
    write_rows(tmp_path / "data", three_songs)
    write_failures(
        tmp_path, [{"song_id": "folder:x", "stage": "midi_quality", "code": "EMPTY", "reason": "no notes"}]
    )
    write_card(tmp_path, ExportInfo("Three songs", {"train": 2, "test": 1}, 0.01, failures=1))
    return tmp_path


def plain(value: Any) -> Any:
    """`value` with every array as a list, so that readers can be compared."""
    if isinstance(value, np.ndarray):
        return [plain(item) for item in value.tolist()]
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, list) else value


def expected(songs: list[Row]) -> dict[str, Row]:
    """Every column of every song, by song_id; float32 as readers give it."""
    return {
        song["song_id"]: {column.name: plain(song.get(column.name)) for column in row.ROW} for song in songs
    }


def by_id(rows: list[Row]) -> dict[str, Row]:
    return {found["song_id"]: plain(found) for found in rows}


def test_pyarrow_and_value_at_give_back_every_cell(folder: Path, three_songs: list[Row]) -> None:
    table = pq.read_table(folder / "data")
    assert table.schema.equals(row.schema())
    rows = [{name: row.value_at(table[name], i) for name in table.column_names} for i in range(len(table))]
    assert by_id(rows) == expected(three_songs)


def test_polars_reads_every_cell(folder: Path, three_songs: list[Row]) -> None:
    assert by_id(pl.read_parquet(folder / "data").to_dicts()) == expected(three_songs)


def test_duckdb_reads_every_cell(folder: Path, three_songs: list[Row]) -> None:
    found = duckdb.connect().execute(f"select * from '{folder}/data/*.parquet'")
    names = [column[0] for column in found.description or ()]
    rows = [dict(zip(names, values, strict=True)) for values in found.fetchall()]
    assert by_id(rows) == expected(three_songs)


def test_duckdb_can_ask_about_groups(folder: Path) -> None:
    query = f"select sum(len(chord.time)) from '{folder}/data/*.parquet' where tempo_global > 100"
    assert duckdb.connect().execute(query).fetchall() == [(9,)]


def test_pandas_reads_every_cell(folder: Path, three_songs: list[Row]) -> None:
    frame = pd.read_parquet(folder / "data")
    frame = frame.astype(object).where(frame.notna(), None)
    assert by_id(
        [dict(zip(frame.columns, cells, strict=True)) for cells in frame.itertuples(index=False)]
    ) == expected(three_songs)


def test_the_metadata_are_those_that_datasets_writes() -> None:
    from datasets import Audio, Features, Video

    features = Features.from_arrow_schema(row.schema())
    features["audio"], features["video"] = Audio(decode=False), Video(decode=False)
    theirs, ours = features.arrow_schema.metadata, with_features(row.schema()).metadata
    assert json.loads(ours[b"huggingface"]) == json.loads(theirs[b"huggingface"])
    assert Features.from_arrow_schema(with_features(row.schema())) == features


# In a process of its own: `datasets` reads its cache's place once, at import.
LOAD = """
import json, sys
from datasets import Audio, Video, load_dataset
folder = sys.argv[1]
files = {"train": folder + "/data/train-*.parquet", "test": folder + "/data/test-*.parquet"}
plain = load_dataset("parquet", data_files=files)
card = load_dataset(folder)
assert plain["train"].features["audio"] == Audio(decode=False), plain["train"].features["audio"]
assert plain["test"].features["video"] == Video(decode=False)
assert plain["train"].features == card["train"].features
assert load_dataset(folder, "failures", split="train")[0]["code"] == "EMPTY"
def show(value):
    return {"hex": value.hex()} if isinstance(value, bytes) else str(value)
rows = [row for split in ("train", "test") for row in plain[split]]
assert rows == [row for split in ("train", "test") for row in card[split]]
streamed = next(iter(load_dataset("parquet", data_files=files, split="train", streaming=True)))
assert streamed == rows[0]
print(json.dumps(rows, default=show))
"""


def test_datasets_reads_every_cell_and_the_card_names_the_files(
    folder: Path, three_songs: list[Row], tmp_path: Path
) -> None:
    environment = {
        "HF_HUB_OFFLINE": "1",
        "HF_HOME": str(tmp_path / "hf"),
        "HOME": str(tmp_path),
        "PATH": "/usr/bin:/bin",
    }
    done = subprocess.run(
        [sys.executable, "-c", LOAD, str(folder)], env=environment, capture_output=True, text=True, timeout=50
    )
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout.splitlines()[-1])
    wanted = json.loads(json.dumps(expected(three_songs), default=lambda value: {"hex": value.hex()}))
    assert by_id(rows) == wanted


def test_an_export_without_failures_still_has_the_table(tmp_path: Path) -> None:
    table = pq.read_table(write_failures(tmp_path, []))
    assert table.num_rows == 0
    assert table.column_names == ["song_id", "stage", "code", "reason"]


def test_failures_come_sorted_and_may_lack_a_code(tmp_path: Path) -> None:
    found = pq.read_table(
        write_failures(tmp_path, [{"song_id": "b", "stage": "s"}, {"song_id": "a", "stage": "s"}])
    )
    assert found["song_id"].to_pylist() == ["a", "b"]
    assert found["code"].to_pylist() == [None, None]
