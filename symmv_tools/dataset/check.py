"""What a row must be before it may be exported; every complaint names the song and the column."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from symmv_tools import row as rows
from symmv_tools.errors import SymmvError
from symmv_tools.song import printable

SPLITS = ("train", "validation", "test")

_TYPES = {column.name: column.type for column in rows.ROW}
_GROUPS: dict[str, pa.StructType] = {
    name: kind for name, kind in _TYPES.items() if pa.types.is_struct(kind) and kind != rows.MEDIUM
}

_BYTES = pa.list_(pa.uint8())

# Harte et al. (2005), as JAMS' `chord` namespace and mir_eval.chord.CHORD_RE write it, so that
# every exported label can be scored. Not imported from there: exporting should not need mir_eval.
_INTERVAL = r"(?:b*|#*)(?:1[0-3]|[1-9])"
_INTERVALS = rf"\(\*?{_INTERVAL}(?:,\*?{_INTERVAL})*\)"
_QUALITY = (
    "maj7|min7|dim7|hdim7|minmaj7|aug7|maj6|min6|maj9|min9|maj11|min11|maj13|min13"
    "|maj|min|dim|aug|sus2|sus4|13|11|1|5|7|9"
)
_CHORD = re.compile(
    rf"N|X|[A-G](?:b*|#*)(?::(?:(?:{_QUALITY})(?:{_INTERVALS})?|{_INTERVALS}))?(?:/{_INTERVAL})?"
)
_KEY = re.compile(r"[A-G][b#]?:(?:major|minor)")


class BadRow(SymmvError):
    """A row breaks a promise of the schema: whichever stage made it is wrong, not the song."""


@lru_cache(maxsize=65536)
def is_chord(label: str) -> bool:
    """Whether `mir_eval.chord.validate` takes `label`; like it, but never with a trailing newline."""
    return _CHORD.fullmatch(label) is not None


@lru_cache(maxsize=1024)
def is_key(label: str) -> bool:
    """Whether `label` is a JAMS key_mode of major or minor, e.g. `F#:minor`."""
    return _KEY.fullmatch(label) is not None


def check_row(row: Mapping[str, Any]) -> None:
    """Raise BadRow unless `row` keeps the promises of the schema.

    Columns exist, the split is one of `SPLITS`, the arrays of a group are equally long, times are
    finite, sorted and not negative (ties are fine), durations finite and not negative, chords and
    keys well spelt. Null columns and empty groups are always good.
    """
    song_id = row.get("song_id")
    if not isinstance(song_id, str) or not song_id:
        raise BadRow(f"a row needs a song_id; got {song_id!r}", "every Song has one: pass it on")
    unknown = sorted(set(row) - set(_TYPES))
    if unknown:
        raise _bad(song_id, unknown[0], "is no column of the Row", "see symmv_tools.row.ROW for all of them")
    if row.get("split") not in SPLITS:
        raise _bad(song_id, "split", f"must be one of {', '.join(SPLITS)}; got {row.get('split')!r}")
    for name, kind in _GROUPS.items():
        if row.get(name) is not None:
            _check_group(song_id, name, kind, row[name])


def _check_group(song_id: str, name: str, kind: pa.StructType, group: Mapping[str, Any]) -> None:
    fields = [field.name for field in kind.fields]
    if set(group) != set(fields):
        raise _bad(song_id, name, f"must have the parts {', '.join(fields)}; got {', '.join(sorted(group))}")
    lengths = {field: len(group[field]) for field in fields}
    if len(set(lengths.values())) > 1:
        found = ", ".join(f"{field} {length}" for field, length in lengths.items())
        raise _bad(song_id, name, f"has parts of unequal length: {found}")
    for field in kind.fields:
        if why := _check_numbers(field, group[field.name]):
            raise _bad(song_id, f"{name}.{field.name}", why)
    if name in _SPELLING:
        _check_labels(song_id, name, group)


def _check_numbers(field: pa.Field[Any], values: Any) -> str:
    """Return what is wrong with one part of a group, "" if nothing is."""
    check = _CHECKS.get(field.name) or (_byte if field.type == _BYTES else None)
    if check is None:
        return ""
    try:
        return check(np.asarray(values, np.float64))
    except (TypeError, ValueError) as why:
        return f"holds something that is no number: {why}"


def _check_labels(song_id: str, name: str, group: Mapping[str, Any]) -> None:
    is_label, syntax = _SPELLING[name]
    for label, time in zip(group["value"], group["time"], strict=True):
        if not isinstance(label, str) or not is_label(label):
            raise _bad(song_id, f"{name}.value", f"is {label!r} at {time:.3f} s, which is not {syntax}")


def _span(values: NDArray[np.float64]) -> str:
    """Return what is wrong with these durations, "" if nothing is."""
    if not np.isfinite(values).all():
        return f"is not finite at index {int(np.argmin(np.isfinite(values)))}"
    if (values < 0).any():
        return f"is negative at index {int(np.argmax(values < 0))}: {values.min():.6f}"
    return ""


def _order(values: NDArray[np.float64]) -> str:
    """Return what is wrong with these times if they need not be positive, "" if nothing is."""
    if not np.isfinite(values).all():
        return _span(values)
    if (np.diff(values) < 0).any():
        at = int(np.argmax(np.diff(values) < 0))
        return f"is not sorted at index {at + 1}: {values[at + 1]:.6f} follows {values[at]:.6f}"
    return ""


def _clock(values: NDArray[np.float64]) -> str:
    return _span(values) or _order(values)


def _byte(values: NDArray[np.float64]) -> str:
    # Arrow would cut 60.5 to 60 in silence.
    wrong = (values != np.floor(values)) | (values < 0) | (values > 255) | np.isnan(values)
    return f"must be whole numbers, 0 to 255; got {values[np.argmax(wrong)]}" if wrong.any() else ""


# A point of the music may lie before the video begins, hence `_order` for video_time.
_CHECKS: dict[str, Callable[[NDArray[np.float64]], str]] = {
    "time": _clock,
    "duration": _span,
    "music_time": _clock,
    "video_time": _order,
}
_SPELLING: dict[str, tuple[Callable[[str], bool], str]] = {
    "chord": (is_chord, "Harte / mir_eval syntax such as C:maj, A:min7/b3 or N"),
    "key_mode": (is_key, "a JAMS key such as C:major or F#:minor"),
}


def _bad(song_id: str, column: str, what: str, hint: str = "") -> BadRow:
    return BadRow(f"song {printable(song_id)!r}, column {column}: {column} {what}", hint)
