"""Learn the weights of `music.key_changes` from POP909, and print them as the module that holds them.

    python -m symmv_tools.training.keys PATH_TO_POP909 > symmv_tools/music/key_weights.py

takes seconds. PATH_TO_POP909 holds the folders 001, 002, …; songs 001-700 are learned from.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from symmv_tools.io import midi
from symmv_tools.music.key_changes import each_alone, evidence, pitch_class_shares, probabilities
from symmv_tools.music.keys import PROFILES
from symmv_tools.music.notes import Notes

Floats = NDArray[np.float64]

LEARNED_FROM = range(1, 701)
PULL = 30.0
"""How strongly weights are held to the Aarden-Essen profile (an inverse variance, for shares of
variance 1). Cross-validated on POP909 001-700, pulls from 3 to 100 are equal within the error;
this one was taken with 701-800 in sight (docs/explanation/keys.md)."""

_PITCH_CLASS = {
    name: i for i, name in enumerate(["C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B"])
}
_SHORTEST = 0.05  # of the song: a shorter passage says little about its key


class Truth(NamedTuple):
    """Annotated keys: where they begin and end, seconds, and their index in `music.keys.KEYS`; (n,) each."""

    begin: Floats
    end: Floats
    key: NDArray[np.intp]


class Song(NamedTuple):
    """A song's notes, all tracks merged, and its annotated keys."""

    notes: Notes
    truth: Truth


class Model(NamedTuple):
    """What `music.key_changes.evidence` takes: (2, 3, 12) weights, and what minor has ahead of major."""

    weights: Floats
    minor: float


def read_song(folder: Path) -> Song:
    """Read one song's folder of POP909: NNN.mid and key_audio.txt (lines such as `2.67 191.98 Gb:maj`)."""
    rows = [
        line.split() for line in (folder / "key_audio.txt").read_text("utf-8").splitlines() if line.strip()
    ]
    key = [_PITCH_CLASS[tonic] + 12 * (mode == "min") for tonic, mode in (row[2].split(":") for row in rows)]
    begin, end = np.array([[float(row[0]), float(row[1])] for row in rows]).T
    return Song(midi.read(folder / f"{folder.name}.mid").notes, Truth(begin, end, np.array(key)))


def passages(song: Song) -> Iterator[tuple[Floats, int]]:
    """Yield shares (3, 12) and key of each passage; the first and the last reach to the song's ends."""
    notes, truth = song
    inner = np.maximum.accumulate(np.clip(truth.begin[1:], notes.onset[0], notes.end))
    shares = pitch_class_shares(notes, np.concatenate([notes.onset[:1], inner, [notes.end]]))
    long = shares.sum(axis=2).min(axis=1) >= _SHORTEST
    yield from zip(each_alone(shares)[long], truth.key[long].tolist(), strict=True)


def learn(songs: Sequence[Song], pull: float = PULL) -> Model:
    """Return the likeliest weights for `songs`; those near the Aarden-Essen profile count as likelier."""
    heard = [passage for song in songs for passage in passages(song)]
    shares, key = np.array([share for share, _ in heard]), np.array([key for _, key in heard])
    prior = _Prior(_aarden_essen(), shares.std(axis=(0, 2))[:, None], pull)
    start = np.zeros(prior.profile.size + 2)
    found = minimize(_loss, start, (shares, key, prior), jac=True, method="L-BFGS-B")
    weights, minor = _unpacked(found.x, prior)
    # What both modes of a role have in common helps no key.
    return Model(weights - weights.mean(axis=(0, 2), keepdims=True), minor)


class _Prior(NamedTuple):
    """What weights are held to: a multiple of `profile`, within 1 / (`spread` of a role * sqrt(`pull`))."""

    profile: Floats  # (2, 3, 12)
    spread: Floats  # (3, 1)
    pull: float


def _aarden_essen() -> Floats:
    """The profile for what sounds, standardised as correlation does it; nothing for the outer notes."""
    profile = np.zeros((2, 3, 12))
    profile[:, 0] = [(np.array(mode) - np.mean(mode)) / np.std(mode) for mode in PROFILES["aarden-essen"]]
    return profile


def _unpacked(values: Floats, prior: _Prior) -> tuple[Floats, float]:
    """What is optimised: deviations from the profile, how often the profile counts, minor's advantage."""
    deviation = values[:-2].reshape(prior.profile.shape)
    return deviation / prior.spread + values[-2] * prior.profile, float(values[-1])


def _loss(values: Floats, shares: Floats, key: NDArray[np.intp], prior: _Prior) -> tuple[float, Floats]:
    """Negative log posterior, and its gradient."""
    chance = probabilities(evidence(shares, *_unpacked(values, prior)))
    rows, deviation = np.arange(len(key)), values[:-2]
    loss = -np.log(chance[rows, key]).sum() + prior.pull / 2 * (deviation @ deviation)
    chance[rows, key] -= 1.0
    by_degree = _by_degree(shares, chance)
    of_deviation = (by_degree / prior.spread).ravel() + prior.pull * deviation
    return float(loss), np.append(of_deviation, [(by_degree * prior.profile).sum(), chance[:, 12:].sum()])


def _by_degree(shares: Floats, chance: Floats) -> Floats:
    """Gradient of the weights (2, 3, 12): what each degree of each key takes part in."""
    by_tonic = np.einsum("nrp,nmt->mrpt", shares, chance.reshape(-1, 2, 12))
    turned = [np.roll(by_tonic[..., tonic], -tonic, axis=2) for tonic in range(12)]
    return np.asarray(np.sum(turned, axis=0))


def module(model: Model) -> str:
    """Return the text of `music/key_weights.py`."""
    names = ("sounds", "lies lowest", "lies highest")
    lines = [
        '"""What `key_changes` has learned: log odds of a key per share of each degree above its tonic.',
        "",
        "Written by `python -m symmv_tools.training.keys PATH_TO_POP909`, from songs 001-700.",
        '"""',
        "",
        "import numpy as np",
        "",
        "# fmt: off",
        "# (major and minor, 3 roles, 12 degrees)",
        "WEIGHTS = np.array([",
    ]
    for mode, rows in zip(("major", "minor"), model.weights, strict=True):
        lines.append(f"    [  # {mode}")
        for name, row in zip(names, rows, strict=True):
            lines.append(f"        [{', '.join(f'{round(w, 1) + 0.0:.1f}' for w in row)}],  # {name}")
        lines.append("    ],")
    return "\n".join(
        [*lines, "])", "# fmt: on", "", f"MINOR = {model.minor:.2f}  # what a minor key has ahead", ""]
    )


def main(folder: Path) -> None:
    """Learn, and print the module."""
    songs = [read_song(path) for path in (folder / f"{i:03d}" for i in LEARNED_FROM)]
    print(module(learn(songs)), end="")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("say where POP909 lies: python -m symmv_tools.training.keys PATH_TO_POP909")
    main(Path(sys.argv[1]))
