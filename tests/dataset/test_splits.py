"""Laws of groups and splits."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symmv_tools.dataset.splits import LINKS, group_ids, split_of

pytestmark = pytest.mark.quick

Song = dict[str, str | None]

few_values = st.one_of(st.none(), st.just(""), st.sampled_from("abcd"))
songs_strategy = st.lists(
    st.fixed_dictionaries({"song_id": st.text("xyz0123", min_size=1), **dict.fromkeys(LINKS, few_values)}),
    max_size=12,
    unique_by=lambda song: song["song_id"],
)


def reachable(songs: list[Song]) -> dict[str, set[str]]:
    """Brute force: every song's group as a set of ids, by walking ties until nothing is new."""
    groups = {}
    for song in songs:
        found = [song]
        for member in found:
            found += [
                other for other in songs
                if other not in found and any(member[link] and member[link] == other[link] for link in LINKS)
            ]  # fmt: skip
        groups[str(song["song_id"])] = {str(member["song_id"]) for member in found}
    return groups


@settings(max_examples=40)
@given(songs_strategy)
def test_groups_are_what_a_walk_along_the_ties_finds(songs: list[Song]) -> None:
    ids, walked = group_ids(songs), reachable(songs)
    for a in walked:
        assert {b for b in walked if ids[b] == ids[a]} == walked[a]


@settings(max_examples=40)
@given(songs_strategy, st.randoms(use_true_random=False))
def test_the_order_of_songs_does_not_matter(songs: list[Song], random: object) -> None:
    shuffled = list(songs)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert group_ids(songs) == group_ids(shuffled)


@settings(max_examples=40)
@given(songs_strategy, songs_strategy)
def test_unrelated_songs_never_move_old_ones(old: list[Song], new: list[Song]) -> None:
    strangers = [
        {"song_id": f"new {song['song_id']}"} | {link: f"new {song[link]}" for link in LINKS if song[link]}
        for song in new
    ]
    before, after = group_ids(old), group_ids([*strangers, *old])
    assert {song_id: after[song_id] for song_id in before} == before


@settings(max_examples=40)
@given(songs_strategy)
def test_tied_songs_share_a_split(songs: list[Song]) -> None:
    ids = group_ids(songs)
    for members in reachable(songs).values():
        assert len({split_of(ids[song_id]) for song_id in members}) == 1


def test_a_checksum_and_an_address_of_equal_text_tie_nothing() -> None:
    ids = group_ids([{"song_id": "a", "isrc": "X1"}, {"song_id": "b", "shazam_id": "X1"}])
    assert ids["a"] != ids["b"]


def test_a_song_id_ties_nothing_but_itself() -> None:
    ids = group_ids([{"song_id": "a"}, {"song_id": "b", "isrc": "a"}])
    assert ids["a"] != ids["b"]


def test_shares_are_90_5_5() -> None:
    counts = Counter(split_of(str(i)) for i in range(20000))
    assert counts["train"] == pytest.approx(18000, abs=200)
    assert counts["validation"] == pytest.approx(1000, abs=150)
    assert counts["test"] == pytest.approx(1000, abs=150)


def test_published_splits_stay_as_they_are() -> None:
    """These are promises to everybody who has an export: a change here moves songs between splits."""
    assert group_ids([{"song_id": "pop909:001"}]) == {"pop909:001": "6d2f410d571fe562"}
    assert {str(i): split for i in range(40) if (split := split_of(str(i))) != "train"} == {
        "10": "validation", "11": "validation", "23": "validation", "25": "validation",
        "33": "test", "34": "test",
    }  # fmt: skip


def test_another_salt_is_another_split() -> None:
    assert any(split_of(str(i)) != split_of(str(i), "other") for i in range(100))
