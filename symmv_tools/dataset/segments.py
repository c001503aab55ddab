"""Segments: windows of eight bars on the beat grid, and what is heard and seen beat by beat meanwhile.

This is what Diff-BGM trains on (section 4.1: 8 bars of 4 beats in 16ths, a condition per beat). Chosen by us:
a window begins at a downbeat and always has 32 beats, in any metre; it keeps the seconds of its beats, so
that nothing has to be played back at 120 beats per minute; notes keep their tracks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from symmv_tools.dataset.clock import video_time
from symmv_tools.music.notes import from_group
from symmv_tools.music.quantise import Grid, Quantised, quantise

BEATS, STEPS_PER_BEAT = 32, 4
BEATS_PER_BAR = 4

PER_BEAT = ("motion", "semantic", "text")
"""The features that segments have: means over each beat. Colour is left out, it would be most of the file."""

_WORDS = pa.list_(pa.string())
_VECTORS = pa.list_(pa.list_(pa.float16()))

_COLUMNS: tuple[tuple[str, pa.DataType], ...] = (
    ("song_id", pa.string()),
    ("pair_id", pa.string()),
    ("group_id", pa.string()),
    ("split", pa.string()),
    ("index", pa.int32()),  # of the segment in its song
    ("bar", pa.int32()),  # its first one, counted by downbeats
    ("time", pa.float64()),  # seconds
    ("duration", pa.float64()),
    ("beat", pa.list_(pa.float64())),  # seconds, 33: the last one ends the segment
    ("position", pa.list_(pa.uint8())),  # in the bar, 1 = downbeat, 32
    (
        "note",
        pa.struct(
            [
                ("step", pa.list_(pa.uint8())),  # onset, 0 to 127
                ("duration", pa.list_(pa.uint16())),  # steps, may go on after the segment
                ("value", pa.list_(pa.uint8())),  # MIDI pitch
                ("velocity", pa.list_(pa.uint8())),
                ("track", _WORDS),
            ]
        ),
    ),
    ("chord", _WORDS),  # per beat, what sounds in its middle; N where nothing is said
    ("key_mode", _WORDS),
    ("shot", pa.list_(pa.uint8())),  # shots that open within each beat
    *((name, _VECTORS) for name in PER_BEAT),
)
SEGMENT = pa.schema(_COLUMNS)
"""One segment. A column is null where the song has none of it."""


def segments(
    song: Mapping[str, Any], features: Mapping[str, Mapping[str, Any]], hop_bars: int = 8
) -> Iterator[dict[str, Any]]:
    """Yield the segments of a Row, of which the first begins at its first downbeat.

    `features` are those of `PER_BEAT` that the song has, as `row.FEATURES`. The next segment begins at the
    first downbeat that is `hop_bars` bars of four or more away. What follows the last whole segment is left
    out, and so are segments without notes; a song without notes or beats has none.
    """
    notes, beats = song.get("note_midi"), song.get("beat")
    if not notes or not beats or len(beats["time"]) < BEATS:
        return
    grid = Grid(np.asarray(beats["time"], np.float64), np.asarray(beats["value"], np.uint8), STEPS_PER_BEAT)
    quantised = quantise(from_group(notes), grid)
    about = {name: song.get(name) for name in ("song_id", "pair_id", "group_id", "split")}
    number = 0
    for bar, first in _starts(grid, hop_bars):
        note = _notes(quantised, first * STEPS_PER_BEAT)
        if len(note["step"]):
            edges = grid.seconds_at(STEPS_PER_BEAT * (first + np.arange(BEATS + 1)))
            place = {"index": number, "bar": bar, "position": grid.position[first : first + BEATS]}
            yield about | place | {"note": note} | _meanwhile(song, features, edges)
            number += 1


def _starts(grid: Grid, hop_bars: int) -> Iterator[tuple[int, int]]:
    """Yield the bar and the beat at which each segment begins."""
    due = 0
    for bar, beat in enumerate(np.flatnonzero(grid.position == 1).tolist()):
        if beat >= due and beat + BEATS <= len(grid.beat):
            yield bar, beat
            due = beat + hop_bars * BEATS_PER_BAR


def _notes(notes: Quantised, first_step: int) -> dict[str, Any]:
    """The notes that are struck in the segment that begins at a step."""
    first, last = np.searchsorted(notes.step, [first_step, first_step + BEATS * STEPS_PER_BEAT])
    return {
        "step": (notes.step[first:last] - first_step).astype(np.uint8),
        "duration": np.minimum(notes.duration[first:last], 0xFFFF).astype(np.uint16),
        "value": notes.pitch[first:last],
        "velocity": notes.velocity[first:last],
        "track": notes.track[first:last],
    }


def _meanwhile(
    song: Mapping[str, Any], features: Mapping[str, Mapping[str, Any]], edges: NDArray[np.float64]
) -> dict[str, Any]:
    """All conditions between the beats `edges` (33,), seconds of music."""
    middle = (edges[1:] + edges[:-1]) / 2
    seen = video_time(song, edges)
    found: dict[str, Any] = {"time": edges[0], "duration": edges[-1] - edges[0], "beat": edges}
    found |= {name: labels_at(song[name], middle) for name in ("chord", "key_mode") if song.get(name)}
    if song.get("shot"):
        found["shot"] = np.histogram(song["shot"]["time"], seen)[0].astype(np.uint8)
    return found | {name: means(features[name], seen) for name in PER_BEAT if name in features}


def labels_at(group: Mapping[str, Any], time: NDArray[np.float64]) -> list[str]:
    """Return what a group of labels says at each moment (n,); N where it says nothing."""
    start = np.asarray(group["time"], np.float64)
    end = start + np.asarray(group["duration"], np.float64)
    index = np.searchsorted(start, time, side="right") - 1
    return [
        group["value"][i] if i >= 0 and t < end[i] else "N"
        for i, t in zip(index.tolist(), time.tolist(), strict=True)
    ]


def means(features: Mapping[str, Any], edges: NDArray[np.float64]) -> NDArray[np.float16]:
    """Return the mean of `row.FEATURES` between each two of `edges` (n + 1,), seconds of video: (n, d).

    Where no sample falls between two edges, the nearest to their middle stands for it.
    """
    value = np.asarray(features["value"], np.float32)
    total = np.concatenate([np.zeros_like(value[:1], np.float64), np.cumsum(value, axis=0, dtype=np.float64)])
    at = np.ceil((edges - features["start"]) * features["rate"] - 1e-9)
    first, last = (np.clip(at[part], 0, len(value)).astype(np.int64) for part in (slice(-1), slice(1, None)))
    count = (last - first)[:, None]
    middle = np.rint(((edges[1:] + edges[:-1]) / 2 - features["start"]) * features["rate"])
    nearest = value[np.clip(middle, 0, len(value) - 1).astype(np.int64)]
    inside = (total[last] - total[first]) / np.maximum(count, 1)
    found: NDArray[np.float16] = np.where(count > 0, inside, nearest).astype(np.float16)
    return found
