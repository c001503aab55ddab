"""Which songs the limits of `midi_quality` refuse, as they are and damaged on purpose.

Every song of the folders is asked as it is; every tenth once more after each kind of damage.

    SYMMV_DATA=… python -m tests.benchmarks.quality
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from itertools import pairwise

import numpy as np

from symmv_tools.io import midi
from symmv_tools.music.notes import Notes, make_notes
from symmv_tools.music.quality import QualityLimits, refusal, statistics
from tests.benchmarks.data import pop909, symmv_midi
from tests.benchmarks.page import hardware, replace_section

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
    """Write the table, and print every intact song that is refused."""
    every_tenth: list[Notes] = []
    lines = ["| songs | how many | verdicts |", "| --- | --- | --- |"]
    for name, unpacked in (("POP909 001-800", pop909), ("SymMV 0001-1000", symmv_midi)):
        with unpacked() as folder:
            songs = {path.name: midi.read(path).notes for path in sorted(folder.rglob("*.mid"))}
        every_tenth += list(songs.values())[::10]
        lines.append(_line(name, songs.values()))
        for file, notes in songs.items():
            if refused := refusal(statistics(notes), QualityLimits()):
                print(f"  {file}: {refused.code}: {refused.message}")
    for name, damage in DAMAGES.items():
        rng = np.random.default_rng(0)
        lines.append(_line(f"every tenth, {name}", [damage(notes, rng) for notes in every_tenth]))
    text = "\n".join([*lines, "", f"The limits were fixed on this same material. {hardware()}"])
    print(text)
    replace_section("quality", text)


def _line(name: str, songs: Collection[Notes]) -> str:
    said = ", ".join(f"{count} {code}" for code, count in verdicts(songs).most_common())
    return f"| {name} | {len(songs)} | {said} |"


if __name__ == "__main__":
    main()
