"""Media inside the rows, for those who may pass them on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path, PurePath
from typing import Any

_SUFFIX = re.compile(r"\.[A-Za-z0-9]{1,5}")


def embedded(
    rows: Iterator[dict[str, Any]], failures: list[dict[str, str | None]]
) -> Iterator[dict[str, Any]]:
    """Yield the rows with the bytes of their audio and video, under names that tell nothing of this machine.

    A medium that cannot be read is left out of its row and listed in `failures`.
    """
    for row in rows:
        for medium in ("audio", "video"):
            if row.get(medium):
                row[medium] = _read(row, medium, failures)
        yield row


def _read(row: dict[str, Any], medium: str, failures: list[dict[str, str | None]]) -> dict[str, Any] | None:
    place = row[medium]["path"]
    try:
        content = Path(place).read_bytes()
    except OSError as why:
        reason = f"its {medium} cannot be read ({why.strerror}), so the export holds none"
        failures.append(
            {"song_id": row["song_id"], "stage": "embed", "code": "MEDIA_MISSING", "reason": reason}
        )
        return None
    suffix = PurePath(place).suffix
    return {"bytes": content, "path": row["pair_id"] + (suffix if _SUFFIX.fullmatch(suffix) else "")}
