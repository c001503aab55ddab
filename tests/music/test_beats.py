"""From activations to beats that stand on notes."""

import numpy as np
import pytest
from numpy.typing import NDArray

from symmv_tools.music.beats import BarModel, BeatModel, Beats, beats_from_activations, has_beats
from symmv_tools.music.notes import Notes, make_notes

RATE = 50.0


def steady(n: int = 32, length: float = 0.6, begin: float = 2.0) -> Notes:
    return make_notes(begin + np.arange(n) * length, np.full(n, 0.3), np.full(n, 60), np.full(n, 64))


def logits(n_beats: int, length: float, per_bar: int) -> NDArray[np.float64]:
    """What a network that is sure of itself would say, on after the last note."""
    made = np.full((int(n_beats * length * RATE) + 100, 2), -6.0)
    beat = np.round(np.arange(n_beats) * length * RATE).astype(int)
    made[beat, 0] = 3.0
    made[beat[::per_bar], 1] = 3.0
    return made


def found(notes: Notes, heard: NDArray[np.float64]) -> Beats:
    return beats_from_activations(notes, heard, RATE, BeatModel(), BarModel())


@pytest.mark.parametrize("per_bar", [3, 4])
def test_sure_beats_are_found_and_stand_on_the_onsets(per_bar: int) -> None:
    notes = steady()
    beats = found(notes, logits(32, 0.6, per_bar))
    assert np.allclose(beats.time, notes.onset)
    assert beats.position.tolist() == [i % per_bar + 1 for i in range(32)]
    assert (beats.confidence > 0.9).all()


def test_a_beat_without_a_note_stands_where_the_activation_is() -> None:
    notes = steady().take(np.arange(32) != 10)
    beats = found(notes, logits(32, 0.6, 4))
    assert beats.time[10] == pytest.approx(2.0 + 6.0, abs=0.011)


def test_there_are_no_beats_after_the_last_note() -> None:
    assert found(steady(8), logits(32, 0.6, 4)).time[-1] <= 2.0 + 7 * 0.6 + 0.02


def test_doubtful_beats_have_little_confidence() -> None:
    doubtful = logits(32, 0.6, 4) - 2.5
    confidence = found(steady(), doubtful).confidence
    assert ((confidence > 0.5) & (confidence < 0.7)).all()


@pytest.mark.parametrize(
    ("onset", "expected"), [([], False), ([1.0], False), ([1.0, 1.0], False), ([1.0, 1.3], True)]
)
def test_what_begins_at_once_has_no_beats(onset: list[float], expected: bool) -> None:
    n = len(onset)
    assert has_beats(make_notes(onset, [1.0] * n, [60] * n, [64] * n)) == expected
