"""Chords on the grid, and what becomes of labels that ten qualities cannot hold."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from symmv_tools.music import harte
from symmv_tools.music.quantise import Grid
from symmv_tools.music.tokens.clock import steady_bars
from symmv_tools.music.tokens.encode import encode
from symmv_tools.music.tokens.harmony import (
    Harmony,
    chromagram,
    classes_of,
    harmony_of,
    label_of,
    nearest_chord,
)
from symmv_tools.music.tokens.vocabulary import CHORD, NO_QUALITY, NO_ROOT, QUALITIES, QUALITY, ROOT, TYPE
from tests.music.tokens.said import CHORDS, PAIRS

pytestmark = pytest.mark.quick


def heard(*parts: tuple[float, float, str]) -> Harmony:
    """Chords of (time, duration, label) on two bars of beats of half a second."""
    time, duration = np.array([part[:2] for part in parts], float).reshape(-1, 2).T
    grid = Grid(np.arange(9, dtype=np.float64) * 0.5, (np.arange(9) % 4 + 1).astype(np.uint8))
    return harmony_of(time, duration, [part[2] for part in parts], grid, steady_bars(2))


def told(harmony: Harmony) -> list[tuple[int, str]]:
    return list(zip(harmony.step.tolist(), harmony.label, strict=True))


@given(PAIRS)
def test_classes_and_labels_are_each_others_inverse(pair: tuple[int, int]) -> None:
    assert classes_of(label_of(*pair)) == pair


@pytest.mark.parametrize(
    ("label", "meaning"),
    [
        ("C:maj", "C:maj"),
        ("Bb:min7/b3", "Bb:min7"),
        ("F#:hdim7", "F#:dim"),
        ("G:sus4(b7)", "G:sus4"),
        ("Db:maj6", "C#:maj"),
        ("A:min9", "A:min7"),
        ("E:13", "E:7"),
        ("D", "D:maj"),
        ("N", "N"),
        ("X", "N"),
    ],
)
def test_the_nearest_of_ten_qualities(label: str, meaning: str) -> None:
    assert label_of(*classes_of(label)) == meaning


@pytest.mark.parametrize("pair", [(0, 1), (1, 0), (NO_ROOT, 1), (1, NO_QUALITY), (99, 1), (1, -1)])
def test_half_a_chord_is_none(pair: tuple[int, int]) -> None:
    assert label_of(*pair) == harte.NO_CHORD


def test_chords_change_on_the_beats_where_they_are_heard() -> None:
    assert told(heard((0.0, 1.0, "C:maj"), (1.0, 1.0, "G:7"), (2.0, 2.0, "C:maj"))) == [
        (0, "C:maj"),
        (8, "G:7"),
        (16, "C:maj"),
    ]


def test_a_change_beside_the_beat_is_on_it() -> None:
    assert told(heard((0.1, 1.0, "C:maj"), (1.1, 0.8, "G:7"), (1.9, 2.1, "F:maj"))) == [
        (0, "C:maj"),
        (8, "G:7"),
        (16, "F:maj"),
    ]


def test_gaps_and_n_are_no_chord_and_equal_neighbours_are_one() -> None:
    found = heard((0.0, 0.5, "N"), (0.5, 0.5, "A:min"), (1.0, 0.5, "A:min/b3"), (2.0, 0.5, "A:min"))
    assert told(found) == [(4, "A:min"), (12, "N"), (16, "A:min"), (20, "N")]


def test_no_chords_at_all_are_silence() -> None:
    assert told(heard()) == []


def test_what_is_no_chord_is_refused() -> None:
    with pytest.raises(ValueError, match="Harte"):
        heard((0.0, 1.0, "H:maj"))


# --- chromagrams ----------------------------------------------------------------------------------


@given(CHORDS)
def test_a_chromagram_is_the_chord_s_pitch_classes(chords: Harmony) -> None:
    event = encode(steady_bars(8), chords=chords).event
    for chroma, said in zip(chromagram(event), event, strict=True):
        tones: set[int] = set()
        if said[TYPE] == CHORD and said[ROOT] != NO_ROOT:
            tones = {(said[ROOT] - 1 + step) % 12 for step in harte.QUALITIES[QUALITIES[said[QUALITY] - 1]]}
        assert set(np.flatnonzero(chroma).tolist()) == tones


@given(PAIRS, st.floats(0, 0.49))
def test_a_chromagram_is_heard_as_a_chord_of_the_same_tones(pair: tuple[int, int], noise: float) -> None:
    event = np.array([[CHORD, 0, 0, 0, *pair]])
    chroma = np.abs(chromagram(event) - noise / 4)
    again = nearest_chord(chroma)
    said = np.concatenate([event[:, :ROOT], again], axis=1)
    assert np.array_equal(chromagram(said), chromagram(event))
    if QUALITIES[pair[1] - 1 if pair[0] != NO_ROOT else 0] in ("maj", "min", "dim", "7", "maj7"):
        assert tuple(again[0]) == pair
