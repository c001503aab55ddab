"""Notes: parallel arrays, sorted, and the few things one does to them everywhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Notes:
    """Notes of one song, sorted by (onset, pitch).

    `onset` and `duration` are float64 seconds, `pitch` and `velocity` uint8 MIDI numbers, `track`
    a name per note ("" where the source has none). All have shape (n,).
    """

    onset: NDArray[np.float64]
    duration: NDArray[np.float64]
    pitch: NDArray[np.uint8]
    velocity: NDArray[np.uint8]
    track: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        if not self.track:
            object.__setattr__(self, "track", [""] * len(self.onset))
        lengths = {len(self.onset), len(self.duration), len(self.pitch), len(self.velocity), len(self.track)}
        if len(lengths) != 1:
            raise ValueError(f"the arrays of notes must be equally long; got lengths {sorted(lengths)}")

    def __len__(self) -> int:
        return len(self.onset)

    @property
    def offset(self) -> NDArray[np.float64]:
        """When each note ends, in seconds, shape (n,)."""
        return self.onset + self.duration

    @property
    def end(self) -> float:
        """When the last note ends, in seconds; 0.0 without notes."""
        return float(self.offset.max()) if len(self) else 0.0

    def take(self, which: NDArray[Any]) -> Notes:
        """Return the notes that the mask or index array `which` picks, in its order."""
        index = np.flatnonzero(which) if which.dtype == bool else which
        track = [self.track[i] for i in index]
        return Notes(self.onset[index], self.duration[index], self.pitch[index], self.velocity[index], track)

    def as_group(self) -> dict[str, Any]:
        """Return the notes as the Row's `note_midi` group."""
        return {
            "time": self.onset,
            "duration": self.duration,
            "value": self.pitch,
            "velocity": self.velocity,
            "track": self.track,
        }


def make_notes(onset: Any, duration: Any, pitch: Any, velocity: Any, track: Sequence[str] = ()) -> Notes:
    """Return `Notes` from anything array-like, sorted by (onset, pitch); ties keep their order."""
    onset = np.asarray(onset, np.float64).reshape(-1)
    pitch = np.asarray(pitch, np.uint8).reshape(-1)
    order = np.lexsort((pitch, onset))
    return Notes(
        onset[order],
        np.asarray(duration, np.float64).reshape(-1)[order],
        pitch[order],
        np.asarray(velocity, np.uint8).reshape(-1)[order],
        [track[i] for i in order] if len(track) else [],
    )


def from_group(group: Mapping[str, Any]) -> Notes:
    """Return `Notes` from the Row's `note_midi` group, as `row.value_at` gives it."""
    return make_notes(group["time"], group["duration"], group["value"], group["velocity"], group["track"])
