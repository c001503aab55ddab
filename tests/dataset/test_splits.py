"""Laws of groups and splits."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from symmv_tools.dataset.splits import Division, Published, divide, group_ids, split_of
from symmv_tools.dataset.ties import ties

pytestmark = pytest.mark.quick

Song = dict[str, Any]
VALUES = {
    "audio_sha256": [digit * 64 for digit in "abcd"],
    "video_sha256": [digit * 64 for digit in "abcd"],
    "video_url": [f"https://example.org/{name}" for name in "abcd"],
    "shazam_id": list("1234"),
    "isrc": [f"QZAA1260000{digit}" for digit in "1234"],
    "recording": list("abcd"),
}


def songs_named(names: st.SearchStrategy[str], most: int = 10) -> st.SearchStrategy[list[Song]]:
    """Songs that share a thing now and then; most columns are empty, so that not all are one group."""
    columns = {name: st.sampled_from([None, None, None, "", *values]) for name, values in VALUES.items()}
    return st.lists(
        st.fixed_dictionaries({"song_id": names, **columns}),
        max_size=most,
        unique_by=lambda song: song["song_id"],
    )


some_songs = songs_named(st.text("xyz0123", min_size=1))
SPLIT = st.sampled_from(("train", "validation", "test"))


def reachable(songs: list[Song]) -> dict[str, set[str]]:
    """Brute force: every song's group as a set of ids, by walking ties until nothing is new."""
    tied = {song["song_id"]: set(ties(song)) for song in songs}
    groups = {}
    for song_id in tied:
        found = [song_id]
        for member in found:
            found += [other for other in tied if other not in found and tied[member] & tied[other]]
        groups[song_id] = set(found)
    return groups


def exported(songs: list[Song], division: Division) -> dict[str, Published]:
    """Where each song lies that is not held out."""
    ids = (song["song_id"] for song in songs)
    return {song_id: division.of(song_id) for song_id in ids if song_id not in division.held_out}


# --- groups ---------------------------------------------------------------------------------------


@settings(max_examples=30, deadline=None)
@given(some_songs)
def test_groups_are_what_a_walk_along_the_ties_finds(songs: list[Song]) -> None:
    ids, walked = group_ids(songs), reachable(songs)
    for a in walked:
        assert {b for b in walked if ids[b] == ids[a]} == walked[a]


@settings(max_examples=30, deadline=None)
@given(some_songs)
def test_tied_songs_share_a_split(songs: list[Song]) -> None:
    division = divide(songs)
    assert not division.held_out
    for members in reachable(songs).values():
        assert len({division.of(song_id) for song_id in members}) == 1


def test_a_song_id_ties_nothing_but_itself() -> None:
    ids = group_ids([{"song_id": "1"}, {"song_id": "b", "shazam_id": "1"}])
    assert ids["1"] != ids["b"]


def test_no_songs_make_no_groups() -> None:
    assert group_ids([]) == {}


# --- the hash -------------------------------------------------------------------------------------


def test_shares_are_90_5_5() -> None:
    counts = Counter(split_of(str(i)) for i in range(20000))
    assert counts["train"] == pytest.approx(18000, abs=200)
    assert counts["validation"] == pytest.approx(1000, abs=150)
    assert counts["test"] == pytest.approx(1000, abs=150)


def test_names_and_splits_of_groups_are_promises() -> None:
    """Everybody who has an export relies on these: a change here moves songs between splits."""
    assert group_ids([{"song_id": "pop909:001"}]) == {"pop909:001": "6d2f410d571fe562"}
    assert {str(i): split for i in range(40) if (split := split_of(str(i))) != "train"} == {
        "10": "validation", "11": "validation", "23": "validation", "25": "validation",
        "33": "test", "34": "test",
    }  # fmt: skip


def test_another_salt_is_another_split() -> None:
    assert any(split_of(str(i)) != split_of(str(i), "other") for i in range(100))


# --- what was published stays ---------------------------------------------------------------------


@settings(max_examples=50, deadline=None)
@given(some_songs, songs_named(st.text("abcXYZ", min_size=1)))
def test_new_songs_never_move_a_published_one(old: list[Song], new: list[Song]) -> None:
    """The ids of new songs sort before, between and after the old ones, and they tie at will."""
    before = exported(old, divide(old))
    later = exported([*new, *old], divide([*new, *old], before))
    assert {song_id: later[song_id].split for song_id in before} == {s: p.split for s, p in before.items()}
    kept = {later[song_id].group_id for song_id in before}
    assert kept <= {where.group_id for where in before.values()}, (
        "a group keeps its name, or another's old one"
    )


@settings(max_examples=50, deadline=None)
@given(some_songs, st.data())
def test_no_exported_group_spans_splits_whatever_was_published(
    songs: list[Song], data: st.DataObject
) -> None:
    published = {s["song_id"]: Published(data.draw(SPLIT)) for s in songs if data.draw(st.booleans())}
    division = divide(songs, published)
    there = exported(songs, division)
    for members in reachable([song for song in songs if song["song_id"] in there]).values():
        assert len({there[song_id] for song_id in members}) == 1
    for song_id in there.keys() & published.keys():
        assert there[song_id].split == published[song_id].split
    names: dict[str | None, str] = {}
    assert all(names.setdefault(where.group_id, where.split) == where.split for where in there.values())


@settings(max_examples=50, deadline=None)
@given(st.data())
def test_ties_that_are_gone_since_do_no_harm(data: st.DataObject) -> None:
    """A list puts songs anywhere, an export names groups, and then every tie changes."""
    few = songs_named(st.sampled_from("abcdef"))
    songs = data.draw(few)
    listed = {song["song_id"]: Published(data.draw(SPLIT)) for song in data.draw(few)}
    published = listed | exported(songs[::2], divide(songs, listed))
    again = data.draw(few)
    later = exported(again, divide(again, published))
    assert all(later[s].split == said.split for s, said in published.items() if s in later)
    names = {where.group_id: where.split for where in later.values()}
    assert all(names[where.group_id] == where.split for where in later.values())


def test_a_name_that_was_published_in_another_split_is_not_given_again() -> None:
    """`a` once named the group that `b` was published in, and has since lost that tie for one to `z`."""
    name = group_ids([{"song_id": "a"}])["a"]
    published = {"b": Published("train", name), "z": Published("test")}
    tied = [{"song_id": "a", "shazam_id": "1"}, {"song_id": "z", "shazam_id": "1"}, {"song_id": "b"}]
    division = divide(tied, published)
    assert division.of("b") == Published("train", name)
    assert division.of("a").split == division.of("z").split == "test"
    assert division.of("a").group_id != name


@settings(max_examples=50, deadline=None)
@given(some_songs, st.data())
def test_a_song_is_held_out_only_if_its_group_spans_splits(songs: list[Song], data: st.DataObject) -> None:
    published = {s["song_id"]: Published(data.draw(SPLIT)) for s in songs if data.draw(st.booleans())}
    walked = reachable(songs)
    for song_id in divide(songs, published).held_out:
        assert len({published[m].split for m in walked[song_id] if m in published}) > 1


@settings(max_examples=50, deadline=None)
@given(some_songs, st.data(), st.randoms(use_true_random=False))
def test_the_order_of_songs_does_not_matter(
    songs: list[Song], data: st.DataObject, chance: random.Random
) -> None:
    published = {s["song_id"]: Published(data.draw(SPLIT)) for s in songs if data.draw(st.booleans())}
    shuffled = list(songs)
    chance.shuffle(shuffled)
    one, other = divide(songs, published), divide(shuffled, published)
    assert one.held_out == other.held_out
    assert exported(songs, one) == exported(songs, other)


@settings(max_examples=30, deadline=None)
@given(some_songs, songs_named(st.text("abcXYZ", min_size=1)))
def test_what_was_published_twice_is_published_the_same(old: list[Song], new: list[Song]) -> None:
    songs = [*new, *old]
    published = exported(old, divide(old))
    once = exported(songs, divide(songs, published))
    assert exported(songs, divide(songs, published | once)) == once


@settings(max_examples=30, deadline=None)
@given(some_songs)
def test_published_songs_that_are_no_longer_there_do_no_harm(songs: list[Song]) -> None:
    gone = {"gone": Published("test", "0123456789abcdef")}
    assert exported(songs, divide(songs, gone)) == exported(songs, divide(songs))


def url(name: str) -> str:
    return f"https://example.org/{name}"


TWO = {"a": Published("train", "A"), "z": Published("test", "Z")}
TWO_SONGS = [{"song_id": "a", "video_url": url("a")}, {"song_id": "z", "video_url": url("z")}]


def test_a_new_song_joins_the_group_it_is_tied_to() -> None:
    division = divide([*TWO_SONGS, {"song_id": "0", "video_url": url("z")}], TWO)
    assert division.of("0") == Published("test", "Z")


def test_a_bridge_is_held_out_with_both_groups_named_and_its_neighbours_are_not() -> None:
    songs = [
        *TWO_SONGS,
        {"song_id": "bridge", "video_url": url("a"), "cover_url": url("z"), "shazam_id": "1"},
        {"song_id": "by a", "video_url": url("a")},
        {"song_id": "by the bridge", "shazam_id": "1"},
    ]
    division = divide(songs, TWO)
    assert division.held_out == {
        "bridge": "would join the groups of a (train) and z (test), and published splits stay"
    }
    assert division.of("by a") == Published("train", "A")
    assert division.of("by the bridge").group_id not in ("A", "Z")


def test_a_chain_of_new_songs_between_two_splits_is_held_out_whole() -> None:
    songs = [
        *TWO_SONGS,
        {"song_id": "m", "video_url": url("a"), "shazam_id": "1"},
        {"song_id": "n", "video_url": url("z"), "shazam_id": "1"},
    ]
    assert set(divide(songs, TWO).held_out) == {"m", "n"}


def test_groups_of_one_split_may_be_bridged_and_take_the_smaller_name() -> None:
    both = {"a": Published("train", "B"), "z": Published("train", "A")}
    division = divide([*TWO_SONGS, {"song_id": "m", "video_url": url("a"), "cover_url": url("z")}], both)
    assert not division.held_out
    assert {division.of(song_id) for song_id in "amz"} == {Published("train", "A")}


def test_of_published_songs_found_to_be_tied_those_in_training_are_held_out() -> None:
    songs = [song | {"shazam_id": "1"} for song in TWO_SONGS]
    division = divide(songs, TWO)
    assert division.held_out == {"a": "was published in train, but is tied to z (test), which stays"}
    assert division.of("z") == Published("test", "Z")


@given(st.text("abc", min_size=1), SPLIT)
def test_a_list_can_put_any_song_anywhere(song_id: str, split: str) -> None:
    assume(song_id)
    assert divide([{"song_id": song_id}], {song_id: Published(split)}).of(song_id).split == split
