"""Random rows that keep every promise of the schema, for the laws of what reads and writes them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from hypothesis import strategies as st
from numpy.typing import NDArray

from symmv_tools.dataset.check import check_row
from symmv_tools.music.keys import KEYS
from symmv_tools.row import ROW

Row = dict[str, Any]

SECONDS = st.floats(0, 600, allow_nan=False)
"""Any times; ties and tiny gaps are likely."""
GRID = st.integers(0, 600 * 64).map(lambda tick: tick / 64)
"""Times that lie far enough apart for the ticks of a MIDI file to tell them from each other."""

TRACKS = ("melody", "accompaniment", "bridge", "piano")
CHORDS = ("N", "X", "C:maj", "A:min7/b3", "F#:hdim7", "Bb:7(b9)", "G:(1,5)/5", "Eb", "D:maj(9)/3")
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


@st.composite
def _group(
    draw: st.DrawFn, /, times: st.SearchStrategy[float], most: int, **parts: st.SearchStrategy[Any]
) -> Row:
    """A group: sorted times, and as many of every other part."""
    n = draw(st.integers(0, most))
    found = {"time": np.sort(np.array(draw(st.lists(times, min_size=n, max_size=n)), np.float64))}
    return found | {name: draw(st.lists(part, min_size=n, max_size=n)) for name, part in parts.items()}


def notes(times: st.SearchStrategy[float]) -> st.SearchStrategy[Row]:
    """The group `note_midi`, in any order within one onset."""
    return _group(
        times,
        8,
        duration=times,
        value=st.integers(0, 127),
        velocity=st.integers(1, 127),
        track=st.sampled_from(TRACKS),
    )


def labels(times: st.SearchStrategy[float], names: Any) -> st.SearchStrategy[Row]:
    """A group of labels, which may overlap, last no time and leave gaps; confidences may be null."""
    confidence = st.none() | st.floats(0, 1, width=32)
    return _group(times, 5, duration=times, value=names, confidence=confidence)


@st.composite
def chained(draw: st.DrawFn, times: st.SearchStrategy[float], names: Any) -> Row:
    """A group of labels one after the other without gaps, the confidences null, as text files hold them."""
    edges = _distinct(draw(st.lists(times, min_size=2, max_size=6, unique=True)))
    n = len(edges) - 1
    value = draw(st.lists(names, min_size=n, max_size=n))
    return {"time": edges[:-1], "duration": np.diff(edges), "value": value, "confidence": [None] * n}


@st.composite
def bars(draw: st.DrawFn, times: st.SearchStrategy[float]) -> Row:
    """The group `beat`: distinct times in bars of one length, 2 to 7, that begin anywhere."""
    time = _distinct(draw(st.lists(times, min_size=1, max_size=20)))
    length, first = draw(st.integers(2, 7)), draw(st.integers(0, 6))
    position = ((np.arange(len(time)) + first) % length + 1).astype(np.uint8)
    return {"time": time, "value": position, "confidence": [None] * len(time)}


@st.composite
def pedals(draw: st.DrawFn, times: st.SearchStrategy[float]) -> Row:
    """The group `pedal`: spans that neither overlap nor touch, from presses that count as such."""
    edges = _distinct(draw(st.lists(times, max_size=8)))
    start, stop = edges[: len(edges) // 2 * 2 : 2], edges[1::2]
    value = draw(st.lists(st.integers(64, 127), min_size=len(start), max_size=len(start)))
    return {"time": start, "duration": stop - start, "value": value}


def metres(times: st.SearchStrategy[float]) -> st.SearchStrategy[Row]:
    """The group `time_signature`."""
    return _group(times, 3, numerator=st.integers(1, 16), denominator=st.sampled_from([1, 2, 4, 8, 16]))


KEY = st.sampled_from(KEYS)
CHORD = st.sampled_from(CHORDS)


@st.composite
def rows(draw: st.DrawFn, times: st.SearchStrategy[float] = SECONDS) -> Row:
    """A row of which any column may be null."""
    provenance = st.fixed_dictionaries(
        {name: st.none() | TEXT for name in ("stage", "variant", "version", "model", "revision")}
        | {"fingerprint": TEXT, "run_at": TEXT}
    )
    columns: dict[str, st.SearchStrategy[Any]] = {
        "title": TEXT,
        "artist": TEXT,
        "album": TEXT,
        "lyrics": TEXT,
        "isrc": TEXT,
        "duration": times,
        "audio_video_offset": st.floats(-100, 100),
        "transposition": st.integers(-5, 6),
        "video_width": st.integers(1, 4096),
        "tempo_global": st.floats(20, 300),
        "alignment": _group(times, 3, video_time=st.just(0.0)).map(_as_alignment),
        "audio": st.just({"bytes": None, "path": "a/b.flac"}),
        "note_midi": notes(times),
        "pedal": pedals(times),
        "tempo": labels(times, st.floats(0, 500, width=32)),
        "time_signature": metres(times),
        "beat": bars(times),
        "chord": labels(times, CHORD),
        "key_mode": labels(times, KEY),
        "shot": labels(times, st.sampled_from(["start", "cut", "dissolve"])),
        "caption": _group(times, 3, duration=times, value=TEXT),
        "midi": st.binary(max_size=20),
        "provenance": st.lists(provenance, max_size=2),
    }
    row = {name: draw(st.none() | cell) for name, cell in columns.items()}
    row |= {"song_id": draw(TEXT.filter(bool)), "split": draw(st.sampled_from(["train", "test"]))}
    check_row(row)
    return row


def canonical(row: Row) -> Row:
    """Every column as Parquet would give it back, in Python's values, so that rows can be compared."""
    arrays: dict[str, Any] = {column.name: pa.array([row.get(column.name)], column.type) for column in ROW}
    return {name: array.to_pylist()[0] for name, array in arrays.items()}


def _as_alignment(group: Row) -> Row:
    return {"music_time": group["time"], "video_time": group["time"] / 2}


def _distinct(times: list[float]) -> NDArray[np.float64]:
    return np.unique(np.array(times, np.float64) + 0.0)
