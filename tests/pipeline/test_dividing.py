"""Exports of a growing store: old rows stay in their splits, and nothing ties two splits together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from symmv_tools.dataset.splits import group_ids, split_of
from symmv_tools.errors import BadCall, BadManifest
from symmv_tools.pipeline.dividing import NAME, Splitting
from symmv_tools.pipeline.exporting import export
from symmv_tools.pipeline.house import House
from symmv_tools.song import Song
from symmv_tools.stage import Context, Done, Item, Outcome, Stage
from symmv_tools.store import Store
from tests.fake_stages import WORLD, annotate_here

SPLITS = ("train", "validation", "test")


def _listen(items: Sequence[Item], settings: Any, context: Context) -> Iterator[Outcome]:
    """A print of 60 s for each "recording": its text is the seed, so equal texts are one recording."""
    for item in items:
        seed = int(Path(item.song.audio or "").read_text(encoding="utf-8"))
        words = np.random.default_rng(seed).integers(1, 2**32, 600, np.uint32)
        yield Done({"audio_print": words})


def _recognise(items: Sequence[Item], settings: Any, context: Context) -> Iterator[Outcome]:
    for item in items:
        seed = Path(item.song.audio or "").read_text(encoding="utf-8").strip()
        yield Done({"shazam_id": "7" if seed == "7" else None})


LISTEN = Stage("listen", "1.0.0", {"audio_print": pa.list_(pa.uint32())}, media=("audio",), run=_listen)
SHAZAM = Stage("recognise", "1.0.0", {"shazam_id": pa.string()}, media=("audio",), run=_recognise)
STAGES = (*WORLD, LISTEN, SHAZAM)


class Shop:
    """A store that songs are put into, and what its exports say."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        Store.open(folder / "work", create=True).close()

    def put(self, *songs: Song) -> None:
        """Record and annotate songs; each without a MIDI file gets one of its own."""
        store = Store.open(self.folder / "work")
        store.refresh()
        store.put([self._with_midi(song) for song in songs])
        annotate_here(House(store, STAGES))
        store.close()

    def _with_midi(self, song: Song) -> Song:
        path = self.folder / f"{song.song_id}.mid"
        path.write_text(song.song_id, encoding="utf-8")
        return Song(**{**vars(song), "midi": song.midi or str(path)})

    def export(self, out: str = "out", splitting: Splitting | None = None, **options: Any) -> dict[str, str]:
        """Export; return the split of every row."""
        house = House.open(self.folder / "work", stages=STAGES)
        export(house, self.folder / out, splitting=splitting or Splitting(), **options)
        house.store.close()
        rows = self.rows(out)
        return {song_id: row["split"] for song_id, row in rows.items()}

    def rows(self, out: str = "out") -> dict[str, dict[str, Any]]:
        """The exported rows by song_id."""
        table = pq.read_table(self.folder / out / "data", columns=["song_id", "split", "group_id"])
        return {row["song_id"]: row for row in table.to_pylist()}

    def failures(self, out: str = "out") -> list[tuple[str, str, str]]:
        """Song, code and reason of each line of `failures`."""
        rows = pq.read_table(self.folder / out / "failures").to_pylist()
        return [(row["song_id"], row["code"], row["reason"]) for row in rows]

    def files(self, out: str = "out") -> dict[str, bytes]:
        """Every file of an export."""
        root = self.folder / out
        return {str(p.relative_to(root)): p.read_bytes() for p in root.rglob("*") if p.is_file()}

    def sound(self, name: str, seed: int) -> str:
        """Write a "recording"."""
        path = self.folder / name
        path.write_text(f"{seed}\n" + " " * len(name), encoding="utf-8")  # equal sound, another file
        return str(path)


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


def page(name: str) -> str:
    return f"https://example.org/{name}"


def alone(split: str, start: int = 0) -> str:
    """An id whose own group's hash puts it into a split."""
    names = (f"m{i}" for i in range(start, 10_000))
    return next(name for name in names if split_of(group_ids([{"song_id": name}])[name]) == split)


def test_songs_that_are_added_move_no_old_row_and_a_bridge_is_held_out(shop: Shop) -> None:
    train, test = alone("train"), alone("test")
    shop.put(Song(train, video_url=page("1")), Song(test, video_url=page("2")))
    before = shop.export()
    assert before == {train: "train", test: "test"}
    shop.put(
        Song("a0", video_url=page("2")),  # smaller than all: by the hash of its id it would be in training
        Song("a1", video_url=page("1"), cover_url=page("2")),
    )
    after = shop.export("elsewhere")
    assert after == {**before, "a0": "test"}
    assert shop.rows("elsewhere")["a0"]["group_id"] == shop.rows("out")[test]["group_id"]
    ((song_id, code, why),) = shop.failures("elsewhere")
    assert (song_id, code) == ("a1", "bridges_splits")
    assert why == f"would join the groups of {train} (train) and {test} (test), and published splits stay"


def test_two_exports_of_one_store_are_equal_to_the_byte(shop: Shop) -> None:
    shop.put(*(Song(f"s{i}", video_url=page(str(i // 2))) for i in range(8)))
    shop.export("one")
    shop.put(Song("a", video_url=page("0"), cover_url=page("1")))
    shop.export("two")
    remembered = (shop.folder / "work" / NAME).read_bytes()
    shop.export("other/two")
    assert shop.files("two") == shop.files("other/two")
    assert (shop.folder / "work" / NAME).read_bytes() == remembered


def test_one_recording_under_two_names_is_one_group(shop: Shop) -> None:
    shop.put(
        Song("a", audio=shop.sound("a.wav", 1)),
        Song("b", audio=shop.sound("bb.wav", 1)),
        Song("c", audio=shop.sound("c.wav", 2)),
    )
    shop.export()
    groups = {song_id: row["group_id"] for song_id, row in shop.rows().items()}
    assert groups["a"] == groups["b"] != groups["c"]


def test_what_a_stage_heard_ties_songs_as_what_a_source_said(shop: Shop) -> None:
    shop.put(Song("a", audio=shop.sound("a.wav", 7)), Song("b", shazam_id="7"), Song("c", shazam_id="8"))
    shop.export()
    groups = {song_id: row["group_id"] for song_id, row in shop.rows().items()}
    assert groups["a"] == groups["b"] != groups["c"]


def test_one_song_by_title_and_artist_is_one_group_and_an_artist_is_if_asked(shop: Shop) -> None:
    shop.put(
        Song("a", title="Señorita", artist="Shawn Mendes"),
        Song("b", title="Senorita!", artist="SHAWN MENDES"),
        Song("c", title="Stitches", artist="Shawn Mendes"),
    )
    shop.export()
    groups = {song_id: row["group_id"] for song_id, row in shop.rows().items()}
    assert groups["a"] == groups["b"] != groups["c"]
    shop.export("by artist", Splitting(by=("artist",)))
    assert len({row["group_id"] for row in shop.rows("by artist").values()}) == 1
    with pytest.raises(BadCall, match="grouped by 'artists'") as caught:
        Splitting(by=("artists",))
    assert "'artist'" in caught.value.hint


def test_a_song_that_could_not_be_exported_keeps_its_place_for_later(shop: Shop) -> None:
    test = alone("test")
    shop.put(Song(test, video_url=page("1")))
    shop.export()
    (shop.folder / f"{test}.mid").write_text("reject", encoding="utf-8")
    store = Store.open(shop.folder / "work")
    store.refresh()
    store.put([Song(test, video_url=page("1"), midi=str(shop.folder / f"{test}.mid"))])
    annotate_here(House(store, STAGES))
    store.close()
    shop.put(Song("a", video_url=page("1")))
    assert shop.export() == {"a": "test"}


# --- lists ----------------------------------------------------------------------------------------


def write_list(shop: Shop, text: str) -> Splitting:
    path = shop.folder / "mine.tsv"
    path.write_text(text, encoding="utf-8")
    return Splitting(str(path))


def test_a_list_says_who_is_where_and_the_rest_follows_its_groups(shop: Shop) -> None:
    shop.put(Song("a", video_url=page("1")), Song("b", video_url=page("1")), Song("c"))
    mine = write_list(shop, "song_id\tsplit\na\ttest\nc\tvalidation\nelsewhere\ttrain\n")
    assert shop.export("listed", mine) == {"a": "test", "b": "test", "c": "validation"}
    assert shop.export("by hash") != shop.export("listed", mine), "another policy has another memory"


def test_of_a_list_that_would_leak_the_training_side_is_held_out(shop: Shop) -> None:
    shop.put(Song("a", video_url=page("1")), Song("b", video_url=page("1")), Song("c"))
    mine = write_list(shop, "song_id\tsplit\na\ttest\nb\ttrain\nc\ttrain\n")
    assert shop.export("listed", mine) == {"a": "test", "c": "train"}
    ((song_id, code, why),) = shop.failures("listed")
    assert (song_id, code) == ("b", "bridges_splits")
    assert "tied to a (test)" in why


def test_a_list_that_would_move_a_published_row_is_refused(shop: Shop) -> None:
    shop.put(Song("a"), Song("b"))
    shop.export("listed", write_list(shop, "song_id\tsplit\na\ttest\nb\ttrain\n"))
    files = shop.files("listed")
    with pytest.raises(BadCall, match="'b' in test, but it was exported in train"):
        shop.export("listed", write_list(shop, "song_id\tsplit\na\ttest\nb\ttest\n"))
    assert shop.files("listed") == files


def test_an_earlier_export_is_a_list_for_a_store_that_was_lost(shop: Shop, tmp_path: Path) -> None:
    songs = [Song(f"s{i}", video_url=page(str(i // 2))) for i in range(12)]
    shop.put(*songs)
    before = shop.export("one", write_list(shop, "song_id\tsplit\ns0\ttest\ns4\tvalidation\n"))
    (tmp_path / "again").mkdir()
    other = Shop(tmp_path / "again")
    other.put(*songs, Song("a", video_url=page("0")))
    after = other.export("two", Splitting(str(shop.folder / "one")))
    assert after == {**before, "a": "test"}
    assert other.export("three") == after, "from then on the store remembers by itself"
    assert {s: r["group_id"] for s, r in other.rows("two").items() if s != "a"} == {
        s: r["group_id"] for s, r in shop.rows("one").items()
    }


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("song_id\tplace\na\ttest\n", r"mine.tsv:1: .*song_id and split"),
        ("song_id\tsplit\na\ttesting\n", r"mine.tsv:2: .*'testing'"),
        ("song_id\tsplit\na\ttest\nb\n", r"mine.tsv:3: .*''"),
        ("song_id\tsplit\na\ttest\n\na\ttrain\n", r"mine.tsv:4: 'a' is in train and in test"),
        ("song_id\tsplit\tgroup_id\na\ttest\tg\nb\ttrain\tg\n", r"group 'g' spans test and train"),
        ("", r"mine.tsv:1"),
    ],
)
def test_a_list_that_makes_no_sense_is_refused_with_its_line(shop: Shop, text: str, complaint: str) -> None:
    shop.put(Song("a"))
    with pytest.raises(BadManifest, match=complaint):
        shop.export("listed", write_list(shop, text))


def test_a_list_that_is_not_there_is_refused_with_the_nearest(shop: Shop) -> None:
    with pytest.raises(BadCall, match="'simmv'") as caught:
        shop.export("listed", Splitting("simmv"))
    assert "'symmv'" in caught.value.hint


# --- licences -------------------------------------------------------------------------------------


def test_only_licensed_leaves_out_what_may_not_be_passed_on_and_says_so(shop: Shop) -> None:
    shop.put(
        Song("a", license="CC BY-NC-SA 4.0"),
        Song("b", license="Standard YouTube License"),
        Song("c"),
    )
    assert set(shop.export("all")) == {"a", "b", "c"}
    assert set(shop.export("licensed", only_licensed=True)) == {"a"}
    assert shop.failures("licensed") == [
        ("b", "NOT_LICENSED", "its licence is 'Standard YouTube License'"),
        ("c", "NOT_LICENSED", "it has no licence"),
    ]
