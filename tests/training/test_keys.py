"""Learning what keys sound like."""

from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import check_grad

from symmv_tools.io import midi
from symmv_tools.music import key_weights
from symmv_tools.music.key_changes import evidence
from symmv_tools.music.notes import Notes, make_notes
from symmv_tools.training import keys
from symmv_tools.training.keys import Song, Truth

MODES = ((0, 4, 7, 5, 9, 0, 7, 11, 2), (0, 3, 7, 5, 8, 0, 7, 11, 2))  # I IV V


def played(key: int) -> Notes:
    pitch = np.tile(48 + key % 12 + np.array(MODES[key // 12]), 4)
    onset = np.arange(len(pitch)) / 2
    return make_notes(onset, np.full(len(pitch), 0.5), pitch, np.full(len(pitch), 64))


def song(key: int) -> Song:
    return Song(played(key), Truth(np.array([0.0]), np.array([18.0]), np.array([key])))


def test_what_is_learned_in_two_keys_holds_in_all_24() -> None:
    model = keys.learn([song(0), song(12)], pull=1.0)
    for key in range(24):
        ((share, true),) = keys.passages(song(key))
        assert evidence(share[None], *model)[0].argmax() == true == key


def test_the_gradient_is_that_of_the_loss() -> None:
    heard = [passage for key in (0, 3, 14, 17) for passage in keys.passages(song(key))]
    shares, key = np.array([share for share, _ in heard]), np.array([key for _, key in heard])
    prior = keys._Prior(keys._aarden_essen(), np.full((3, 1), 0.1), 2.0)
    start = np.random.default_rng(0).normal(0, 0.3, 74)

    def loss(values: keys.Floats) -> float:
        return keys._loss(values, shares, key, prior)[0]

    def gradient(values: keys.Floats) -> keys.Floats:
        return keys._loss(values, shares, key, prior)[1]

    assert check_grad(loss, gradient, start) < 1e-4


def test_passages_end_where_the_key_does() -> None:
    first, second = played(0), played(13)
    onset = np.concatenate([first.onset, second.onset + 18.0])
    both = make_notes(onset, np.full(72, 0.5), np.concatenate([first.pitch, second.pitch]), np.full(72, 64))
    found = list(
        keys.passages(Song(both, Truth(np.array([1.0, 18.0]), np.array([18.0, 35.0]), np.array([0, 13]))))
    )
    assert [key for _, key in found] == [0, 13]
    for (share, _), alone in zip(found, (song(0), song(13)), strict=True):
        assert share == pytest.approx(next(keys.passages(alone))[0])


def test_a_song_of_pop909_is_read_with_its_keys(tmp_path: Path) -> None:
    (tmp_path / "001").mkdir()
    (tmp_path / "001" / "001.mid").write_bytes(midi.write(played(0)))
    (tmp_path / "001" / "key_audio.txt").write_text("2.67\t100.5\tGb:maj\n100.5\t190\tE:min\n")
    read = keys.read_song(tmp_path / "001")
    assert len(read.notes) == 36
    assert read.truth.begin.tolist() == [2.67, 100.5]
    assert read.truth.end.tolist() == [100.5, 190.0]
    assert read.truth.key.tolist() == [6, 16]


def test_the_printed_module_holds_what_was_learned() -> None:
    model = keys.Model(np.round(np.random.default_rng(0).normal(0, 9, (2, 3, 12)), 1), 1.25)
    written: dict[str, object] = {}
    exec(keys.module(model), written)
    assert np.array_equal(np.asarray(written["WEIGHTS"]), model.weights)
    assert written["MINOR"] == model.minor


def test_the_shipped_module_is_as_printed() -> None:
    shipped = Path(key_weights.__file__).read_text("utf-8")
    assert keys.module(keys.Model(key_weights.WEIGHTS, key_weights.MINOR)) == shipped
