"""Where songs were lost on the way to an export, and why: its failures as a funnel."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from symmv_tools.dataset.report.reading import batches, sibling_files

REJECTING = 20
"""How many of the most rejected songs are named."""

NOT_RUN = "NOT_RUN"
"""The code of songs that a stage did not turn away, but never saw."""

_EXAMPLE = 200  # characters of a reason


@dataclass(frozen=True)
class Loss:
    """`songs` songs that `stage` turned away with `code`; `reason` is what it said of one of them."""

    stage: str
    code: str
    songs: int
    reason: str


@dataclass(frozen=True)
class Step:
    """One stage of the funnel: songs that came to it and were not lost at it, and the losses."""

    stage: str
    left: int
    losses: tuple[Loss, ...]


@dataclass
class Losses:
    """What became of all songs that the store knew.

    `steps` holds the stages that songs were lost at, in order; a song counts at the first of them that
    turned it away. `columns` are losses of songs that are exported all the same, without what that stage
    would have made. `most_rejected` names the left-out songs that most stages turned away.
    """

    known: int = 0
    exported: int = 0
    steps: list[Step] = field(default_factory=list)
    columns: list[Loss] = field(default_factory=list)
    most_rejected: list[tuple[str, int]] = field(default_factory=list)


class Funnel:
    """Reads the failures of an export, is shown its songs, and then tells the losses.

    Held in memory are the failed songs alone: each as the numbers of what was said of it.
    """

    def __init__(self, folder: Path, order: Sequence[str]) -> None:
        self._order = {stage: place for place, stage in enumerate(order)}
        self._numbers: dict[tuple[str, str], int] = {}
        self._said: list[tuple[str, str, str]] = []  # stage, code, an example of a reason
        self._failed: dict[str, tuple[int, ...]] = {}
        self._kept: Counter[int] = Counter()
        self._exported = 0
        for batch in batches(sibling_files(folder, "failures"), ("song_id", "stage", "code", "reason")):
            for row in batch.to_pylist():
                self._read(**row)

    def _read(self, song_id: str, stage: str | None, code: str | None, reason: str | None) -> None:
        verdict = (stage or "", code or "")
        number = self._numbers.setdefault(verdict, len(self._said))
        if number == len(self._said):
            self._said.append((*verdict, (reason or "")[:_EXAMPLE]))
        self._failed[song_id] = (*self._failed.get(song_id, ()), number)

    def see(self, song_ids: Iterable[str]) -> None:
        """Take songs that are exported: what failed of them cost a column, not the song."""
        for song_id in song_ids:
            self._exported += 1
            self._kept.update(self._failed.pop(song_id, ()))

    def losses(self) -> Losses:
        """Return what became of all songs, once every exported one was seen."""
        first = Counter(min(said, key=self._place) for said in self._failed.values())
        found = Losses(
            self._exported + len(self._failed),
            self._exported,
            columns=self._named(self._kept),
            most_rejected=self._most_rejected(),
        )
        left = found.known
        lost = self._named(first)
        for stage in dict.fromkeys(loss.stage for loss in lost):
            here = tuple(loss for loss in lost if loss.stage == stage)
            left -= sum(loss.songs for loss in here)
            found.steps.append(Step(stage, left, here))
        return found

    def _most_rejected(self) -> list[tuple[str, int]]:
        counts = (
            (song_id, sum(self._said[number][1] != NOT_RUN for number in said))
            for song_id, said in self._failed.items()
        )
        rejected = ((song_id, count) for song_id, count in counts if count)
        return heapq.nsmallest(REJECTING, rejected, key=lambda item: (-item[1], item[0]))

    def _place(self, number: int) -> tuple[int, str]:
        stage = self._said[number][0]
        return self._order.get(stage.partition("@")[0], len(self._order)), stage

    def _named(self, counts: Counter[int]) -> list[Loss]:
        """The losses by stage in order, the most frequent code of a stage first."""
        ordered = sorted(counts, key=lambda number: (self._place(number), -counts[number]))
        losses = []
        for number in ordered:
            stage, code, reason = self._said[number]
            losses.append(Loss(stage, code, counts[number], reason))
        return losses


def as_dict(losses: Losses) -> dict[str, Any]:
    """Return the losses as plain values."""
    return {
        "known": losses.known,
        "exported": losses.exported,
        "steps": [
            {"stage": step.stage, "left": step.left, "losses": [vars(loss) for loss in step.losses]}
            for step in losses.steps
        ],
        "columns": [vars(loss) for loss in losses.columns],
        "most_rejected": [{"song_id": s, "stages": n} for s, n in losses.most_rejected],
    }
