"""The keys of a song as they change."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from symmv_tools.music.key_changes import (
    KeyPassages,
    best_path,
    evidence,
    find_key_changes,
    pitch_class_shares,
)
from symmv_tools.music.key_weights import MINOR, WEIGHTS
from symmv_tools.music.keys import KEYS
from symmv_tools.music.notes import Notes, make_notes

MAJOR = ((0, 4, 7), (5, 9, 12), (7, 11, 14), (0, 4, 7))  # I IV V I
MINOR_CHORDS = ((0, 3, 7), (5, 8, 12), (7, 11, 14), (0, 3, 7))

rows = st.lists(
    st.tuples(st.integers(0, 200), st.integers(1, 40), st.integers(36, 84)), min_size=1, max_size=40
)


def notes_of(drawn: list[tuple[int, int, int]]) -> Notes:
    onset, duration, pitch = np.array(drawn, float).T
    return make_notes(onset / 8, duration / 8, pitch, np.full(len(onset), 64))


def moved(notes: Notes, *, seconds: float = 0.0, factor: float = 1.0, interval: int = 0) -> Notes:
    pitch = notes.pitch.astype(int) + interval
    return make_notes(notes.onset * factor + seconds, notes.duration * factor, pitch, notes.velocity)


def played(chords: tuple[tuple[int, ...], ...], tonic: int, begin: float, repeats: int) -> list[list[float]]:
    return [
        [begin + 4 * r + i, 1.0, 48 + tonic + step]
        for r in range(repeats)
        for i, chord in enumerate(chords)
        for step in (*chord, chord[0] - 12)
    ]


def song(*parts: list[list[float]]) -> Notes:
    onset, duration, pitch = np.array([row for part in parts for row in part]).T
    return make_notes(onset, duration, pitch, np.full(len(onset), 64))


def is_decided(notes: Notes) -> bool:
    """Whether the greatest evidence leads clearly, so that rounding cannot choose among equals."""
    end = notes.end
    whole = evidence(pitch_class_shares(notes, np.array([notes.onset[0], end])), WEIGHTS, MINOR)[0]
    second, first = np.sort(whole)[-2:]
    return bool(first - second > 1e-6)


def transposed(name: str, interval: int) -> str:
    mode, tonic = divmod(KEYS.index(name), 12)
    return KEYS[mode * 12 + (tonic + interval) % 12]


def assert_alike(ours: KeyPassages, theirs: KeyPassages) -> None:
    assert ours.name == theirs.name
    assert ours.time == pytest.approx(theirs.time, abs=1e-6)
    assert ours.duration == pytest.approx(theirs.duration, abs=1e-6)
    assert ours.confidence == pytest.approx(theirs.confidence, abs=1e-6)


@pytest.mark.parametrize("tonic", range(12))
def test_each_of_the_24_keys_is_found_and_does_not_change(tonic: int) -> None:
    assert find_key_changes(song(played(MAJOR, tonic, 0, 8))).name == [KEYS[tonic]]
    assert find_key_changes(song(played(MINOR_CHORDS, tonic, 0, 8))).name == [KEYS[12 + tonic]]


@pytest.mark.parametrize("step", [1, 2, 3, 6])
def test_a_last_chorus_in_another_key_is_found_where_it_begins(step: int) -> None:
    keys = find_key_changes(song(played(MAJOR, 0, 10.0, 10), played(MAJOR, step, 50.0, 5)))
    assert keys.name == ["C:major", KEYS[step]]
    assert keys.time[1] == pytest.approx(50.0, abs=60 / 128)


@given(rows, st.integers(-24, 24))
@settings(max_examples=40)
def test_transposed_notes_have_transposed_keys(drawn: list[tuple[int, int, int]], interval: int) -> None:
    here = notes_of(drawn)
    assume(is_decided(here))
    ours, theirs = find_key_changes(here), find_key_changes(moved(here, interval=interval))
    assert_alike(ours._replace(name=[transposed(name, interval) for name in ours.name]), theirs)


@given(rows, st.integers(-64, 4096))
@settings(max_examples=40)
def test_a_shift_in_time_shifts_the_keys(drawn: list[tuple[int, int, int]], eighths: int) -> None:
    here, seconds = notes_of(drawn), eighths / 8
    assume(is_decided(here))
    ours = find_key_changes(here)
    assert_alike(ours._replace(time=ours.time + seconds), find_key_changes(moved(here, seconds=seconds)))


@given(rows, st.sampled_from([0.25, 0.5, 2.0, 8.0]))
@settings(max_examples=40)
def test_tempo_scales_the_keys(drawn: list[tuple[int, int, int]], factor: float) -> None:
    here = notes_of(drawn)
    assume(is_decided(here))
    ours = find_key_changes(here)
    scaled = ours._replace(time=ours.time * factor, duration=ours.duration * factor)
    assert_alike(scaled, find_key_changes(moved(here, factor=factor)))


@given(rows, st.integers(0, 2**32 - 1))
@settings(max_examples=40)
def test_the_order_of_notes_does_not_matter(drawn: list[tuple[int, int, int]], seed: int) -> None:
    here = notes_of(drawn)
    assume(is_decided(here))
    order = np.random.default_rng(seed).permutation(len(here))
    shuffled = Notes(here.onset[order], here.duration[order], here.pitch[order], here.velocity[order])
    assert_alike(find_key_changes(here), find_key_changes(shuffled))


@given(rows)
@settings(max_examples=40)
def test_keys_fill_the_song_without_gaps_and_neighbours_differ(drawn: list[tuple[int, int, int]]) -> None:
    notes = notes_of(drawn)
    keys = find_key_changes(notes)
    assert keys.time[0] == notes.onset[0]
    assert np.allclose(keys.time[1:], (keys.time + keys.duration)[:-1])
    assert keys.time[-1] + keys.duration[-1] == pytest.approx(notes.end)
    assert all(a != b for a, b in zip(keys.name, keys.name[1:], strict=False))
    assert ((keys.confidence >= 0) & (keys.confidence <= 1)).all()


def test_silence_has_no_key_and_one_note_is_heard_in_a_key_of_its_triad() -> None:
    assert find_key_changes(make_notes([], [], [], [])).name == []
    assert find_key_changes(make_notes([1, 2], [0, 0], [60, 62], [64, 64])).name == []
    (name,) = find_key_changes(make_notes([3.0], [1.5], [67], [64])).name
    assert name in ("C:major", "C:minor", "G:major", "G:minor", "Eb:major", "E:minor")


@given(rows)
def test_every_role_is_shared_out_completely(drawn: list[tuple[int, int, int]]) -> None:
    notes = notes_of(drawn)
    shares = pitch_class_shares(notes, np.linspace(notes.onset[0], notes.end, 9))
    assert shares.shape == (8, 3, 12)
    assert shares.min() >= -1e-12
    assert shares.sum(axis=(0, 2)) == pytest.approx(np.ones(3))
    sounding = np.bincount(notes.pitch % 12, notes.duration, minlength=12)
    assert shares[:, 0].sum(axis=0) == pytest.approx(sounding / sounding.sum())


@given(
    st.lists(st.lists(st.integers(-3, 3), min_size=3, max_size=3), min_size=1, max_size=5), st.integers(0, 5)
)
def test_the_best_path_is_the_best_of_all_paths(drawn: list[list[int]], price: int) -> None:
    odds = np.array(drawn, float)

    def value(path: NDArray[np.intp]) -> float:
        return float(odds[np.arange(len(odds)), path].sum() - price * np.count_nonzero(np.diff(path)))

    every = np.indices((3,) * len(odds)).reshape(len(odds), -1).T
    assert value(best_path(odds, price)) == max(value(path) for path in every)
