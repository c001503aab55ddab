"""The lists of splits that symmv ships keep their promises."""

from __future__ import annotations

from collections import Counter

import pytest

from symmv_tools.dataset.frozen import read_frozen
from symmv_tools.dataset.splits import Published, divide
from symmv_tools.dataset.ties import page_of
from tests.golden import make_splits

pytestmark = pytest.mark.quick

SIZES = {
    "symmv": {"train": 1000, "validation": 70, "test": 70},
    "pop909": {"train": 700, "validation": 100, "test": 109},
}


@pytest.mark.parametrize("name", SIZES)
def test_a_list_has_the_sizes_it_promises(name: str) -> None:
    assert Counter(said.split for said in read_frozen(name).values()) == SIZES[name]


@pytest.mark.parametrize("name", SIZES)
def test_a_list_is_what_its_script_makes(name: str) -> None:
    made = getattr(make_splits, name)()
    assert read_frozen(name) == {song_id: Published(split) for song_id, split in made.items()}


@pytest.mark.parametrize("name", SIZES)
def test_no_group_of_a_list_spans_splits(name: str) -> None:
    frozen, songs = read_frozen(name), make_splits.songs_of(name)
    assert {song["song_id"] for song in songs} <= frozen.keys()
    division = divide(songs, frozen)
    assert not division.held_out
    assert all(division.of(song["song_id"]).split == frozen[song["song_id"]].split for song in songs)


def test_symmvs_shared_addresses_and_shazam_ids_never_span_splits() -> None:
    frozen, songs = read_frozen("symmv"), make_splits.songs_of("symmv")
    shared = {}
    for column in ("video_url", "shazam_id"):
        users: dict[str, list[str]] = {}
        for song in songs:
            if song[column]:
                users.setdefault(song[column], []).append(frozen[song["song_id"]].split)
        spanning = [splits for splits in users.values() if len(splits) > 1]
        assert all(len(set(splits)) == 1 for splits in spanning)
        shared[column] = len(spanning)
    assert shared == {"video_url": 62, "shazam_id": 20}


def test_symmvs_test_set_has_70_distinct_videos_that_nobody_else_has() -> None:
    frozen, songs = read_frozen("symmv"), make_splits.songs_of("symmv")
    users = Counter(page_of(song["video_url"]) for song in songs)
    held_out = {song["song_id"] for song in songs if frozen[song["song_id"]].split == "test"}
    pages = {page_of(song["video_url"]) for song in songs if song["song_id"] in held_out}
    assert len(held_out) == len(pages) == 70
    assert all(users[page] == 1 for page in pages)


def test_pop909_is_split_by_number() -> None:
    frozen = read_frozen("pop909")
    assert [frozen[f"pop909:{n}"].split for n in ("700", "701", "800", "801", "909")] == [
        "train", "validation", "validation", "test", "test",
    ]  # fmt: skip
