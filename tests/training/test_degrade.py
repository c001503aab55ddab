"""What a transcriber does to clean notes."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from symmv_tools.music.notes import Notes
from symmv_tools.training.degrade import degraded
from tests.songs import songs, tune

seeds = st.integers(0, 2**32 - 1)


@given(songs(), seeds)
def test_what_comes_out_is_notes_with_labels(notes: Notes, seed: int) -> None:
    heard, labels = degraded(notes, np.ones(len(notes), np.int64), np.random.default_rng(seed))
    assert len(heard) == len(labels)
    assert (np.diff(heard.onset) >= 0).all()
    assert (heard.duration > 0).all()
    assert heard.pitch.min(initial=21) >= 21
    assert heard.velocity.min(initial=1) >= 1


@given(seeds)
def test_labels_stay_with_their_notes_and_ghosts_have_none(seed: int) -> None:
    notes = tune(np.random.default_rng(0), bars=40)
    labels = (notes.pitch > 70).astype(np.int64)
    heard, kept = degraded(notes, labels, np.random.default_rng(seed))
    assert (heard.pitch[kept == 1] > 70).all()
    assert abs(int(kept.sum()) - int(labels.sum())) <= 0.15 * labels.sum()


def test_the_same_seed_gives_the_same_notes() -> None:
    notes = tune(np.random.default_rng(0))
    one, other = (degraded(notes, notes.pitch.astype(np.int64), np.random.default_rng(5)) for _ in range(2))
    np.testing.assert_array_equal(one[0].onset, other[0].onset)
    np.testing.assert_array_equal(one[1], other[1])
