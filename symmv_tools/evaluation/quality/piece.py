"""A piece: what quality metrics are computed of, from a MIDI file's bytes or from a Row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from symmv_tools.io.midi_quarters import parse_quarters
from symmv_tools.music.notes import Notes, from_group
from symmv_tools.music.quantise import Grid

QUARTERS_PER_BAR = 4
"""On the grid of a file, whatever its time signature says: as in Diff-BGM's notebook and MusPy's examples."""

_STEPS_PER_BEAT = 24  # MusPy's DEFAULT_RESOLUTION, for notes that never had ticks


@dataclass(frozen=True)
class Piece:
    """One piece's notes in seconds and in quarter notes, and its bars.

    `notes` are sorted by (onset, pitch), and hold drums, which `is_drum` (n,) tells, and notes of zero
    length where the file has them. `start` and `end` (n,) are in quarters. `length`, in quarters, is
    where the last note ends, or the last pedal or other controller event stands if that is later: the end
    that MusPy would use. `bars` (bars + 1,) are the borders of the bars in quarters; the first is at or
    before the first note (and 0), the last after `length`. `resolution` is the smallest step of
    metrics that count in steps, per quarter.

    `grid` says what quarters are. "file": ticks, and a bar every four quarters from the first tick.
    "beats": annotated beats, one quarter each, 0 being the first of them; bars go from downbeat to downbeat,
    and outside the beats both go on as they usually are. "none": nobody knows; `start`, `end` and `length`
    are NaN, and `bars` is empty.

    `chords` are Harte labels in order of time; None if nobody looked.
    """

    notes: Notes
    start: NDArray[np.float64]
    end: NDArray[np.float64]
    is_drum: NDArray[np.bool_]
    length: float
    bars: NDArray[np.float64]
    resolution: int
    grid: Literal["file", "beats", "none"]
    chords: tuple[str, ...] | None = None


def piece_of_midi(raw: bytes, name: str = "the MIDI data") -> Piece:
    """Return the piece that a MIDI file's bytes hold, on the file's own grid, without chords.

    `name` is what messages call it. Raises BadMedium as `io.midi.read` does.
    """
    file = parse_quarters(raw, name)
    n_bars = int(file.last_event // QUARTERS_PER_BAR) + 1
    return Piece(
        notes=file.notes,
        start=file.start,
        end=file.end,
        is_drum=file.is_drum,
        length=file.last_event,
        bars=np.arange(n_bars + 1, dtype=np.float64) * QUARTERS_PER_BAR,
        resolution=file.ticks_per_quarter,
        grid="file",
    )


def piece_of_row(row: Mapping[str, Any]) -> Piece:
    """Return the piece of a Row's `note_midi`, on its `beat`, with its `chord` and `pedal` if it has them.

    Groups are as `row.value_at` gives them. A Row without beats, or with a single one, has grid "none".

    Raises ValueError if `note_midi` is null, for then nobody looked for notes, or if the beats do not rise.
    """
    if row.get("note_midi") is None:
        raise ValueError(
            f"song {row.get('song_id')!r} has no note_midi (null): run a stage that makes it, "
            "or leave the song out"
        )
    notes = from_group(row["note_midi"])
    chords = None if row.get("chord") is None else tuple(row["chord"]["value"])
    beat = row.get("beat")
    if beat is None or len(beat["time"]) < 2:
        return _without_beats(notes, chords)
    grid = Grid(np.asarray(beat["time"], np.float64), np.asarray(beat["value"], np.uint8), 1)
    start, end = grid.step_at(notes.onset), grid.step_at(notes.offset)
    length = max(end.max(initial=0.0), grid.step_at(_releases(row.get("pedal"))).max(initial=0.0))
    return Piece(
        notes=notes,
        start=start,
        end=end,
        is_drum=np.zeros(len(notes), bool),
        length=float(length),
        bars=_bars(grid.position, min(0.0, start.min(initial=0.0)), float(length)),
        resolution=_STEPS_PER_BEAT,
        grid="beats",
        chords=chords,
    )


def _without_beats(notes: Notes, chords: tuple[str, ...] | None) -> Piece:
    unknown = np.full(len(notes), np.nan)
    is_drum = np.zeros(len(notes), bool)
    return Piece(notes, unknown, unknown, is_drum, np.nan, np.zeros(0), _STEPS_PER_BEAT, "none", chords)


def _releases(pedal: Mapping[str, Any] | None) -> NDArray[np.float64]:
    if pedal is None:
        return np.zeros(0)
    return np.asarray(pedal["time"], np.float64) + np.asarray(pedal["duration"], np.float64)


def _bars(position: NDArray[np.uint8], first: float, last: float) -> NDArray[np.float64]:
    """Borders of the bars, from one at or before `first` to one after `last`, in beats."""
    downbeats = np.flatnonzero(position == 1)
    if not len(downbeats):
        downbeats = np.array([1 - int(position[0])])
    lengths = np.diff(downbeats)
    usual = int(np.bincount(lengths).argmax()) if len(lengths) else max(1, int(position.max()))
    n_before = max(0, int(np.ceil((downbeats[0] - first) / usual)))
    n_after = max(0, int((last - downbeats[-1]) // usual) + 1)
    before = downbeats[0] - usual * np.arange(n_before, 0, -1)
    after = downbeats[-1] + usual * np.arange(1, n_after + 1)
    return np.concatenate([before, downbeats, after]).astype(np.float64)
