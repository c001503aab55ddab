"""Train the melody annotator on POP909: `python -m symmv_tools.training.melody_net FOLDER --out FILE`.

All tracks are merged into one piano; the human MELODY track is the truth. Songs 001-660 are
learned, 661-700 choose the threshold, 701-800 are only scored. Most songs are degraded as a
transcriber would (see `degrade`), and in some the bridge, the other melody-like track, is left out.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from symmv_tools.io import midi
from symmv_tools.io.render import released
from symmv_tools.models.melody_net import MelodyNet, Songs, as_batch
from symmv_tools.models.networks import read_network, write_network
from symmv_tools.music.melody_features import NoteFeatures, note_features
from symmv_tools.music.melody_line import distinct_notes, melody_line
from symmv_tools.music.notes import Notes
from symmv_tools.training.degrade import degraded
from symmv_tools.training.loop import fit
from symmv_tools.training.settings import FitSettings

TRAINED, CHOSEN_ON, SCORED_ON = range(1, 661), range(661, 701), range(701, 801)
TRACKS = ("piano", "bridge", "melody")  # of a note in several tracks the last counts
_TRACK_SHARE = 0.3  # of the loss
_SONGS_PER_BATCH = 4
_THRESHOLDS = np.arange(0.2, 0.61, 0.05)


class Example(NamedTuple):
    """One song as the network sees it, and the track of each of its (distinct) notes as in `TRACKS`, (n,)."""

    features: NoteFeatures
    track: NDArray[np.int64]

    @property
    def is_melody(self) -> NDArray[np.bool_]:
        """Which notes are the melody, (n,)."""
        is_melody: NDArray[np.bool_] = self.track == TRACKS.index("melody")
        return is_melody


class Song(NamedTuple):
    """Notes, their tracks as indices of `TRACKS`, and how long their strings sound under the pedal."""

    notes: Notes
    track: NDArray[np.int64]
    sounding: NDArray[np.float64]


class Batch(NamedTuple):
    """What the loss needs: `track` (N,) of each note; `silent` (B, G), the groups without a melody note."""

    songs: Songs
    track: Tensor
    silent: Tensor


def read_songs(folder: Path, numbers: Sequence[int]) -> list[Song]:
    """Read songs of POP909."""
    return [_read(folder / f"{number:03d}" / f"{number:03d}.mid") for number in numbers]


def _read(path: Path) -> Song:
    file = midi.read(path)
    track = np.array([TRACKS.index(track) for track in file.notes.track])
    return Song(file.notes, track, released(file.notes, file.pedal) - file.notes.onset)


def example(notes: Notes, track: NDArray[np.int64]) -> Example:
    """Return a song as the network sees it."""
    merged, track = distinct_notes(notes, track)
    return Example(note_features(merged), track)


def varied(song: Song, rng: np.random.Generator) -> Example:
    """Return the song, or a part of it, as somebody else might have played it."""
    notes, track, sounding = song
    if rng.random() < 0.5:  # a transcriber hears the string, not the key
        notes = replace(notes, duration=np.maximum(sounding, 0.03))
    if rng.random() < 0.5:
        notes, track = _excerpt(notes, track, rng)
    if rng.random() < 0.2:
        kept = track != TRACKS.index("bridge")
        notes, track = notes.take(kept), track[kept]
    if rng.random() < 0.7:
        notes, track = degraded(notes, track, rng)
    return example(notes, track)


def _excerpt(
    notes: Notes, track: NDArray[np.int64], rng: np.random.Generator
) -> tuple[Notes, NDArray[np.int64]]:
    """Return 30 % of the song or more, in one piece: its form is then another, its phrases are not."""
    length = int(len(notes) * rng.uniform(0.3, 1.0))
    part = np.arange(length) + rng.integers(len(notes) - length + 1)
    return notes.take(part), track[part]


def batches(songs: list[Song], rng: np.random.Generator) -> list[Batch]:
    """Return all songs, varied, in batches of about equal length and random order."""
    examples = [varied(song, rng) for song in songs]
    order = np.argsort([len(one.features.time) + rng.normal(0.0, 60.0) for one in examples])
    starts = rng.permutation(np.arange(0, len(order), _SONGS_PER_BATCH))
    return [_batch([examples[i] for i in order[start : start + _SONGS_PER_BATCH]]) for start in starts]


def _batch(examples: list[Example]) -> Batch:
    songs = as_batch([one.features for one in examples])
    track = torch.from_numpy(np.concatenate([one.track for one in examples]))
    silent = songs.is_real.clone().flatten()
    silent[songs.group[track == TRACKS.index("melody")]] = False
    return Batch(songs, track, silent.view_as(songs.is_real))


def loss(network: nn.Module, batch: Batch) -> Tensor:
    """Mean over the groups of minus the log-probability of what is true there, and a share for the tracks."""
    with torch.autocast("cpu", torch.bfloat16):
        chosen, none, track = network(batch.songs)
    right = chosen[batch.track == TRACKS.index("melody")].sum() + none[batch.silent].sum()
    of_tracks = functional.cross_entropy(track, batch.track)
    mean: Tensor = _TRACK_SHARE * of_tracks - right / batch.songs.is_real.sum()
    return mean


# --- how good it is -------------------------------------------------------------------------------


def note_f1(network: nn.Module, examples: list[Example]) -> NDArray[np.float64]:
    """Mean over songs of the note F1, for each of `_THRESHOLDS`."""
    scores = []
    for one in examples:
        chosen, *_ = network(as_batch([one.features]))
        probability = chosen.exp().numpy()
        found = np.stack([melody_line(one.features.group, probability, limit) for limit in _THRESHOLDS])
        right = (found & one.is_melody).sum(axis=1)
        scores.append(2 * right / np.maximum(found.sum(axis=1) + one.is_melody.sum(), 1))
    mean: NDArray[np.float64] = np.mean(scores, axis=0)
    return mean


def main() -> None:
    """Train, and write the network after every epoch's end."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="POP909: the folder that holds 001, 002, …")
    parser.add_argument("--out", type=Path, required=True, help="file of the network (.npz)")
    parser.add_argument("--epochs", type=int, default=40)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--start", type=Path, help="network to go on from, instead of chance")
    parser.add_argument("--learning-rate", type=float, default=2e-3)
    said = parser.parse_args()
    torch.manual_seed(said.seed)
    rng = np.random.default_rng(said.seed)
    songs = read_songs(said.folder, TRAINED)
    choosing = [example(song.notes, song.track) for song in read_songs(said.folder, CHOSEN_ON)]
    scoring = [example(song.notes, song.track) for song in read_songs(said.folder, SCORED_ON)]
    shape = {
        "features": choosing[0].features.values.shape[1],
        "channels": 128,
        "rounds": 3,
        "heads": 4,
        "tracks": len(TRACKS),
    }
    network = MelodyNet(**shape)
    if said.start:
        network.load_state_dict(read_network(said.start)[0])

    def validate(network: nn.Module) -> dict[str, float]:
        by_threshold = note_f1(network, choosing)
        threshold = float(_THRESHOLDS[by_threshold.argmax()])
        scores = {"F1 661-700": float(by_threshold.max()), "threshold": threshold}
        write_network(said.out, network, {"shape": shape, "epochs": said.epochs, "seed": said.seed, **scores})
        return scores

    fit(
        network,
        lambda epoch: batches(songs, rng),
        loss,
        validate,
        FitSettings(epochs=said.epochs, learning_rate=said.learning_rate),
    )
    with torch.no_grad():
        network.eval()
        print(
            "F1 on 701-800 by threshold:",
            dict(
                zip(_THRESHOLDS.round(2).tolist(), note_f1(network, scoring).round(4).tolist(), strict=True)
            ),
        )


if __name__ == "__main__":
    main()
