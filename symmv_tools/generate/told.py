"""What Diff-BGM is told of a film and of given music, beat by beat."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from symmv_tools.dataset.segments import STEPS_PER_BEAT, labels_at, means
from symmv_tools.generate.compose import Given, Say
from symmv_tools.generate.film import Film
from symmv_tools.music.chord_vectors import chord_vectors
from symmv_tools.music.quantise import Grid, quantise
from symmv_tools.music.rolls import roll_of

Values = NDArray[np.float32]


class Told(NamedTuple):
    """Conditions of all beats of the music: features, chords and shots by beat, the melody as a roll."""

    by_beat: dict[str, Values]
    melody: Values | None

    def part(self, first: int, beats: int) -> dict[str, Values]:
        """Return the conditions of so many beats from beat `first` on."""
        parts = {name: value[first : first + beats] for name, value in self.by_beat.items()}
        if self.melody is not None:
            steps = slice(STEPS_PER_BEAT * first, STEPS_PER_BEAT * (first + beats))
            parts["melody"] = self.melody[:, steps]
        return parts


def told_of(
    widths: Mapping[str, int], film: Film, given: Given, grid: Grid, beats: int, say: Say
) -> Told | None:
    """Return what a network that goes by `widths` is told of `beats` beats of `grid`.

    If one of the conditions is missing, the music is made for nothing, as it was learned from segments that
    lacked one: then this is None, and `say` hears why.
    """
    edges = grid.seconds_at(STEPS_PER_BEAT * np.arange(beats + 1))
    found = {name: _by_beat(name, film, given, edges) for name in widths if name != "melody"}
    known = {name: value.astype(np.float32) for name, value in found.items() if value is not None}
    missing = [name for name in widths if name not in known and (name != "melody" or given.melody is None)]
    if missing:
        say(f"the network goes by {', '.join(widths)}; without {', '.join(missing)} its music is for nothing")
    if missing or not widths:
        return None
    return Told(known, _melody(given, grid, beats) if "melody" in widths else None)


def _by_beat(name: str, film: Film, given: Given, edges: NDArray[np.float64]) -> NDArray[np.generic] | None:
    """One condition between each two of `edges`; None if nobody knows it."""
    if name == "shot":
        return None if film.cuts is None else np.histogram(film.cuts, edges)[0]
    if name == "chord":
        middle = (edges[1:] + edges[:-1]) / 2
        return None if given.chords is None else chord_vectors(labels_at(given.chords, middle))
    features = film.features.get({"visual": "semantic"}.get(name, name))
    return None if features is None or len(features["value"]) == 0 else means(features, edges)


def _melody(given: Given, grid: Grid, beats: int) -> Values:
    assert given.melody is not None
    return roll_of(quantise(given.melody, grid), STEPS_PER_BEAT * beats).astype(np.float32)
