"""Stage `keys`: the key of the song."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from symmv_tools import row
from symmv_tools.music.keys import PROFILES, find_key
from symmv_tools.music.notes import Notes, from_group
from symmv_tools.settings import semantic
from symmv_tools.stage import Context, Done, Item, Outcome, Stage


@dataclass(frozen=True)
class KeySettings:
    """Which profile keys are compared with."""

    profile: str = semantic("aarden-essen", "key profile that is correlated", choices=tuple(PROFILES))


def run(songs: Sequence[Item], settings: KeySettings, context: Context) -> Iterator[Outcome]:
    """Give each song one key from its first onset to its last end."""
    for item in songs:
        yield Done({"key_mode": _key_group(from_group(item.values["notes"]), settings.profile)})


def _key_group(notes: Notes, profile: str) -> dict[str, Any]:
    key = find_key(notes, profile)
    if key is None:
        return {"time": [], "duration": [], "value": [], "confidence": []}
    begin = float(notes.onset[0])
    return {
        "time": [begin],
        "duration": [notes.end - begin],
        "value": [key.name],
        "confidence": [key.confidence],
    }


STAGE = Stage(
    name="keys",
    version="1.0.0",
    needs=("notes", "midi_quality"),
    makes={"key_mode": row.LABELS},
    settings=KeySettings,
    run=run,
    about="The key that correlates best with how long each pitch class sounds.",
)
