"""One export scored against another: every song, the totals, and the document that goes into the card."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from symmv_tools import __version__
from symmv_tools.dataset.accuracy import Accuracy, Figure, Side
from symmv_tools.dataset.recipes import maker_of_row
from symmv_tools.errors import BadCall
from symmv_tools.evaluation.annotations.exports import Export, pairs
from symmv_tools.evaluation.annotations.families import (
    COLUMNS,
    FAMILIES,
    NOTHING,
    SAME,
    Family,
    Metric,
    score_family,
)
from symmv_tools.evaluation.annotations.scores import Score
from symmv_tools.evaluation.bootstrap import estimate

_Row = Mapping[str, Any]


@dataclass
class Tally:
    """What the songs scored in one metric: by song, why others did not, and which recipes
    made what was scored.
    """

    family: Family
    metric: Metric
    songs: dict[str, Score] = field(default_factory=dict)
    not_scored: Counter[str] = field(default_factory=Counter)
    evaluated: set[str] = field(default_factory=set)
    reference: set[str] = field(default_factory=set)

    @property
    def name(self) -> str:
        """The metric's full name: `chord_majmin`."""
        return f"{self.family.name}_{self.metric.name}"

    def worst(self, count: int) -> list[tuple[str, float]]:
        """Return the songs that scored least, but none that is perfect."""
        flawed = [(song_id, score.value) for song_id, score in self.songs.items() if score.value < 1]
        return sorted(flawed, key=lambda song: (song[1], song[0]))[:count]


@dataclass
class Comparison:
    """Two exports compared. `only_evaluated` and `only_reference` are the songs that the other lacks."""

    evaluated: Export
    reference: Export
    songs: list[str]
    only_evaluated: list[str]
    only_reference: list[str]
    tallies: list[Tally]

    def accuracy(self) -> Accuracy:
        """Return the totals as they go into `accuracy.json`."""
        return Accuracy(
            measured_at=datetime.now(UTC).date().isoformat(),
            made_by=f"symmv {__version__}",
            evaluated=_side(self.evaluated),
            reference=_side(self.reference),
            songs=len(self.songs),
            figures=tuple(_figure(tally) for tally in self.tallies if tally.songs),
        )


def compare(evaluated: Path, reference: Path) -> Comparison:
    """Score every song that both exports have.

    Raises BadCall if a folder is no export, if they have no song in common, and if no column of any
    song can be scored.
    """
    ours, theirs = Export(evaluated, COLUMNS), Export(reference, COLUMNS)
    common = sorted(ours.places.keys() & theirs.places.keys())
    if not common:
        raise BadCall(*_nothing_in_common(ours, theirs))
    tallies = {family.name: [Tally(family, metric) for metric in family.metrics] for family in FAMILIES}
    for song_id, our_row, their_row in pairs(ours, theirs):
        for family in FAMILIES:
            _take(tallies[family.name], song_id, (ours, our_row), (theirs, their_row))
    result = Comparison(
        ours,
        theirs,
        common,
        sorted(ours.places.keys() - theirs.places.keys()),
        sorted(theirs.places.keys() - ours.places.keys()),
        [tally for family in FAMILIES for tally in tallies[family.name]],
    )
    if not any(tally.songs for tally in result.tallies):
        raise BadCall(*_nothing_scored(result))
    return result


def _take(
    tallies: Sequence[Tally], song_id: str, ours: tuple[Export, _Row], theirs: tuple[Export, _Row]
) -> None:
    """Score one song by one family's metrics, and note what made either side."""
    family = tallies[0].family
    made, true = (_maker(*side, family) for side in (ours, theirs))
    if made and true and made[1] == true[1]:
        scores: Mapping[str, Score] | str = SAME  # equal to itself, which says nothing
    else:
        scores = score_family(family, ours[1].get(family.column), theirs[1].get(family.column))
    for tally in tallies:
        score = None if isinstance(scores, str) else scores.get(tally.metric.name)
        if score is None:
            tally.not_scored[scores if isinstance(scores, str) else NOTHING] += 1
            continue
        tally.songs[song_id] = score
        tally.evaluated.update([made[0]] if made else [])
        tally.reference.update([true[0]] if true else [])


def _maker(export: Export, row: _Row, family: Family) -> tuple[str, str] | None:
    """Return the digest of the recipe that made the family's column of a row, and its fingerprint there."""
    found = maker_of_row(export.recipes, family.made_as, row.get("provenance") or ())
    return (found[0].digest, found[1]) if found else None


def _side(export: Export) -> Side:
    return Side(export.name, len(export.places), export.recipes)


def _figure(tally: Tally) -> Figure:
    songs = [tally.songs[song_id] for song_id in sorted(tally.songs)]
    values, weights = np.array(songs).T
    total = estimate(values, weights)
    return Figure(
        metric=tally.name,
        title=tally.metric.title,
        column=tally.family.made_as,
        mean=total.mean,
        interval=total.interval,
        songs=len(songs),
        seconds=float(weights.sum()) if tally.metric.by_seconds else None,
        convention=tally.metric.convention,
        not_scored=dict(sorted(tally.not_scored.items())),
        evaluated=tuple(sorted(tally.evaluated)),
        reference=tuple(sorted(tally.reference)),
    )


def _nothing_in_common(ours: Export, theirs: Export) -> tuple[str, str]:
    examples = [repr(next(iter(export.places), "no song at all")) for export in (ours, theirs)]
    return (
        f"{ours.folder} and {theirs.folder} have no song in common; they have {' and '.join(examples)}, say",
        "songs are matched by song_id: export both from one store, or import both with the same ids",
    )


def _nothing_scored(result: Comparison) -> tuple[str, str]:
    reasons = {f"{tally.family.column}: {why}" for tally in result.tallies for why in tally.not_scored}
    return (
        f"nothing can be scored in {result.evaluated.folder} against {result.reference.folder}: "
        f"{'; '.join(sorted(reasons))}",
        "compare with another variant: symmv export REFERENCE --use chords=released",
    )
