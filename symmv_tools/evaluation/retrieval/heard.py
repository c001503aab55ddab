"""What a network hears in pieces: one vector per eight bars, or one per piece."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from symmv_tools import checkpoints
from symmv_tools.errors import BadCall, BadMedium
from symmv_tools.evaluation.pool import in_order
from symmv_tools.evaluation.sound import Sound
from symmv_tools.evaluation.systems import Entry, System
from symmv_tools.io.midi import parse
from symmv_tools.models import musicnn

Unit = Literal["segment", "piece"]

QUARTERS_PER_BAR = 4
SEGMENT_QUARTERS = 8 * QUARTERS_PER_BAR
"""Eight bars of four quarters, by the MIDI file's own tempo: what Diff-BGM generates and ranks."""

_LEAST_SECONDS = 0.5


class Segments(NamedTuple):
    """One piece: each segment's vector, (k, d), and the probability of its tags, (k, tags)."""

    vector: NDArray[np.float32]
    tags: NDArray[np.float32]


@dataclass(frozen=True)
class Ear:
    """Hears a piece with one network: a checkpoint such as musicnn-mtt. Can be pickled."""

    network: str = "musicnn-mtt"
    unit: Unit = "segment"
    sound: Sound = field(default_factory=Sound)

    def __call__(self, entry: Entry) -> Segments:
        """Return the means of penultimate layer and tags over each segment; BadMedium without a sound."""
        samples = self.sound.of(entry, musicnn.SAMPLE_RATE)
        if samples is None:
            raise BadMedium("NO_SOUND", f"{entry.id} has neither MIDI nor audio", "every piece needs one")
        if len(samples) < _LEAST_SECONDS * musicnn.SAMPLE_RATE:
            raise BadMedium("TOO_SHORT", f"{entry.id} lasts less than half a second", "leave it out")
        parts = self._parts(entry, samples)
        network = musicnn.load(str(checkpoints.locate(self.network)))
        heard = [musicnn.hear(part, network) for part in parts]
        return Segments(
            np.stack([one.penultimate.mean(axis=0) for one in heard]),
            np.stack([one.tags.mean(axis=0) for one in heard]),
        )

    def _parts(self, entry: Entry, samples: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        raw = entry.midi_bytes()
        if self.unit == "piece" or raw is None:
            return [samples]
        edges = np.rint(segment_edges(raw, entry.id) * musicnn.SAMPLE_RATE).astype(np.int64)
        return np.split(samples[: edges[-1]], edges[1:-1])

    @property
    def conditions(self) -> dict[str, str]:
        """What the vectors depend on."""
        said = {"network": f"{self.network}, penultimate layer, mean over 3 s patches", "unit": self.unit}
        return said | self.sound.conditions(musicnn.SAMPLE_RATE)


def segment_edges(raw: bytes, name: str) -> NDArray[np.float64]:
    """Return the edges (k + 1,), seconds, of a MIDI file's segments that its notes reach the last bar of.

    A file too short for one is a segment as it is.
    """
    said = parse(raw, name)
    reached = float(said.tempo.quarters_at(said.duration)) + QUARTERS_PER_BAR
    n_whole = int(reached / SEGMENT_QUARTERS - 1e-6)
    if not n_whole:
        return np.array([0.0, said.duration])
    return said.tempo.seconds_at(SEGMENT_QUARTERS * np.arange(n_whole + 1))


@dataclass
class Heard:
    """A whole system, a segment after the other: the piece of each, (n,), which of the piece's segments
    it is, (n,), vectors (n, d) and tags (n, tags)."""

    name: str
    piece: NDArray[np.str_]
    number: NDArray[np.int64]
    vector: NDArray[np.float32]
    tags: NDArray[np.float32]
    failed: dict[str, str]


def hear_all(
    system: System, ear: Ear, *, workers: int = 1, advance: Callable[[int], None] = lambda n: None
) -> Heard:
    """Hear every piece of a system; one that cannot be read costs itself. BadCall if nothing is left."""
    pieces: list[str] = []
    found: list[Segments] = []
    failed: dict[str, str] = {}
    for entry, heard in in_order(ear, system.entries(("midi",)), workers):
        try:
            found.append(heard())
            pieces.append(entry.id)
        except BadMedium as why:
            failed[entry.id] = why.message
        advance(1)
    if not found:
        raise BadCall(f"no piece of {system.name} could be heard", next(iter(failed.values()), ""))
    return Heard(
        system.name,
        np.repeat(pieces, [len(one.vector) for one in found]),
        np.concatenate([np.arange(len(one.vector)) for one in found]),
        np.concatenate([one.vector for one in found]),
        np.concatenate([one.tags for one in found]),
        failed,
    )


def refuse_recordings(systems: Sequence[System], unit: Unit) -> None:
    """Raise BadCall where segments of eight bars are asked of sound alone."""
    without = [one.name for one in systems if not one.has_notes]
    if unit == "segment" and without:
        raise BadCall(
            f"{', '.join(without)}: only MIDI says where eight bars end", "rank whole pieces: --unit piece"
        )
