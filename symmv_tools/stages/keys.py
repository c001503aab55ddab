"""Stage `keys`: the keys of the song as they change, or its one key."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from symmv_tools import row
from symmv_tools.music.key_changes import KeyPassages, find_key_changes
from symmv_tools.music.keys import PROFILES, find_key
from symmv_tools.music.notes import Notes, from_group
from symmv_tools.settings import semantic
from symmv_tools.stage import Context, Done, Item, Outcome, Stage


@dataclass(frozen=True)
class KeySettings:
    """How keys are found; what each way is worth stands in docs/reference/benchmarks.md, "Keys"."""

    method: str = semantic(
        "changes",
        "changes = keys that change, by learned weights; whole-song = one key, by a profile",
        choices=("changes", "whole-song"),
    )
    profile: str = semantic(
        "aarden-essen", "key profile that the whole song is correlated with", choices=tuple(PROFILES)
    )


def run(songs: Sequence[Item], settings: KeySettings, context: Context) -> Iterator[Outcome]:
    """Give each song its keys, without gaps from its first onset to its last end."""
    for item in songs:
        notes = from_group(item.values["notes"])
        keys = find_key_changes(notes) if settings.method == "changes" else _one_key(notes, settings.profile)
        yield Done(
            {
                "key_mode": {
                    "time": keys.time,
                    "duration": keys.duration,
                    "value": keys.name,
                    "confidence": keys.confidence,
                }
            }
        )


def _one_key(notes: Notes, profile: str) -> KeyPassages:
    """The key of the whole song as a passage; its confidence is find_key's lead in correlation."""
    key = find_key(notes, profile)
    if key is None:
        return KeyPassages(np.zeros(0), np.zeros(0), [], np.zeros(0))
    begin = float(notes.onset[0])
    return KeyPassages(
        np.array([begin]), np.array([notes.end - begin]), [key.name], np.array([key.confidence])
    )


STAGE = Stage(
    name="keys",
    version="1.1.0",
    needs=("notes", "midi_quality"),
    makes={"key_mode": row.LABELS},
    settings=KeySettings,
    run=run,
    about="The keys of the song, as they change, from what sounds, lies lowest and lies highest.",
)
