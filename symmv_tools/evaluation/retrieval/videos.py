"""The videos of an export as a judge sees them: what music is ranked against."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from symmv_tools.dataset.constants import read_constants
from symmv_tools.dataset.features import COLUMNS, open_features, row_of
from symmv_tools.dataset.load import configs, load
from symmv_tools.dataset.row_groups import ID, RowGroups
from symmv_tools.errors import BadCall
from symmv_tools.video.motion import tempo_of_motion

_HINT = "annotate with the vision network that the judge knows, and export again"


class Judge(Protocol):
    """What turns both sides into directions of one space."""

    def of_video(self, features: Mapping[str, Any]) -> NDArray[np.float32]:
        """Return the direction of a video by its `features_semantic`."""
        ...

    def of_music(self, features: Mapping[str, Any]) -> NDArray[np.float32]:
        """Return the direction of a piece by its `features_music`."""
        ...

    @property
    def conditions(self) -> Mapping[str, str]:
        """What a figure by this judge depends on."""
        ...


@dataclass(frozen=True)
class Videos:
    """n songs of an export that have a video which the judge has seen.

    `clip` (n,) names the video itself, which songs may share; `vector` (n, d) is what the judge makes of it;
    `bpm` (n,) the tempo that V-MusProd makes of its motion and `tempo` (n,) that of the song, both NaN where
    there is none. `blind` counts the songs whose video has no features.
    """

    ids: list[str]
    clip: NDArray[np.str_]
    vector: NDArray[np.float32]
    bpm: NDArray[np.float64]
    tempo: NDArray[np.float64]
    blind: int


def see_videos(export: Path, judge: Judge, split: str | None = None) -> Videos:
    """Let the judge see every video of an export, or of one split; BadCall where it can see none."""
    seen = open_features(export, "semantic", _HINT)
    bpm = _tempo_of_motion(export)
    rows = list(load(export, split=split, columns=_there(export, split, ("video_id", "tempo_global"))))
    found = [(row, features) for row in rows if (features := row_of(seen, row[ID])) is not None]
    if not found:
        raise BadCall(f"{export} has no video that was looked at among {len(rows):,} songs", _HINT)
    return Videos(
        [row[ID] for row, _ in found],
        np.array([row.get("video_id") or row[ID] for row, _ in found]),
        np.stack([judge.of_video(features) for _, features in found]),
        np.array([bpm.get(row[ID], np.nan) for row, _ in found]),
        np.array([row.get("tempo_global") or np.nan for row, _ in found]),
        len(rows) - len(found),
    )


def _there(export: Path, split: str | None, columns: tuple[str, ...]) -> list[str]:
    names = RowGroups(load(export, split=split).files, None).names
    return [name for name in columns if name in names]


def _tempo_of_motion(export: Path) -> dict[str, float]:
    """The tempo that the motion of each song's video stands for; none where the export does not tell."""
    if "features_motion" not in configs(export):
        return {}
    motion_range = read_constants(export).motion_range
    if motion_range is None:
        return {}
    rows = load(export, config="features_motion", columns=COLUMNS)
    return {
        row[ID]: tempo_of_motion(float(np.asarray(row["value"], np.float64)[:, 0].mean()), *motion_range)
        for row in rows
        if len(row["value"])
    }
