"""Which songs the limits of `midi_quality` refuse, as they are and damaged on purpose.

Every song of the folders is asked as it is; every tenth once more after each kind of damage.

    python tests/benchmarks/quality.py PATH/TO/POP909 PATH/TO/SYMMV/midi
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np

from symmv_tools.io import midi
from symmv_tools.music.notes import Notes, make_notes
from symmv_tools.music.quality import QualityLimits, refusal, statistics

Damage = Callable[[Notes, np.random.Generator], Notes]


def chopped(low: float, high: float) -> Damage:
    """Cut every note into pieces of `low` to `high` seconds."""

    def damage(notes: Notes, rng: np.random.Generator) -> Notes:
        rows = []
        columns = (notes.onset, notes.duration, notes.pitch)
        for onset, duration, pitch in zip(*(column.tolist() for column in columns), strict=True):
            cuts = np.cumsum(rng.uniform(low, high, int(duration / low) + 1))
            borders = np.concatenate([[0.0], cuts[cuts < duration], [duration]])
            rows += [(onset + a, b - a, pitch, 64) for a, b in pairwise(borders.tolist())]
        onset, duration, pitch, velocity = zip(*rows, strict=True)
        return make_notes(onset, duration, pitch, velocity)

    return damage


def shortened(notes: Notes, rng: np.random.Generator) -> Notes:
    """Leave the first 20 to 40 ms of every note."""
    return replace(notes, duration=rng.uniform(0.02, 0.04, len(notes)))


def with_random_notes(share: float) -> Damage:
    """Add `share` times as many notes of random pitch (21 to 108) at random times."""

    def damage(notes: Notes, rng: np.random.Generator) -> Notes:
        count = int(share * len(notes))
        return make_notes(
            np.concatenate([notes.onset, rng.uniform(0, notes.end, count)]),
            np.concatenate([notes.duration, rng.choice(notes.duration, count)]),
            np.concatenate([notes.pitch, rng.integers(21, 109, count)]),
            np.full(len(notes) + count, 64),
        )

    return damage


def thinned(share: float) -> Damage:
    """Lose `share` of the notes."""
    return lambda notes, rng: notes.take(rng.random(len(notes)) >= share)


DAMAGES: dict[str, Damage] = {
    "chopped to 20-40 ms": chopped(0.02, 0.04),
    "chopped to 60-120 ms": chopped(0.06, 0.12),
    "shortened to 20-40 ms": shortened,
    "50 % random notes added": with_random_notes(0.5),
    "100 % random notes added": with_random_notes(1.0),
    "80 % of notes lost": thinned(0.8),
    "90 % of notes lost": thinned(0.9),
}


def verdicts(songs: Iterable[Notes]) -> Counter[str]:
    """How often each code was given; "pass" where none."""
    found = (refusal(statistics(notes), QualityLimits()) for notes in songs)
    return Counter(refused.code if refused else "pass" for refused in found)


def main() -> None:
    """Print the table, and every intact song that is refused."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", type=Path, nargs="+", help="folders of MIDI files, searched recursively")
    every_tenth: list[Notes] = []
    for folder in parser.parse_args().folders:
        paths = sorted(folder.rglob("*.mid"))
        songs = [midi.read(path).notes for path in paths]
        every_tenth += songs[::10]
        print(f"{folder.name}\t{len(songs)}\t{dict(verdicts(songs))}")
        for path, notes in zip(paths, songs, strict=True):
            if refused := refusal(statistics(notes), QualityLimits()):
                print(f"  {path.name}: {refused.code}: {refused.message}")
    for name, damage in DAMAGES.items():
        rng = np.random.default_rng(0)
        print(f"{name}\t{len(every_tenth)}\t{dict(verdicts(damage(notes, rng) for notes in every_tenth))}")


if __name__ == "__main__":
    main()
