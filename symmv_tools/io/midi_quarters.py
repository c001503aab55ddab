"""A MIDI file's notes in quarter notes, as its ticks say, beside their seconds: what metrics count in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from symmv_tools.io.midi import Clock, clock_of, score_of
from symmv_tools.music.notes import Notes


@dataclass(frozen=True)
class QuarterMidi:
    """What a MIDI file says, in seconds and in quarter notes.

    `notes` are all of them, sorted by (onset, pitch) and without names of tracks: drums (channel 10),
    which `is_drum` (n,) tells, and notes of zero length too. `start` and `end` (n,) are in quarters from
    the file's beginning: ticks / `ticks_per_quarter`. `last_event` is where the last note ends or the last
    controller stands, in quarters.
    """

    notes: Notes
    start: NDArray[np.float64]
    end: NDArray[np.float64]
    is_drum: NDArray[np.bool_]
    last_event: float
    ticks_per_quarter: int


def parse_quarters(raw: bytes, name: str = "the MIDI data") -> QuarterMidi:
    """Read the bytes of a MIDI file; `name` is what messages call it.

    Releases are matched to notes as in `io.midi.read`. Notes that are never released are left out,
    and a controller on a channel that plays no note is not seen. Raises BadMedium as `io.midi.read`.
    """
    score = score_of(raw, name)
    tracks, per_quarter = list(score.tracks), score.ticks_per_quarter
    found = _in_ticks(tracks)
    last_tick = max([int(found.end.max(initial=0)), *map(_last_controller, tracks)])
    return QuarterMidi(
        _notes(found, clock_of(score)),
        found.begin / per_quarter,
        found.end / per_quarter,
        found.is_drum,
        last_tick / per_quarter,
        per_quarter,
    )


class _Ticks(NamedTuple):
    """Notes in ticks, sorted by (begin, pitch)."""

    begin: NDArray[np.int64]
    end: NDArray[np.int64]
    pitch: NDArray[np.uint8]
    velocity: NDArray[np.uint8]
    is_drum: NDArray[np.bool_]


def _in_ticks(tracks: Sequence[Any]) -> _Ticks:
    columns = [track.notes.numpy() for track in tracks]
    begin, duration = (_joined(columns, part, np.int64) for part in ("time", "duration"))
    pitch, velocity = (_joined(columns, part, np.int8).view(np.uint8) for part in ("pitch", "velocity"))
    drums = [bool(track.is_drum) for track in tracks]
    is_drum = np.repeat(np.array(drums, bool), [len(column["time"]) for column in columns])
    order = np.argsort(begin * 128 + pitch, kind="stable")
    return _Ticks(begin[order], (begin + duration)[order], pitch[order], velocity[order], is_drum[order])


def _joined(columns: Sequence[Any], part: str, kind: type[np.integer[Any]]) -> NDArray[Any]:
    return np.concatenate([np.zeros(0, kind), *(column[part] for column in columns)])


def _notes(found: _Ticks, clock: Clock) -> Notes:
    onset = clock.at(found.begin)
    return Notes(onset, clock.at(found.end) - onset, found.pitch, found.velocity)


def _last_controller(track: Any) -> int:
    # A file gives events in order of time, and so does symusic.
    return int(track.controls[-1].time) if len(track.controls) else 0
