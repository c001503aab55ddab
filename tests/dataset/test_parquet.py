"""write_rows: names, cuts, equal bytes, and nothing left behind by an error."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from symmv_tools.dataset.check import BadRow
from symmv_tools.dataset.parquet import write_rows
from symmv_tools.errors import BadCall

pytestmark = pytest.mark.quick

Row = dict[str, Any]
Maker = Callable[..., Row]


def groups_of(path: Path) -> list[int]:
    """How many rows each row group holds."""
    metadata = pq.ParquetFile(path).metadata
    return [metadata.row_group(i).num_rows for i in range(metadata.num_row_groups)]


def ids_in(path: Path) -> list[str]:
    return [str(song_id) for song_id in pq.read_table(path)["song_id"].to_pylist()]


def test_files_are_named_as_on_the_hub(tmp_path: Path, midi_only_song: Maker) -> None:
    rows = [midi_only_song(f"s{i}", split) for i, split in enumerate(["test", "train", "train", "train"])]
    paths = write_rows(tmp_path, rows, rows_per_file=2)
    assert [path.name for path in paths] == [
        "train-00000-of-00002.parquet",
        "train-00001-of-00002.parquet",
        "test-00000-of-00001.parquet",
    ]
    assert sorted(tmp_path.iterdir()) == sorted(paths)
    assert [ids_in(path) for path in paths] == [["s1", "s2"], ["s3"], ["s0"]]


def test_a_row_group_ends_after_so_many_rows(tmp_path: Path, midi_only_song: Maker) -> None:
    (path,) = write_rows(tmp_path, (midi_only_song(f"s{i}") for i in range(7)), rows_per_group=3)
    assert groups_of(path) == [3, 3, 1]


def test_a_row_group_ends_before_so_many_bytes(tmp_path: Path, midi_only_song: Maker) -> None:
    rows = [
        midi_only_song(f"s{i}") | {"midi": bytes(size)} for i, size in enumerate([9000, 9000, 50000, 10, 10])
    ]
    (path,) = write_rows(tmp_path, rows, group_bytes=24000)
    assert groups_of(path) == [2, 1, 2]


def test_a_file_boundary_ends_a_row_group_too(tmp_path: Path, midi_only_song: Maker) -> None:
    rows = (midi_only_song(f"s{i}") for i in range(5))
    paths = write_rows(tmp_path, rows, rows_per_group=2, rows_per_file=3)
    assert [groups_of(path) for path in paths] == [[2, 1], [2]]


def test_a_full_last_file_is_not_followed_by_an_empty_one(tmp_path: Path, midi_only_song: Maker) -> None:
    assert len(write_rows(tmp_path, [midi_only_song(f"s{i}") for i in range(4)], rows_per_file=2)) == 2


def test_equal_rows_give_equal_bytes(tmp_path: Path, three_songs: list[Row]) -> None:
    first, second = (write_rows(tmp_path / name, three_songs) for name in ("a", "b"))
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]


def test_pages_have_an_index_and_columns_are_zstd(tmp_path: Path, midi_only_song: Maker) -> None:
    (path,) = write_rows(tmp_path, [midi_only_song()])
    column = pq.ParquetFile(path).metadata.row_group(0).column(0)
    assert column.compression == "ZSTD"
    assert column.has_offset_index
    assert column.has_column_index


def test_no_rows_give_no_files(tmp_path: Path) -> None:
    assert write_rows(tmp_path / "new", []) == []


def test_a_null_group_is_not_an_empty_one(tmp_path: Path, midi_only_song: Maker) -> None:
    (path,) = write_rows(tmp_path, [midi_only_song()])
    found = pq.read_table(path).to_pylist()[0]
    assert found["shot"] is None
    assert found["pedal"] == {"time": [], "duration": [], "value": []}


def test_an_error_leaves_nothing_behind(tmp_path: Path, midi_only_song: Maker) -> None:
    def rows() -> Iterator[Row]:
        yield midi_only_song("good")
        yield midi_only_song("other", "test")
        raise RuntimeError("the source dried up")

    with pytest.raises(RuntimeError, match="dried up"):
        write_rows(tmp_path, rows(), rows_per_group=1)
    assert list(tmp_path.iterdir()) == []


def test_old_files_are_never_mixed_with_new_ones(tmp_path: Path, midi_only_song: Maker) -> None:
    write_rows(tmp_path, [midi_only_song()])
    with pytest.raises(BadCall, match="train-00000-of-00001"):
        write_rows(tmp_path, [midi_only_song()])


def test_a_value_of_the_wrong_type_names_song_and_column(tmp_path: Path, midi_only_song: Maker) -> None:
    rows = [midi_only_song("good"), midi_only_song("bad") | {"title": 7}]
    with pytest.raises(BadRow, match=r"song 'bad', column title: not string"):
        write_rows(tmp_path, rows)
