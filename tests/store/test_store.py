"""The store keeps every row, finds the newest, and can always be read anew from its parts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from symmv_tools import row
from symmv_tools.errors import BadCall
from symmv_tools.song import Song
from symmv_tools.stage import Done, Failed, Rejected
from symmv_tools.store import Store
from symmv_tools.store.compact import compact_table
from symmv_tools.store.parts import Entry, Ref, fetch, new_name, number_of, write_part

CONFIG = "c" * 16


def entry(song_id: str, fingerprint: int, value: float, config: str = CONFIG) -> Entry:
    return Entry(song_id, f"{fingerprint:032x}", config, Done({"duration": value}))


def write(store: Store, entries: list[Entry], table: str = "t") -> Path:
    path = store.new_part(table)
    write_part(path, {"duration": pa.float64()}, entries, {CONFIG: "{}", "d" * 16: "{}"})
    store.refresh()
    return path


def test_what_a_part_holds_comes_back_as_it_was(tmp_path: Path) -> None:
    notes = {
        "time": np.array([0.1, 1 / 3]),
        "duration": np.array([0.5, 0.25]),
        "value": np.array([60, 127], np.uint8),
        "velocity": np.array([1, 2], np.uint8),
        "track": ["melody", ""],
    }
    nothing: dict[str, list[float]] = {"time": [], "duration": [], "value": [], "velocity": [], "track": []}
    outcomes = [Done({"notes": notes}), Done({"notes": nothing}), Done({"notes": None})]
    entries = [Entry(f"s{i}", "0" * 32, CONFIG, outcome) for i, outcome in enumerate(outcomes)]
    path = tmp_path / new_name(7)
    write_part(path, {"notes": row.NOTES}, entries, {CONFIG: "{}"})
    cells = fetch([Ref(str(path), i) for i in range(3)], ["notes", "outcome"])
    found = [cells[Ref(str(path), i)]["notes"] for i in range(3)]
    np.testing.assert_array_equal(found[0]["time"], notes["time"])
    assert found[0]["track"] == ["melody", ""]
    assert len(found[1]["time"]) == 0
    assert found[2] is None


def test_rows_beyond_the_first_row_group_are_found(tmp_path: Path) -> None:
    path = tmp_path / new_name(1)
    write_part(path, {"duration": pa.float64()}, [entry(f"s{i}", i, float(i)) for i in range(200)], {})
    assert fetch([Ref(str(path), 150)], ["song_id", "duration"]) == {
        Ref(str(path), 150): {"song_id": "s150", "duration": 150.0}
    }


def test_part_numbers_only_grow_also_after_the_cache_is_gone(tmp_path: Path) -> None:
    store = Store.open(tmp_path, create=True)
    first = write(store, [entry("a", 1, 1.0)])
    store.close()
    for file in tmp_path.glob("cache.sqlite*"):
        file.unlink()
    store = Store.open(tmp_path)
    store.refresh()
    assert number_of(store.new_part("u").name) > number_of(first.name)


def test_the_newest_row_of_a_fingerprint_counts(tmp_path: Path) -> None:
    store = Store.open(tmp_path, create=True)
    write(store, [Entry("a", "1" * 32, CONFIG, Failed("X", "it broke"))])
    write(store, [Entry("a", "1" * 32, CONFIG, Done({"duration": 1.0}))])
    (known,) = store.known("t", ["a"])["a"]
    assert known.outcome == "done"
    assert store.cache.tally("t", CONFIG) == {"done": 1}


_ACTIONS = st.lists(
    st.tuples(
        st.sampled_from("abc"), st.integers(0, 2), st.sampled_from(["c" * 16, "d" * 16]), st.integers(0, 2)
    ),
    min_size=1,
    max_size=6,
)
_OUTCOMES = (Done({"duration": 1.0}), Rejected("R", "no"), Failed("F", "oh"))


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(parts=st.lists(_ACTIONS, min_size=1, max_size=6))
def test_tallies_rebuilding_and_compacting_all_agree(
    tmp_path_factory: pytest.TempPathFactory, parts: list[list[tuple[str, int, str, int]]]
) -> None:
    """Counting as parts arrive, counting after a rebuild and counting after compaction say the same."""
    root = tmp_path_factory.mktemp("store")
    store = Store.open(root, create=True)
    newest: dict[tuple[str, str], str] = {}
    for actions in parts:
        # The fingerprint follows from the config, as it does in life.
        rows = {(song, config, fp): o for song, fp, config, o in actions}
        entries = [
            Entry(s, f"{config[0]}{fp:031x}", config, _OUTCOMES[o]) for (s, config, fp), o in rows.items()
        ]
        write(store, entries)
        newest |= {(s, config): type(_OUTCOMES[o]).__name__.lower() for (s, config, fp), o in rows.items()}
    expected: dict[str, dict[str, int]] = {"c" * 16: {}, "d" * 16: {}}
    for (_, config), outcome in newest.items():
        expected[config][outcome] = expected[config].get(outcome, 0) + 1

    def tallies(store: Store) -> dict[str, dict[str, int]]:
        return {config: store.cache.tally("t", config) for config in expected}

    assert tallies(store) == expected
    before = {
        s: [(k.fingerprint, k.outcome) for k in rows] for s, rows in store.known("t", list("abc")).items()
    }
    compact_table(store, "t")
    assert tallies(store) == expected
    after = {
        s: [(k.fingerprint, k.outcome) for k in rows] for s, rows in store.known("t", list("abc")).items()
    }
    assert after == before
    assert len(list((root / "tables" / "t").glob("part-*"))) == 1
    store.close()
    (root / "cache.sqlite").unlink()
    again = Store.open(root)
    again.refresh()
    assert tallies(again) == expected


def test_songs_come_back_in_order_and_only_changes_are_written(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "work", create=True)
    songs = [Song(f"s{i}", title="x", audio_video_offset=0.5) for i in range(5)]
    assert store.put(songs) == 5
    assert store.put(songs) == 0
    assert store.put([*songs[:4], Song("s4", title="y")]) == 1
    assert [r.song.title for batch in store.batches(2) for r in batch] == ["x", "x", "x", "x", "y"]
    assert store.count_songs() == 5


def test_a_folder_that_is_no_store_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadCall, match="is not a symmv store"):
        Store.open(tmp_path)
