"""An export read back: as an iterator, by id, through torch, through Hugging Face."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from torch.utils.data import DataLoader

import symmv_tools
from symmv_tools import row as row_module
from symmv_tools.dataset import row_groups
from symmv_tools.dataset.cells import cells
from symmv_tools.dataset.failures import write_failures
from symmv_tools.dataset.load import configs
from symmv_tools.dataset.parquet import write_rows
from symmv_tools.dataset.rows import Rows
from symmv_tools.errors import BadCall, BadMedium, MissingPackage
from tests.exports import Row, notes, song

SONGS = 23


def plain(value: Any) -> Any:
    """`value` with every array as a list, so that rows can be compared."""
    if isinstance(value, np.ndarray | torch.Tensor):
        return value.tolist()
    return {name: plain(cell) for name, cell in value.items()} if isinstance(value, dict) else value


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """23 songs in row groups of 5 and files of 10, three of them in test; failures; features of two songs."""
    folder = tmp_path_factory.mktemp("export")
    rows = (
        song(f"test:{i:02d}", split="test" if i < 3 else "train", note_midi=notes(i)) for i in range(SONGS)
    )
    write_rows(folder / "data", rows, rows_per_group=5, rows_per_file=10)
    write_failures(folder, [{"song_id": "test:x", "stage": "midi_quality", "code": "EMPTY"}])
    write_features(folder / "features_motion")
    return folder


def write_features(folder: Path) -> None:
    folder.mkdir()
    values = [{"start": 0.5, "rate": 2.0, "value": [[i, 1.0, 2.0]] * 4} for i in range(2)]
    columns: Row = {
        "song_id": ["test:03", "test:04"],
        "features_motion": pa.array(values, row_module.FEATURES),
    }
    pq.write_table(pa.table(columns), folder / "part-00000.parquet")


# --- cells ----------------------------------------------------------------------------------------

GROUP = pa.struct([("time", pa.list_(pa.float64())), ("value", pa.list_(pa.string()))])
CELLS = st.none() | st.fixed_dictionaries(
    {
        "time": st.none() | st.lists(st.none() | st.floats(0, 9), max_size=4),
        "value": st.none() | st.lists(st.none() | st.sampled_from(["C:maj", "N", ""]), max_size=4),
    }
)


@settings(deadline=None)
@given(st.lists(CELLS, max_size=8), st.data())
def test_cells_are_what_value_at_gives_one_by_one(values: list[Any], data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(values)))
    column = pa.array(values, GROUP).slice(start)
    one_by_one = [plain(row_module.value_at(column, i)) for i in range(len(column))]
    assert [plain(cell) for cell in cells(column)] == one_by_one == values[start:]
    assert [plain(cell) for cell in cells(pa.chunked_array([column, column]))] == one_by_one * 2


@settings(deadline=None)
@given(
    st.lists(
        arrays(np.float16, st.tuples(st.integers(0, 4), st.just(3)), elements=st.floats(-9, 9, width=16))
    )
)
def test_features_come_as_one_matrix_for_each_song(matrices: list[Any]) -> None:
    column = pa.array([matrix.tolist() for matrix in matrices], pa.list_(pa.list_(pa.float16())))
    for found, matrix in zip(cells(column), matrices, strict=True):
        assert found.dtype == np.float16
        assert found.shape == matrix.shape or len(matrix) == 0 == len(found)
        assert found.tolist() == matrix.tolist()


def test_value_at_gives_features_as_a_view_for_each() -> None:
    """Each used to be a list of floats: 190 ms for four minutes of CLIP features."""
    matrix = np.arange(6, dtype=np.float16).reshape(2, 3)
    column = pa.array([{"start": 0.0, "rate": 2.0, "value": list(matrix)}], row_module.FEATURES)
    found = row_module.value_at(column, 0)
    assert [part.dtype for part in found["value"]] == [np.float16, np.float16]
    assert np.array_equal(found["value"], matrix)
    assert pa.array([found], row_module.FEATURES).equals(column)


def test_features_of_unequal_length_stay_lists_of_arrays() -> None:
    column = pa.array([[[1.0], [2.0, 3.0]], [[4.0]]], pa.list_(pa.list_(pa.float32())))
    ragged, even = cells(column)
    assert [part.tolist() for part in ragged] == [[1.0], [2.0, 3.0]]
    assert even.tolist() == [[4.0]]


def test_numbers_are_views_of_what_was_read() -> None:
    column = pa.array([[1.0, 2.0], [3.0]], pa.list_(pa.float64()))
    first, second = cells(column)
    assert first.base is second.base
    assert not first.flags.writeable


# --- rows -----------------------------------------------------------------------------------------


def test_every_row_comes_once_and_whole(export: Path) -> None:
    rows = symmv_tools.load(export)
    table = pq.read_table(export / "data", partitioning=None)
    expected = {
        str(table["song_id"][i]): {name: row_module.value_at(table[name], i) for name in table.column_names}
        for i in range(len(table))
    }
    assert len(rows) == SONGS
    found = list(rows)
    assert [row["song_id"] for row in found] == rows.ids()
    assert {row["song_id"]: plain(row) for row in found} == {k: plain(v) for k, v in expected.items()}


def test_a_split_is_read_alone(export: Path) -> None:
    assert symmv_tools.load(export, split="test").ids() == ["test:00", "test:01", "test:02"]
    assert len(symmv_tools.load(export, split="train")) == SONGS - 3


def test_columns_are_pruned_down_to_the_parts_of_a_group(export: Path) -> None:
    first = symmv_tools.load(export, columns=["note_midi.time", "tempo_global"])[4]
    assert first.keys() == {"song_id", "note_midi", "tempo_global"}
    assert first["note_midi"].keys() == {"time"}


@settings(deadline=None)
@given(st.lists(st.integers(-SONGS, SONGS - 1), max_size=30))
def test_taking_rows_is_the_same_as_asking_for_each(export: Path, numbers: list[int]) -> None:
    rows = symmv_tools.load(export, columns=["note_midi"])
    everything = [plain(row) for row in rows]
    wanted = [everything[number] for number in numbers]
    assert [plain(row) for row in rows.take(numbers)] == wanted
    assert [plain(rows[number]) for number in numbers] == wanted
    assert [plain(row) for row in rows.take(row["song_id"] for row in wanted)] == wanted


def test_random_access_forgets_old_row_groups(export: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(row_groups, "CACHE_BYTES", 1)
    groups = row_groups.RowGroups(symmv_tools.load(export).files, None)
    tables = [groups.cached(i) for i in (0, 0, 1, 0)]
    assert tables[0] is tables[1]
    assert tables[0] is not tables[3]


def test_a_number_that_is_too_large_is_an_index_error(export: Path) -> None:
    rows = symmv_tools.load(export)
    for number in (SONGS, -SONGS - 1):
        with pytest.raises(IndexError, match=f"row {number}: there are {SONGS}"):
            rows[number]


def test_an_unknown_song_brings_the_nearest(export: Path) -> None:
    with pytest.raises(BadCall, match="no row of song 'test:5'") as caught:
        symmv_tools.load(export)["test:5"]
    assert "did you mean 'test:" in caught.value.hint


def test_rows_travel_to_another_process_without_what_was_read(export: Path) -> None:
    rows = symmv_tools.load(export, columns=["note_midi"])
    rows["test:07"]
    copy: Rows = pickle.loads(pickle.dumps(rows))
    assert len(pickle.dumps(rows)) < 2000
    assert plain(copy["test:07"]) == plain(rows["test:07"])


def test_tables_hold_all_rows_for_other_libraries(export: Path) -> None:
    rows = symmv_tools.load(export, columns=["duration"])
    assert pa.concat_tables(rows.tables()).num_rows == SONGS
    assert len(rows.files) == 3


def test_leaving_the_rows_early_ends_the_reader(export: Path) -> None:
    found: Iterator[Row] = iter(symmv_tools.load(export))
    next(found)
    found.close()  # type: ignore[attr-defined]


# --- configs --------------------------------------------------------------------------------------


def test_an_export_says_its_configs(export: Path) -> None:
    assert configs(export) == ["default", "failures", "features_motion"]


def test_failures_are_rows_too(export: Path) -> None:
    assert [row["code"] for row in symmv_tools.load(export, config="failures")] == ["EMPTY"]


def test_features_are_found_by_song(export: Path) -> None:
    features = symmv_tools.load(export, config="features_motion")["test:04"]["features_motion"]
    assert features["value"].shape == (4, 3)
    assert features["value"][2].tolist() == [1.0, 1.0, 2.0]


def test_a_song_with_many_rows_is_found_but_not_guessed(tmp_path: Path) -> None:
    (tmp_path / "segments").mkdir()
    table = pa.table({"song_id": ["b", "a", "b"], "start": [0.0, 0.0, 16.0]})
    pq.write_table(table, tmp_path / "segments" / "train-00000-of-00001.parquet", row_group_size=2)
    rows = symmv_tools.load(tmp_path, config="segments", split="train")
    assert rows.find("b") == [0, 2]
    assert rows.find("c") == []
    assert [row["start"] for row in rows.take(rows.find("b"))] == [0.0, 16.0]
    with pytest.raises(BadCall, match="2 rows are of song 'b'") as caught:
        rows["b"]
    assert "rows.find" in caught.value.hint


@pytest.mark.parametrize(
    ("asked", "said", "hint"),
    [
        ({"config": "feature_motion"}, "no config 'feature_motion'; it has default", "features_motion"),
        ({"config": "../data"}, "no config '../data'", "known"),
        ({"split": "validation"}, "no split 'validation'; it has train, test", "validation"),
        ({"split": "train", "config": "failures"}, "it has no splits at all", "train"),
        ({"columns": ["cord"]}, "no column 'cord'", "did you mean 'chord'"),
        ({"columns": ["chord.label"]}, "no column 'chord.label'", "chord.value"),
        ({"columns": ["title.time"]}, "no column 'title.time'", "'title'"),
    ],
)
def test_what_is_not_there_is_refused(export: Path, asked: dict[str, Any], said: str, hint: str) -> None:
    with pytest.raises(BadCall, match=said) as caught:
        symmv_tools.load(export, **asked)
    assert hint in caught.value.hint


def test_a_folder_that_is_no_export_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadCall, match="no Parquet files in its folders"):
        symmv_tools.load(tmp_path)
    with pytest.raises(BadCall, match="there is no export at"):
        symmv_tools.load(tmp_path / "none")


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "train-00000-of-00001.parquet").write_bytes(b"PAR1 this is none")
    with pytest.raises(BadCall, match=r"train-00000.*cannot be read as Parquet"):
        symmv_tools.load(tmp_path)


# --- media ----------------------------------------------------------------------------------------


@pytest.fixture
def with_media(tmp_path: Path) -> Path:
    """An export made elsewhere, in a folder called like a pattern; one of its media, below `elsewhere/`."""
    paths = {"a": "/home/ann/work/media/ab/x.mp4", "b": "../../secret.mp4", "c": "gone.mp4"}
    rows = [song(f"test:{name}", video={"bytes": None, "path": path}) for name, path in paths.items()]
    write_rows(tmp_path / "[export]" / "data", [*rows, song("test:d")])
    (tmp_path / "elsewhere" / "media" / "ab").mkdir(parents=True)
    (tmp_path / "elsewhere" / "media" / "ab" / "x.mp4").write_bytes(b"x")
    (tmp_path / "secret.mp4").write_bytes(b"x")
    return tmp_path


def test_media_are_found_below_their_root(with_media: Path) -> None:
    root = with_media / "elsewhere"
    rows = symmv_tools.load(with_media / "[export]", media_root=root)
    assert rows["test:a"]["video"]["path"] == str(root / "media" / "ab" / "x.mp4")
    assert rows.media("test:a", "video").read_bytes() == b"x"
    assert rows["test:d"]["video"] is None


@pytest.mark.parametrize("song_id", ["test:b", "test:c"])
def test_a_missing_medium_is_an_error_only_when_asked_for(with_media: Path, song_id: str) -> None:
    rows = symmv_tools.load(with_media / "[export]", media_root=with_media / "elsewhere")
    row = rows[song_id]
    assert row["video"]["path"] in ("../../secret.mp4", "gone.mp4")
    with pytest.raises(BadMedium, match="is not there below") as caught:
        rows.media(row, "video")
    assert caught.value.code == "MEDIA_MISSING"


def test_a_row_without_a_video_says_so(with_media: Path) -> None:
    with pytest.raises(BadMedium, match="names no video"):
        symmv_tools.load(with_media / "[export]").media("test:d", "video")


# --- torch ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("workers", [0, 2])
def test_the_workers_of_a_loader_divide_the_rows(export: Path, workers: int) -> None:
    rows = symmv_tools.load(export, columns=["note_midi", "chord"])
    found = list(DataLoader(rows.to_torch(), batch_size=None, num_workers=workers))
    assert Counter(row["song_id"] for row in found) == Counter(rows.ids())
    by_id = {row["song_id"]: plain(row) for row in rows}
    assert all(plain(row) == by_id[row["song_id"]] for row in found)
    assert isinstance(found[0]["note_midi"]["time"], torch.Tensor)


def song_id(row: Row) -> str:
    """What an item of these loaders is."""
    return str(row["song_id"])


@pytest.mark.parametrize("workers", [0, 2])
def test_shuffling_follows_the_seed_and_differs_by_epoch(export: Path, workers: int) -> None:
    rows = symmv_tools.load(export, columns=["title"])
    loader = DataLoader(rows.to_torch(shuffle=True, transform=song_id), batch_size=None, num_workers=workers)

    def two_epochs() -> list[list[str]]:
        torch.manual_seed(7)
        return [list(loader) for _ in range(2)]

    first, second = two_epochs()
    assert first != second
    assert sorted(first) == sorted(second) == sorted(rows.ids())
    assert two_epochs() == [first, second]


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 40))
def test_any_number_of_shares_holds_every_row_once(export: Path, shares: int) -> None:
    rows = symmv_tools.load(export, columns=["title"])
    bounds = [SONGS * i // shares for i in range(shares + 1)]
    found = [row["song_id"] for a, b in pairwise(bounds) for row in rows.stream(a, b)]
    assert found == rows.ids()


def test_the_ranks_of_a_training_divide_the_rows_too(export: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = symmv_tools.load(export, columns=["title"])
    monkeypatch.setattr("torch.distributed.is_initialized", lambda: True)
    monkeypatch.setattr("torch.distributed.get_world_size", lambda: 3)
    found = []
    for rank in range(3):
        monkeypatch.setattr("torch.distributed.get_rank", lambda rank=rank: rank)
        found += [row["song_id"] for row in rows.to_torch()]
    assert found == rows.ids()


def test_streaming_holds_no_more_than_two_row_groups(export: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The one in use, and the one that is read meanwhile."""
    read, used = list[int](), 0
    original = row_groups.RowGroups.read

    def counted(self: row_groups.RowGroups, group: int) -> pa.Table:
        read.append(group)
        return original(self, group)

    monkeypatch.setattr(row_groups.RowGroups, "read", counted)
    for _ in symmv_tools.load(export).tables():
        used += 1
        assert len(read) <= used + 1
    assert read == list(range(used))


def test_rows_are_a_map_style_data_set_as_they_are(export: Path) -> None:
    rows = symmv_tools.load(export, columns=["note_midi"])
    loader: Any = DataLoader(rows, batch_size=4, shuffle=True, num_workers=2, collate_fn=list)  # type: ignore[arg-type]
    assert Counter(row["song_id"] for batch in loader for row in batch) == Counter(rows.ids())


# --- Hugging Face ---------------------------------------------------------------------------------

# In a process of its own: `datasets` reads its cache's place once, at import.
LOAD = """
import json, sys
import symmv_tools
rows = symmv_tools.load(sys.argv[1], columns=["song_id", "note_midi", "video"], media_root=sys.argv[2])
here, streamed = list(rows.to_hf()), list(rows.to_hf(streaming=True))
assert here == streamed, (here[0], streamed[0])
print(json.dumps(here))
"""


def test_hugging_face_gives_the_same_rows(with_media: Path, tmp_path: Path) -> None:
    root = with_media / "elsewhere"
    words = [sys.executable, "-c", LOAD, str(with_media / "[export]"), str(root)]
    environment = {"HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path / "hf"), "HOME": str(tmp_path)}
    environment |= {"PATH": "/usr/bin:/bin", "PYTHONPATH": ":".join(sys.path)}
    done = subprocess.run(words, env=environment, capture_output=True, text=True, timeout=50)
    assert done.returncode == 0, done.stderr
    rows = symmv_tools.load(with_media / "[export]", columns=["note_midi", "video"], media_root=root)
    assert json.loads(done.stdout.splitlines()[-1]) == [plain(row) for row in rows]


def test_a_missing_package_is_a_sentence(export: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "datasets", None)
    with pytest.raises(MissingPackage, match=r"to_hf\(\) needs the Python package") as caught:
        symmv_tools.load(export).to_hf()
    assert caught.value.hint == "pip install 'datasets'"
