"""The examples that the beat network learns from, and that it learns."""

from pathlib import Path

import numpy as np
import pytest
import torch

from symmv_tools.io import midi
from symmv_tools.models.beat_net import BeatNet
from symmv_tools.models.networks import read_network
from symmv_tools.music.notes import make_notes
from symmv_tools.training import beat_net
from symmv_tools.training.batches import Batches
from symmv_tools.training.beat_examples import (
    Batch,
    Song,
    Stretches,
    collate,
    disturbed,
    read_song,
    targets,
)
from symmv_tools.training.beat_net import loss_of
from symmv_tools.training.loop import fit
from symmv_tools.training.settings import FitSettings


def song(length: float = 0.5, n: int = 120) -> Song:
    """Chords on the beat, quavers between, in bars of four."""
    beat = np.arange(n, dtype=np.float64) * length
    onset = np.concatenate([beat, beat, beat + length / 2])
    pitch = np.concatenate([36 + np.arange(n) // 4 % 5, np.full(n, 60), np.full(n, 72)])
    return Song(
        make_notes(onset, np.full(3 * n, 0.3), pitch, np.full(3 * n, 64)), beat, np.arange(n) % 4 == 0
    )


def test_targets_are_one_at_the_beat_and_half_beside_it() -> None:
    made = targets(song(), 100)
    assert made[:, 0].nonzero()[0].tolist() == [0, 1, 24, 25, 26, 49, 50, 51, 74, 75, 76]
    assert made[[24, 25, 26], 0].tolist() == [0.5, 1.0, 0.5]
    assert made[:, 1].nonzero()[0].tolist() == [0, 1]


def test_a_disturbed_song_keeps_its_notes_near_its_beats() -> None:
    """The clock of notes and beats is one, however it is warped."""
    rng = np.random.default_rng(0)
    for _ in range(20):
        made = disturbed(song(), 30.0, rng)
        assert made.notes.end <= 30.0 + made.notes.onset[0] + 5.0
        low = made.notes.onset[made.notes.pitch < 42]
        near = np.abs(low[:, None] - made.beat[np.isfinite(made.beat)]).min(axis=1)
        assert np.median(near) < 0.02


def test_a_batch_covers_the_songs_by_their_length() -> None:
    songs = [song(), song(0.6)]
    stretches = Stretches(songs, 20.0, seed=0)
    assert len(stretches.lengths) == 7
    made = list(Batches(stretches, stretches.lengths, collate, most=3)(0))
    assert sorted(features.shape[:2] for features, _, _ in made) == [(1, 500), (3, 500), (3, 500)]
    for _, wanted, mask in made:
        assert wanted.shape[1:] == (1000, 2)
        assert mask.shape[1:] == (1000, 1)
        assert 0 < wanted.mean() < 0.2


@pytest.mark.parametrize(("six", "expected"), [(True, [0, 3, 6]), (False, [0, 4, 8])])
def test_bars_of_six_are_read_as_bars_of_three(tmp_path: Path, six: bool, expected: list[int]) -> None:
    length = 6 if six else 4
    rows = [(i / 2, i % (length // 2) == 0, i % length == 0) for i in range(2 * length + 1)]
    folder = tmp_path / "001"
    folder.mkdir()
    (folder / "001.mid").write_bytes(midi.write(song().notes))
    (folder / "beat_midi.txt").write_text("\n".join(f"{t} {a:d}.0 {b:d}.0" for t, a, b in rows))
    assert np.flatnonzero(read_song(folder).is_downbeat)[:3].tolist() == expected


def test_the_network_learns_four_examples() -> None:
    torch.manual_seed(0)
    stretches = Stretches([song(0.4), song(0.5), song(0.6), song(0.7)], 100.0, seed=0)
    batch = collate([stretches.get(n, 0) for n in range(4)])
    batch = Batch(*(x[:, : x.shape[1] // 4] for x in batch))
    network = BeatNet(width=24, depth=6, dropout=0.0)
    first = loss_of(network, *batch).item()
    settings = FitSettings(epochs=60, learning_rate=1e-2, average_steps=0.0)
    fit(network, lambda epoch: [batch], lambda net, b: loss_of(net, *b), lambda net: {}, settings, _quiet)
    assert loss_of(network, *batch).item() < first / 3


def _quiet(line: str) -> None:
    pass


def test_the_best_epoch_is_written_as_soon_as_it_is_reached(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    f = iter([np.array([0.5, 0.4]), np.array([0.6, 0.5]), np.array([0.7, 0.1])])
    monkeypatch.setattr(beat_net, "f_measures", lambda network, songs: next(f))
    monkeypatch.setattr(beat_net, "EXAMPLE_SECONDS", 5.0)
    network, out = BeatNet(width=8, depth=2), tmp_path / "beats.npz"
    beat_net.train(network, [song(n=24)], [], out, epochs=3, seed=0, commands=["made so"])
    about = read_network(out)[1]
    assert (about["epoch"], about["f_of_beats"], about["f_of_downbeats"]) == (2, 0.6, 0.5)
    assert about["commands"] == ["made so"]
