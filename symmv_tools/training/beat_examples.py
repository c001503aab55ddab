"""Examples for the network that hears beats: stretches of annotated songs, played by somebody else.

Every example is made to differ from what POP909 is (`disturbed`): another tempo, rubato, timing
and velocities of a person or of a transcription, notes missing and notes too many.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from symmv_tools.io import midi
from symmv_tools.models.beat_net import CELLS_PER_SECOND
from symmv_tools.music.beat_features import FRAMES_PER_SECOND, HALVES, N_FEATURES, beat_features
from symmv_tools.music.notes import Notes, make_notes


class Song(NamedTuple):
    """Notes, and when their beats and downbeats are (seconds)."""

    notes: Notes
    beat: NDArray[np.float64]
    is_downbeat: NDArray[np.bool_]


def read_song(folder: Path) -> Song:
    """Read a POP909 song.

    Downbeats are the third column of beat_midi.txt; where its bars have six beats (which index.xlsx
    calls three), they are the second, the bars of three.
    """
    rows = np.loadtxt(folder / "beat_midi.txt").reshape(-1, 3)
    is_downbeat = rows[:, 2] == 1
    bars = np.diff(np.flatnonzero(is_downbeat))
    if len(bars) and int(np.bincount(bars).argmax()) == 6:
        is_downbeat = rows[:, 1] == 1
    return Song(midi.read(folder / f"{folder.name}.mid").notes, rows[:, 0], is_downbeat)


# --- examples -------------------------------------------------------------------------------------


def disturbed(song: Song, seconds: float, rng: np.random.Generator) -> Song:
    """Return a stretch of `song` as somebody else might have played it or a network transcribed it."""
    onset = song.notes.onset
    begin = rng.uniform(-5.0, max(1.0, float(onset[-1]) - seconds))
    inside = (onset >= begin) & (onset < begin + 1.3 * seconds)
    inside &= rng.random(len(onset)) >= rng.choice([0.0, 0.05, 0.2])
    if inside.sum() < 8:
        return disturbed(song, seconds, rng)
    clock, warped = _rubato(begin, 1.4 * seconds, rng)
    played = _with_extras(_played(song.notes.take(inside), clock, warped, rng), rng)
    beat = np.interp(song.beat, clock, warped, left=-np.inf, right=np.inf)
    return Song(played.take(played.onset < played.onset[0] + seconds), beat, song.is_downbeat)


def _played(
    notes: Notes, clock: NDArray[np.float64], warped: NDArray[np.float64], rng: np.random.Generator
) -> Notes:
    """The notes by another clock, with the timing, lengths and velocities of somebody else."""
    onset = np.interp(notes.onset, clock, warped)
    offset = np.interp(notes.offset, clock, warped) + np.maximum(notes.offset - clock[-1], 0.0)
    onset = onset + rng.choice([0.0, 0.006, 0.015]) * rng.standard_normal(len(onset))
    length = np.maximum(offset - onset, 0.03)
    length *= np.exp(rng.choice([0.0, 0.2, 0.5]) * rng.standard_normal(len(length)))
    return make_notes(onset, length, notes.pitch, _velocities(notes.velocity, rng))


def _with_extras(notes: Notes, rng: np.random.Generator) -> Notes:
    """The notes and a few more: octaves, fifths and repetitions of some, up to half a second beside them."""
    extra = rng.integers(len(notes), size=int(rng.choice([0.0, 0.03, 0.1]) * len(notes)))
    onset = notes.onset[extra] + rng.uniform(-0.5, 0.5, len(extra))
    pitch = np.clip(notes.pitch[extra].astype(int) + rng.choice([-12, 0, 12, 7], len(extra)), 0, 127)
    return make_notes(
        np.append(notes.onset, onset),
        np.append(notes.duration, notes.duration[extra]),
        np.append(notes.pitch, pitch),
        np.append(notes.velocity, notes.velocity[extra]),
    )


def _rubato(
    begin: float, seconds: float, rng: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """A clock and what it becomes: another tempo altogether, and (half the time) one that wanders."""
    clock = begin + np.arange(0.0, seconds + 2.0, 2.0)
    pace = rng.uniform(-0.2, 0.2) * rng.choice([0.5, 1.0])
    wander = rng.choice([0.0, 0.0, 0.04, 0.1]) * rng.standard_normal(len(clock) - 1)
    steps = 2.0 * np.exp(pace + wander)
    return clock, np.concatenate([[0.0], np.cumsum(steps)])


def _velocities(velocity: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.int64]:
    """Velocities made noisy, or (one time in five) all alike."""
    flat = rng.random() < 0.2
    values = np.full(len(velocity), 64.0) if flat else velocity.astype(float)
    values = values + rng.choice([0.0, 6.0, 15.0]) * rng.standard_normal(len(values))
    rounded: NDArray[np.int64] = np.clip(np.round(values), 1, 127).astype(np.int64)
    return rounded


def targets(song: Song, n_cells: int) -> NDArray[np.float32]:
    """Beat and downbeat per cell, (n_cells, 2): 1 at the cell, one half beside it."""
    begin = song.notes.onset[0]
    made = np.zeros((n_cells, 2), np.float32)
    for channel, which in enumerate((np.ones(len(song.beat), bool), song.is_downbeat)):
        times = song.beat[which]
        inside = times[(times > begin - 0.02) & (times < begin + n_cells / CELLS_PER_SECOND)]
        cell = np.round((inside - begin) * CELLS_PER_SECOND).astype(int)
        for aside, value in ((-1, 0.5), (1, 0.5), (0, 1.0)):
            at = cell + aside
            made[at[(at >= 0) & (at < n_cells)], channel] = value
    return made


class Batch(NamedTuple):
    """Features (B, frames, features), targets (B, cells, 2), and which cells count, (B, cells, 1)."""

    features: Tensor
    wanted: Tensor
    mask: Tensor


class Stretches:
    """Examples of `songs`, a `batches.Source`; a long song has more turns, about one for each `seconds`."""

    def __init__(self, songs: Sequence[Song], seconds: float, seed: int) -> None:
        self._songs, self._seconds, self._seed = songs, seconds, seed
        turns = [max(1, round(float(song.notes.onset[-1]) / seconds)) for song in songs]
        self._song = np.repeat(np.arange(len(songs)), turns)

    @property
    def lengths(self) -> NDArray[np.int64]:
        """One for each example: all are filled up to the same."""
        return np.ones(len(self._song), np.int64)

    def get(self, index: int, epoch: int) -> tuple[NDArray[np.float32], ...]:
        """Return features, targets and mask of a stretch of a song, disturbed."""
        rng = np.random.default_rng([self._seed, epoch, index])
        return _example(disturbed(self._songs[self._song[index]], self._seconds, rng), self._seconds)

    def order(self, epoch: int) -> NDArray[np.int64]:
        """Return all examples in any order."""
        return np.random.default_rng([self._seed, epoch]).permutation(len(self._song))


def collate(examples: Sequence[tuple[NDArray[np.float32], ...]]) -> Batch:
    """Return examples side by side."""
    return Batch(*(torch.from_numpy(np.stack(arrays)) for arrays in zip(*examples, strict=True)))


def _example(
    song: Song, seconds: float
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """Features, targets and mask of one stretch, zeros after its end."""
    n_frames = int(seconds * FRAMES_PER_SECOND)
    seen = beat_features(song.notes)[:n_frames]
    features = np.zeros((n_frames, N_FEATURES), np.float32)
    features[: len(seen)] = seen
    mask = np.zeros((n_frames * HALVES, 1), np.float32)
    mask[: len(seen) * HALVES] = 1.0
    return features, targets(song, n_frames * HALVES), mask
