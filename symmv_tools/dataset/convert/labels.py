"""Row <-> `.lab` and `.beats` text files, and the arrays that mir_eval takes.

`.lab` has a line of start, end and label for each chord or key, `.beats` one of time and position in the
bar for each beat; tabs between. mir_eval, JAMS and Sonic Visualiser read them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import mir_eval
import numpy as np
from numpy.typing import NDArray

from symmv_tools.errors import BadMedium
from symmv_tools.song import printable

_ROUNDING = 1e-6


class Intervals(NamedTuple):
    """What mir_eval.chord and .segment take: `interval` (n, 2), start and end in seconds, and n labels."""

    interval: NDArray[np.float64]
    label: list[str]


class NoteArrays(NamedTuple):
    """What mir_eval.transcription_velocity takes: `interval` (n, 2) seconds, `pitch` (n,) Hz, `velocity`."""

    interval: NDArray[np.float64]
    pitch: NDArray[np.float64]
    velocity: NDArray[np.uint8]


def intervals(group: Mapping[str, Any]) -> Intervals:
    """Return a group of labels (`chord`, `key_mode`, `shot`) as mir_eval takes them."""
    interval = _interval(group)
    onset = interval[1:, 0]
    passed = interval[:-1, 1] - onset
    # time + duration may pass the next onset by a rounding error, which mir_eval calls an overlap
    interval[:-1, 1] = np.where((passed > 0) & (passed < _ROUNDING), onset, interval[:-1, 1])
    return Intervals(interval, list(group["value"]))


def from_intervals(interval: Any, label: Sequence[str]) -> dict[str, Any]:
    """Return a group of labels from mir_eval's arrays; confidence is null."""
    interval = np.asarray(interval, np.float64).reshape(-1, 2)
    return _group(interval[:, 0], interval[:, 1] - interval[:, 0], label)


def until_next(time: Any, label: Sequence[str], end: float) -> dict[str, Any]:
    """Return labels of which each holds until the next begins, and the last until `end` seconds."""
    time = np.asarray(time, np.float64)
    return _group(time, np.maximum(np.diff(time, append=max(end, time[-1])) if len(time) else time, 0), label)


def note_arrays(group: Mapping[str, Any]) -> NoteArrays:
    """Return the notes as mir_eval takes them, pitch in Hz."""
    pitch = mir_eval.util.midi_to_hz(np.asarray(group["value"], np.float64))
    return NoteArrays(_interval(group), pitch, np.asarray(group["velocity"], np.uint8))


def from_note_arrays(notes: NoteArrays, track: str = "") -> dict[str, Any]:
    """Return the Row's `note_midi` from mir_eval's arrays; pitches go to the nearest semitone."""
    pitch = np.round(mir_eval.util.hz_to_midi(np.asarray(notes.pitch, np.float64))).astype(np.uint8)
    time = notes.interval[:, 0]
    group = {"time": time, "duration": notes.interval[:, 1] - time, "value": pitch}
    return {**group, "velocity": notes.velocity, "track": [track] * len(time)}


# --- text files -----------------------------------------------------------------------------------


def lab_text(group: Mapping[str, Any]) -> str:
    """Return the `.lab` text of a group of labels; every digit of a time is kept."""
    interval, label = intervals(group)
    return "".join(f"{a!r}\t{b!r}\t{name}\n" for (a, b), name in zip(interval.tolist(), label, strict=True))


def read_lab(path: Path) -> dict[str, Any]:
    """Read a `.lab` file as a group of labels; BadMedium if it is none."""
    return from_intervals(*_read(mir_eval.io.load_labeled_intervals, path))


def beats_text(group: Mapping[str, Any]) -> str:
    """Return the `.beats` text of the Row's `beat`."""
    times = np.asarray(group["time"], np.float64).tolist()
    return "".join(f"{time!r}\t{position}\n" for time, position in zip(times, group["value"], strict=True))


def read_beats(path: Path) -> dict[str, Any]:
    """Read a `.beats` file as the Row's `beat`, confidence null; BadMedium if it is none."""
    time, position = _read(mir_eval.io.load_time_series, path)
    if ((position < 0) | (position > 255) | (position % 1 != 0)).any():
        raise BadMedium("BAD_ANNOTATION", f"{path.name}: a position in the bar is no number from 0 to 255")
    return {"time": time, "value": position.astype(np.uint8), "confidence": [None] * len(time)}


def _read(load: Any, path: Path) -> Any:
    try:
        return load(str(path))
    except OSError as why:
        raise BadMedium("UNREADABLE", f"{printable(path.name)} cannot be read: {why.strerror}") from why
    except (ValueError, IndexError) as why:
        raise BadMedium("BAD_ANNOTATION", f"{printable(path.name)} cannot be used: {why}") from why


def _interval(group: Mapping[str, Any]) -> NDArray[np.float64]:
    time = np.asarray(group["time"], np.float64)
    return np.stack([time, time + np.asarray(group["duration"], np.float64)], axis=1)


def _group(time: Any, duration: Any, label: Sequence[str]) -> dict[str, Any]:
    nothing = [None] * len(label)
    return {"time": time, "duration": duration, "value": list(label), "confidence": nothing}
