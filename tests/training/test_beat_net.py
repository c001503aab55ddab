"""The examples that the beat network learns from, and that it learns."""

from pathlib import Path

import numpy as np
import pytest
import torch

from symmv_tools.io import midi
from symmv_tools.models.beat_net import BeatNet
from symmv_tools.music.notes import make_notes
from symmv_tools.training.beat_examples import Song, batches, disturbed, n_stretches, read_song, targets
from symmv_tools.training.beat_net import loss_of


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
    assert n_stretches(songs, 20.0) == 7
    made = list(batches(songs, 3, 20.0, np.random.default_rng(0)))
    assert [features.shape[:2] for features, _, _ in made] == [(3, 500)] * 2
    for _, wanted, mask in made:
        assert wanted.shape == (3, 1000, 2)
        assert mask.shape == (3, 1000, 1)
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
    rng = np.random.default_rng(0)
    (batch,) = batches([song(0.4), song(0.5), song(0.6), song(0.7)], 4, 100.0, rng)
    batch = tuple(x[:, : x.shape[1] // 4] for x in batch)  # type: ignore[assignment]
    network = BeatNet(width=24, depth=6, dropout=0.0)
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-2)
    first = loss_of(network, *batch).item()
    for _ in range(60):
        loss = loss_of(network, *batch)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    assert loss_of(network, *batch).item() < first / 3
