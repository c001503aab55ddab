"""Where the media lie that rows name: an export holds their paths, not their bytes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from symmv_tools.errors import BadMedium
from symmv_tools.song import printable

MEDIA = ("audio", "video")


def resolved(medium: Mapping[str, Any] | None, root: Path) -> Mapping[str, Any] | None:
    """Return a cell `audio` or `video` with its file's path below `root`, or as it was if none is there."""
    if medium is None or not medium["path"]:
        return medium
    path = below(medium["path"], root)
    return medium if path is None else {**medium, "path": str(path)}


def below(path: str, root: Path) -> Path | None:
    """Return the file below `root` that `path` names, or None.

    Exports come from other machines: of `/home/ann/work/media/ab/x.mp4` the longest end is taken that
    is a file below `root`, such as `ROOT/media/ab/x.mp4`. Paths come from the web, too: one that climbs
    (`..`) names nothing.
    """
    parts = [part for part in PurePosixPath(path.replace("\\", "/")).parts if part.strip("/")]
    if ".." in parts or "\0" in path:
        return None
    tails = (root.joinpath(*parts[i:]) for i in range(len(parts)))
    return next((tail for tail in tails if tail.is_file()), None)


def media_file(row: Mapping[str, Any], medium: str, root: Path | None = None) -> Path:
    """Return the file of a row's `audio` or `video`.

    Raises BadMedium: NO_MEDIUM if the row names none, MEDIA_MISSING if the file is not there.
    """
    song_id = printable(str(row.get("song_id")))
    path = (row.get(medium) or {}).get("path")
    if not path:
        raise BadMedium(
            "NO_MEDIUM", f"the row of song {song_id!r} names no {medium}", f"is the column {medium} loaded?"
        )
    found = below(path, root) if root is not None else Path(path)
    if found is None or not found.is_file():
        where = f" below {root}" if root is not None else ""
        hint = "fetch the media, and name the folder they lie in: load(…, media_root=…)"
        message = f"the {medium} of song {song_id!r}, {printable(path)!r}, is not there{where}"
        raise BadMedium("MEDIA_MISSING", message, hint, retryable=True)
    return found
