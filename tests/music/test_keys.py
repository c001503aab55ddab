"""The key of a song."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from symmv_tools.music.keys import KEYS, PROFILES, Key, find_key
from symmv_tools.music.notes import Notes, make_notes

MAJOR = (0, 4, 7, 5, 9, 0, 7, 11, 2, 0, 4, 7)  # I IV V I
MINOR = (0, 3, 7, 5, 8, 0, 7, 11, 2, 0, 3, 7)  # i iv V i


def played(pitches: tuple[int, ...], tonic: int = 0) -> Notes:
    n = len(pitches)
    return make_notes(np.arange(n) / 2, np.full(n, 0.5), 48 + tonic + np.array(pitches), np.full(n, 64))


def key_of(notes: Notes, profile: str = "aarden-essen") -> Key:
    key = find_key(notes, profile)
    assert key is not None
    return key


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("tonic", range(12))
def test_each_of_the_24_keys_is_found(profile: str, tonic: int) -> None:
    assert key_of(played(MAJOR, tonic), profile).name == KEYS[tonic]
    assert key_of(played(MINOR, tonic), profile).name == KEYS[12 + tonic]


@given(
    st.lists(st.tuples(st.integers(36, 84), st.integers(1, 16)), min_size=4, max_size=30),
    st.integers(-24, 24),
)
def test_transposed_notes_have_the_transposed_key(drawn: list[tuple[int, int]], interval: int) -> None:
    pitch, length = np.array(drawn).T
    here = make_notes(np.arange(len(pitch)), length / 4, pitch, np.full(len(pitch), 64))
    there = make_notes(here.onset, here.duration, here.pitch.astype(int) + interval, here.velocity)
    ours, theirs = key_of(here), key_of(there)
    assert ours.confidence == pytest.approx(theirs.confidence, abs=1e-9)
    if ours.confidence > 1e-9:  # among equal keys the first by name wins
        mode, tonic = divmod(KEYS.index(ours.name), 12)
        assert KEYS.index(theirs.name) == mode * 12 + (tonic + interval) % 12


def test_long_notes_count_more() -> None:
    notes = make_notes([0, 1, 2, 3], [0.1, 8.0, 8.0, 8.0], [61, 67, 71, 74], [64] * 4)
    assert key_of(notes).name == "G:major"


def test_silence_and_a_cluster_of_all_twelve_have_no_key_and_one_note_has() -> None:
    assert find_key(make_notes([], [], [], []), "aarden-essen") is None
    assert (
        find_key(make_notes(np.zeros(12), np.ones(12), range(60, 72), np.full(12, 64)), "aarden-essen")
        is None
    )
    assert find_key(make_notes([0], [1], [67], [64]), "aarden-essen") is not None


def test_keys_are_spelled_as_jams_asks() -> None:
    assert len(set(KEYS)) == 24
    for name in KEYS:
        tonic, mode = name.split(":")
        assert mode in ("major", "minor")
        assert tonic[0] in "ABCDEFG"
        assert tonic[1:] in ("", "b", "#")
