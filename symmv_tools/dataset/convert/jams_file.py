"""Row <-> JAMS (Humphrey et al., "JAMS: A JSON annotated music specification", ISMIR 2014; schema 0.3).

Notes, beats, tempo, chords and keys stand under JAMS' own namespaces, for everybody's tools. What JAMS has
no namespace for stands as it is in the file's sandbox, under `symmv`, so that nothing is lost on the way back
but embedded media.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from symmv_tools.dataset.cells import cells
from symmv_tools.errors import BadMedium
from symmv_tools.row import MEDIUM, ROW, SCHEMA_VERSION

JAMS_VERSION = "0.3.5"

NAMESPACES = ("note_midi", "beat", "tempo", "chord", "key_mode")
"""The columns of the Row that are named after the JAMS namespace they stand under."""

USUAL_VELOCITY = 64

_TYPES: dict[str, Any] = {column.name: column.type for column in ROW}
_OF_OBSERVATION = ("time", "duration", "value", "confidence")
_METADATA = {"title": "title", "artist": "artist", "album": "release", "duration": "duration"}
_WHOLE = ("note_midi", "beat")  # JAMS lets pitches be fractions, and beats be without a position


def to_jams(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the row as a JAMS document, ready for `json.dump`."""
    known = {theirs: row[ours] for ours, theirs in _METADATA.items() if row.get(ours) is not None}
    rest = {name: _plain(cell) for name, cell in row.items() if name not in NAMESPACES and cell is not None}
    return {
        "file_metadata": {
            **known,
            "jams_version": JAMS_VERSION,
            "identifiers": {name: row[name] for name in ("song_id", "isrc", "shazam_id") if row.get(name)},
        },
        "annotations": [
            _annotation(column, row[column], row.get("duration"))
            for column in NAMESPACES
            if row.get(column) is not None
        ],
        "sandbox": {"symmv": rest},
    }


def from_jams(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the row of a JAMS document, ours or anybody's: the first annotation of each namespace counts.

    Notes of others have no velocity and no track: they get 64 and "". Raises BadMedium for what is
    no JAMS document, or one whose notes were changed without the velocities beside them.
    """
    try:
        return _row(document)
    except (KeyError, TypeError, AttributeError, ValueError) as why:
        raise BadMedium("BAD_ANNOTATION", f"this is no JAMS document that can be read: {why!r}") from why


def _row(document: Mapping[str, Any]) -> dict[str, Any]:
    metadata = document.get("file_metadata", {})
    row = {ours: metadata[theirs] for ours, theirs in _METADATA.items() if metadata.get(theirs) is not None}
    row |= {name: cell for name, cell in metadata.get("identifiers", {}).items() if name in _TYPES}
    rest = document.get("sandbox", {}).get("symmv", {})
    row |= {name: _cell(cell, _TYPES[name]) for name, cell in rest.items() if name in _TYPES}
    for annotation in reversed(document["annotations"]):
        if annotation["namespace"] in NAMESPACES:
            row[annotation["namespace"]] = _group(annotation)
    return row


# --- there ----------------------------------------------------------------------------------------


def _annotation(column: str, group: Mapping[str, Any], duration: float | None) -> dict[str, Any]:
    parts, beside = {name: _plain(part) for name, part in group.items()}, dict[str, Any]()
    for name in parts.keys() - set(_OF_OBSERVATION):
        beside[name] = parts.pop(name)
    if column == "tempo" and None in parts["confidence"]:  # JAMS wants a number here, and only here
        beside["confidence"] = parts["confidence"]
        parts["confidence"] = [value or 0.0 for value in beside["confidence"]]
    count = len(group["time"])
    usual = {"duration": [0.0] * count, "confidence": [None] * count}
    observations = zip(*({**usual, **parts}[name] for name in _OF_OBSERVATION), strict=True)
    found = {
        "namespace": column,
        "annotation_metadata": {"corpus": "symmv", "version": SCHEMA_VERSION},
        "time": 0.0,
        "duration": duration,
        "data": [dict(zip(_OF_OBSERVATION, observation, strict=True)) for observation in observations],
    }
    return {**found, "sandbox": {"symmv": beside}} if beside else found


def _plain(cell: Any) -> Any:
    """A cell as JSON can hold it: bytes in base64, NaN null, media without their bytes."""
    if isinstance(cell, np.ndarray):
        return _plain(cell.tolist())
    if isinstance(cell, Mapping):
        return {name: _plain(part) for name, part in cell.items() if not isinstance(part, bytes)}
    if isinstance(cell, list | tuple):
        return [_plain(part) for part in cell]
    if isinstance(cell, bytes):
        return base64.b64encode(cell).decode("ascii")
    return None if isinstance(cell, float) and math.isnan(cell) else cell


# --- and back -------------------------------------------------------------------------------------


def _group(annotation: Mapping[str, Any]) -> dict[str, Any]:
    column = annotation["namespace"]
    parts = _parts(annotation["data"])
    count = len(parts["time"])
    usual = {"velocity": [USUAL_VELOCITY] * count, "track": [""] * count}
    beside = annotation.get("sandbox", {}).get("symmv", {})
    fields = [field.name for field in _TYPES[column].fields]
    group = {name: {**parts, **usual, **beside}[name] for name in fields}
    if any(len(part) != count for part in group.values()):
        raise ValueError(
            f"{column} has {count} observations, but not as many of what symmv keeps beside them"
        )
    if column in _WHOLE:
        group["value"] = [round(value or 0) for value in group["value"]]
    order = np.argsort(np.asarray(group["time"], np.float64), kind="stable").tolist()
    found: dict[str, Any] = _cell({n: [part[i] for i in order] for n, part in group.items()}, _TYPES[column])
    return found


def _parts(data: Any) -> dict[str, list[Any]]:
    """The parts of an annotation's data, which JAMS keeps as observations (sparse) or as lists (dense)."""
    if isinstance(data, Mapping):
        return {name: list(data[name]) for name in _OF_OBSERVATION}
    return {name: [observation[name] for observation in data] for name in _OF_OBSERVATION}


def _cell(cell: Any, kind: Any) -> Any:
    """Return what JSON held as a cell of the Row."""
    if kind == MEDIUM:
        return {"bytes": None, "path": cell["path"]}
    if pa.types.is_binary(kind):
        return base64.b64decode(cell)
    try:
        return cells(pa.array([cell], kind))[0]
    except pa.ArrowException as why:
        raise ValueError(str(why)) from why
