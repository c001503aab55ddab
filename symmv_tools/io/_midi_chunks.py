"""The outline of a MIDI file: chunks and their lengths, checked so that a person can be told what is wrong.

Libraries answer a cut file with a C++ exception, or take it in silence.
"""

from __future__ import annotations

import struct

from symmv_tools.errors import BadMedium

_AGAIN = "fetch or export the file again"


def standard_part(raw: bytes, name: str) -> bytes:
    """Return `raw` without what may follow its last track, after checking every chunk's length.

    Raises BadMedium (EMPTY, NOT_MIDI, TRUNCATED, UNREADABLE); `name` is what the message calls it.
    """
    tracks_promised, at = _header(raw, name)
    tracks = 0
    while tracks < tracks_promised:
        if at + 8 > len(raw):
            raise BadMedium(
                "TRUNCATED",
                f"{name} ends after {len(raw)} bytes with {tracks} of the {tracks_promised} tracks "
                "it promises",
                _AGAIN,
            )
        kind, length = struct.unpack(">4sI", raw[at : at + 8])
        at += 8 + length
        if at > len(raw):
            raise BadMedium(
                "TRUNCATED",
                f"{name} is cut off: track {tracks + 1} of {tracks_promised} should go on to byte {at}, "
                f"but the file has {len(raw)} bytes",
                _AGAIN,
            )
        tracks += kind == b"MTrk"
    return raw[:at]


def _header(raw: bytes, name: str) -> tuple[int, int]:
    """Return how many tracks the header promises and where the first chunk after it begins."""
    if not raw:
        raise BadMedium("EMPTY", f"{name} is empty (0 bytes)", _AGAIN)
    if not raw.startswith(b"MThd"):
        raise BadMedium(
            "NOT_MIDI",
            f"{name} is no Standard MIDI File: it begins with {raw[:8]!r}, not with b'MThd'",
            "give it the extension of what it really is, or leave it out",
        )
    if len(raw) < 14:
        raise BadMedium("TRUNCATED", f"{name} is cut off inside its header, after {len(raw)} bytes", _AGAIN)
    length, _, tracks, division = struct.unpack(">IHHH", raw[4:14])
    if length < 6 or division == 0 or division & 0x8000:
        what = "SMPTE frames" if division & 0x8000 else f"{division} ticks per beat"
        raise BadMedium(
            "UNREADABLE",
            f"{name} has a header we cannot use: {length} bytes long, time counted in {what}",
            "export it again with time counted in ticks per quarter note",
        )
    return tracks, 8 + length
