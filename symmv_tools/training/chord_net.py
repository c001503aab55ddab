"""Train the chord annotator on POP909: `python -m symmv_tools.training.chord_net FOLDER --out FILE`.

POP909 has two sources of chords, one found in the MIDI file and one in the recording; both are
programs' opinions and agree on .81 of the time, so the network learns from both, mostly from the
former. Songs 001-660 are learned, 661-700 chosen on, 701-800 only scored. Beats are our own, found
in the notes, for most of the songs; in some they are the released ones, in some twice or half as fast.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import mir_eval
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from symmv_tools import checkpoints
from symmv_tools.models.chord_net import ChordNet, hear
from symmv_tools.models.networks import write_network
from symmv_tools.music import harte
from symmv_tools.music.beats import Beats
from symmv_tools.music.chord_features import Cells, cell_features, half_beats, tonics
from symmv_tools.music.chord_path import CHORDS, chord_class, likeliest_chords, moved
from symmv_tools.music.chords import Chords
from symmv_tools.music.notes import Notes
from symmv_tools.sources.pop909 import read_annotations
from symmv_tools.sources.releases import Labels
from symmv_tools.stages import beats_from_notes
from symmv_tools.training.degrade import degraded
from symmv_tools.training.loop import fit
from symmv_tools.training.settings import FitSettings

TRAINED, CHOSEN_ON, SCORED_ON = range(1, 661), range(661, 701), range(701, 801)
AUDIO_SHARE = 0.3  # of the truth comes from the recording's chords
_SONGS_PER_BATCH = 12
_PROBES = (0.125, 0.375, 0.625, 0.875)  # where in a cell the truth is asked
_FIFTHS = (0, 7, 5)  # the keys that a tonic is mistaken for
_CHANGE_COST = 1.0  # nats, while choosing


class Song(NamedTuple):
    """Notes, two opinions on the beats and two on the chords."""

    notes: Notes
    own: Beats
    released: Beats
    midi: Labels
    audio: Labels


class Example(NamedTuple):
    """Features (T, features) and soft truth (T, CHORDS)."""

    features: NDArray[np.float32]
    chord: NDArray[np.float32]


class Batch(NamedTuple):
    """Examples padded with zeros, which weigh nothing."""

    features: Tensor
    chord: Tensor


def read_songs(folder: Path, numbers: Sequence[int]) -> list[Song]:
    """Read POP909's songs and find their beats."""
    settings = beats_from_notes.BeatsFromNotesSettings()
    weights = {name: str(checkpoints.locate(name)) for name in beats_from_notes.STAGE.checkpoints(settings)}
    track = beats_from_notes.tracker(settings, weights)
    return [_read(folder / f"{number:03d}", track) for number in numbers]


def _read(folder: Path, track: Callable[[Notes], Beats]) -> Song:
    said = read_annotations(folder)
    return Song(said.notes, track(said.notes), said.beats_midi, said.chords_midi, said.chords_audio)


# --- what the network is shown --------------------------------------------------------------------


def varied(song: Song, rng: np.random.Generator) -> Example:
    """Return the song as somebody else might have played it, and as other beats would cut it."""
    notes = song.notes
    if rng.random() < 0.4:
        notes, _ = degraded(notes, np.zeros(len(notes), np.int64), rng)
    tonic = tonics(notes)[0]
    if rng.random() < 0.3:
        tonic = int((tonic + rng.choice(_FIFTHS)) % 12 if rng.random() < 0.75 else rng.integers(12))
    return example(song, notes, half_beats(notes, *_varied_beats(song, rng)), tonic)


def _varied_beats(song: Song, rng: np.random.Generator) -> tuple[NDArray[np.float64], NDArray[np.uint8]]:
    time, position, _ = song.own
    kind = rng.choice(["own", "released", "twice", "half", "none"], p=[0.58, 0.25, 0.07, 0.07, 0.03])
    if kind == "released":
        time, position, _ = song.released
    elif kind == "twice":
        time = np.interp(np.arange(2 * len(time) - 1) / 2, np.arange(len(time)), time)
        position = _counting(time)
    elif kind == "half":
        time = time[rng.integers(2) :: 2]
        position = _counting(time)
    elif kind == "none":
        time = time[:0]
    if rng.random() < 0.15:
        position = ((position.astype(np.int64) + rng.integers(4) - 1) % 4 + 1).astype(np.uint8)
    return time, position


def _counting(time: NDArray[np.float64]) -> NDArray[np.uint8]:
    return (np.arange(len(time)) % 4 + 1).astype(np.uint8)


def example(song: Song, notes: Notes, cells: Cells, tonic: int) -> Example:
    """Return features of `notes` and the song's truth for `cells`, all counting from `tonic`."""
    chord = np.zeros((len(cells.position), CHORDS))
    for labels, share in ((song.midi, 1 - AUDIO_SHARE), (song.audio, AUDIO_SHARE)):
        for probe in _PROBES:
            _add_truth(chord, labels, cells.border[:-1] + probe * np.diff(cells.border), share)
    features = cell_features(notes, cells, tonic)
    return Example(features, moved(chord, -tonic).astype(np.float32))


def _add_truth(chord: NDArray[np.float64], labels: Labels, at: NDArray[np.float64], share: float) -> None:
    """Add what `labels` say at the time `at` of each cell; where they say nothing, it is no chord."""
    parsed = [harte.parse(label) for label in labels.value] + [None]
    index = np.searchsorted(labels.time, at, "right") - 1
    index[(index < 0) | (at >= (labels.time + labels.duration)[index])] = len(labels.value)
    classes = np.array([chord_class(one) for one in parsed])[index]
    chord[np.arange(len(at)), classes] += share / len(_PROBES)


def batches(songs: list[Song], rng: np.random.Generator) -> list[Batch]:
    """Return all songs, varied, in batches of about equal length and random order."""
    examples = [varied(song, rng) for song in songs]
    order = np.argsort([len(one.features) + rng.normal(0.0, 40.0) for one in examples])
    starts = rng.permutation(np.arange(0, len(order), _SONGS_PER_BATCH))
    return [_batch([examples[i] for i in order[start : start + _SONGS_PER_BATCH]]) for start in starts]


def _batch(examples: list[Example]) -> Batch:
    columns = zip(*examples, strict=True)
    pad = nn.utils.rnn.pad_sequence
    return Batch(*(pad([torch.from_numpy(one) for one in column], batch_first=True) for column in columns))


def loss(network: nn.Module, batch: Batch) -> Tensor:
    """Cross-entropy with the soft truth, per cell."""
    with torch.autocast("cpu", torch.bfloat16):
        logits = network(batch.features)
    right = (batch.chord * functional.log_softmax(logits.float(), dim=2)).sum()
    mean: Tensor = -right / batch.chord.sum()
    return mean


# --- how good it is -------------------------------------------------------------------------------


def scores(network: nn.Module, songs: list[Song], change_cost: float = _CHANGE_COST) -> dict[str, float]:
    """Mean over songs of majmin and sevenths against both sources of truth, on our own beats."""
    table = []
    for song in songs:
        cells = half_beats(song.notes, song.own.time, song.own.position)
        evidence = hear(song.notes, cells, network)
        found = likeliest_chords(evidence, cells, song.notes.end, change_cost=change_cost)
        table.append([*_agreement(song.midi, found), *_agreement(song.audio, found)])
    names = ("majmin midi", "sevenths midi", "majmin audio", "sevenths audio")
    return dict(zip(names, np.mean(table, axis=0).tolist(), strict=True))


def _agreement(truth: Labels, found: Chords) -> tuple[float, float]:
    spans = np.stack([truth.time, truth.time + truth.duration], axis=1)
    ours = np.stack([found.time, found.time + found.duration], axis=1)
    ours, labels = mir_eval.util.adjust_intervals(ours, found.label, spans.min(), spans.max(), "N", "N")
    spans, names, labels = mir_eval.util.merge_labeled_intervals(spans, truth.value, ours, labels)
    seconds = mir_eval.util.intervals_to_durations(spans)
    majmin, sevenths = mir_eval.chord.majmin(names, labels), mir_eval.chord.sevenths(names, labels)
    weighted = mir_eval.chord.weighted_accuracy
    return float(weighted(majmin, seconds)), float(weighted(sevenths, seconds))


def main() -> None:
    """Train, and write the network after every epoch."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="POP909: the folder that holds 001, 002, …")
    parser.add_argument("--out", type=Path, required=True, help="file of the network (.npz)")
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--seed", type=int, default=0)
    said = parser.parse_args()
    torch.manual_seed(said.seed)
    rng = np.random.default_rng(said.seed)
    songs, choosing, scoring = (read_songs(said.folder, part) for part in (TRAINED, CHOSEN_ON, SCORED_ON))
    shape = {"features": varied(songs[0], rng).features.shape[1], "channels": 128, "hidden": 128}
    network = ChordNet(**shape)

    def validate(network: nn.Module) -> dict[str, float]:
        reached = scores(network, choosing)
        write_network(
            said.out, network, {"shape": shape, "epochs": said.epochs, "seed": said.seed, **reached}
        )
        return reached

    fit(network, lambda epoch: batches(songs, rng), loss, validate, FitSettings(epochs=said.epochs))
    network.eval()
    for cost in (0.0, 0.5, 1.0, 2.0, 3.0):
        print(f"661-700 with a change at {cost} nats:", scores(network, choosing, cost))
    print("701-800:", scores(network, scoring))


if __name__ == "__main__":
    main()
