"""Counts the rows on their way into an export: what its card, its constants and its memory need."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from symmv_tools.dataset.accuracy import Accuracy
from symmv_tools.dataset.card import ExportInfo, StageInfo
from symmv_tools.dataset.constants import Constants
from symmv_tools.dataset.parquet import KEYS
from symmv_tools.dataset.recipes import Recipe
from symmv_tools.pipeline.active import Node


@dataclass
class Census:
    """Counts the rows on their way to the files, for the card."""

    songs: Counter[str] = field(default_factory=Counter)
    song_ids: list[str] = field(default_factory=list)
    filled: Counter[str] = field(default_factory=Counter)
    made: Counter[str] = field(default_factory=Counter)
    licences: Counter[str] = field(default_factory=Counter)
    shots: int = 0
    seconds: float = 0.0
    motion: list[float] = field(default_factory=list)

    def count(self, rows: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        """Yield the rows, counted, without what only we asked for."""
        for row in rows:
            self._see_motion(row.pop("motion_mean", None), row["split"])
            self.songs[row["split"]] += 1
            self.song_ids.append(row["song_id"])
            self.filled.update(name for name, value in row.items() if value is not None)
            self.made.update(
                f"{p['stage']}@{p['variant']}" if p["variant"] else p["stage"] for p in row["provenance"]
            )
            self.licences[row.get("license") or ""] += 1
            self.shots += len(row["shot"]["time"]) if row.get("shot") else 0
            self.seconds += row.get("duration") or 0.0
            yield row

    def _see_motion(self, mean: float | None, split: str) -> None:
        if mean is not None and split == "train":
            self.motion = [min(mean, *self.motion), max(mean, *self.motion)] if self.motion else [mean, mean]

    def constants(self) -> Constants:
        """Return what models need again."""
        return Constants((self.motion[0], self.motion[1]) if self.motion else None)

    def info(
        self,
        name: str,
        nodes: Sequence[Node],
        left_out: int,
        recipes: Sequence[Recipe],
        accuracy: Accuracy | None,
        tables: Sequence[str] = (),
        columns: Sequence[str] = (),
    ) -> ExportInfo:
        """Return what the card tells; of the rows only `columns` were written, or all, if none is named."""
        written = {name: n for name, n in self.filled.items() if not columns or name in (*KEYS, *columns)}
        return ExportInfo(
            name,
            self.songs,
            hours=self.seconds / 3600,
            stages=tuple(_stage_info(node, self.made[node.key]) for node in nodes if self.made[node.key]),
            failures=left_out,
            filled=written,
            recipes=tuple(recipes),
            accuracy=accuracy,
            constants=self.constants(),
            licences=self.licences,
            shots=self.shots,
            tables=tuple(tables),
        )


def _stage_info(node: Node, songs: int) -> StageInfo:
    stage, config = node.stage, json.loads(node.config_text)
    variant = node.key.partition("@")[2]
    version = "as released" if node.is_released else stage.version
    return StageInfo(
        stage.name, version, songs, variant, ", ".join(config["checkpoints"]), tuple(stage.makes)
    )
