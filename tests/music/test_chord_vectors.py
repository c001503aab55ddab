"""Chords as vectors."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from symmv_tools.music import harte
from symmv_tools.music.chord_vectors import WIDTH, chord_vectors

pytestmark = pytest.mark.quick

LABELS = st.sampled_from([f"{root}:{quality}" for root in harte.ROOTS for quality in harte.QUALITIES])


def classes(part: np.ndarray) -> list[int]:
    return [int(i) for i in np.flatnonzero(part)]


def test_root_tones_and_bass_are_told_apart() -> None:
    (vector,) = chord_vectors(["A:min7/b3"])
    assert [classes(part) for part in vector.reshape(3, 12)] == [[9], [0, 4, 7, 9], [0]]


def test_no_chord_is_nothing() -> None:
    assert not chord_vectors(["N", "X"], 5).any()
    assert chord_vectors([]).shape == (0, WIDTH)


@given(st.lists(LABELS, max_size=9), st.integers(-12, 12))
def test_higher_is_the_vector_of_the_transposed_label(labels: list[str], higher: int) -> None:
    moved = [harte.transposed(label, higher) for label in labels]
    assert np.array_equal(chord_vectors(labels, higher), chord_vectors(moved))


def test_what_is_no_chord_is_refused() -> None:
    with pytest.raises(ValueError, match="is no chord"):
        chord_vectors(["H:maj"])
