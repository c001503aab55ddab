"""What a song's page plays: files beside it, under names of ours, whatever those of the person are."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from symmv_tools.errors import MissingPackage
from symmv_tools.io.atomic import written

log = logging.getLogger(__name__)

PLAYABLE = frozenset({".mp4", ".m4v", ".mov", ".webm", ".mkv", ".ogv"})
SAMPLE_RATE = 22050


def write_players(row: Mapping[str, Any], folder: Path, name: str) -> dict[str, str]:
    """Put what a page can play into `folder` under `name`; return file names, for `video` and `audio`.

    What the row lacks is left out, and so is what this machine cannot do, with a warning.
    """
    found = {"video": _link_video(row, folder, name), "audio": _render_notes(row, folder, name)}
    return {medium: file for medium, file in found.items() if file}


def _link_video(row: Mapping[str, Any], folder: Path, name: str) -> str | None:
    """Link the video of the row, so that no path of the person's stands in the page."""
    path = Path((row.get("video") or {}).get("path") or "")
    suffix = path.suffix.lower()
    if suffix not in PLAYABLE or not path.is_file():
        return None
    link = folder / f"{name}{suffix}"
    try:
        link.unlink(missing_ok=True)
        os.symlink(path.absolute(), link)
    except OSError as why:  # a disk, or a system, without links
        log.warning("the page has no video player, because %s cannot be a link: %s", link, why.strerror)
        return None
    return link.name


def _render_notes(row: Mapping[str, Any], folder: Path, name: str) -> str | None:
    from symmv_tools.io.render import render, write_wav
    from symmv_tools.music.notes import from_group

    if row.get("note_midi") is None or not len(row["note_midi"]["time"]):
        return None
    path = folder / f"{name}.wav"
    try:
        sound = render(from_group(row["note_midi"]), row.get("pedal"), sample_rate=SAMPLE_RATE)
    except MissingPackage as why:
        log.warning("the page cannot play the notes: %s; %s", why.message, why.hint)
        return None
    with written(path) as part:
        write_wav(part, sound.mean(axis=1), SAMPLE_RATE)
    return path.name
