"""Everything a listening study says, in one summary."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from symmv_tools.errors import BadCall
from symmv_tools.evaluation.listening.agreement import (
    Agreement,
    Floats,
    fleiss_kappa,
    krippendorff_alpha,
)
from symmv_tools.evaluation.listening.answers import (
    ALL,
    Answer,
    Rating,
    by_rater,
    check,
    criteria_and_groups,
)
from symmv_tools.evaluation.listening.bradley_terry import Strengths, bradley_terry
from symmv_tools.evaluation.listening.power import detectable_preference
from symmv_tools.evaluation.listening.preferences import LOST, TIED, WON, Preference, Ties, preference
from symmv_tools.evaluation.listening.ratings import MeanRating, mean_rating

Asked = TypeVar("Asked", Answer, Rating)

_OUTCOMES = {"a": WON, "tie": TIED, "b": LOST}


@dataclass(frozen=True)
class Versus:
    """How often `system` was preferred to `rival`.

    `detectable` is the least true preference that so many answers, ties left out, would tell from 1/2 in
    four of five studies; None where none would.
    """

    system: str
    rival: str
    preference: Preference
    detectable: float | None


@dataclass(frozen=True)
class Compared:
    """What one group's answers by one criterion say, of the systems and of the raters.

    `strengths` is a sentence where none can be given. `alpha` is ordinal, a tie between the two; `kappa` is
    None unless every item and pair had equally many answers, two or more; `confidence` is None where nobody
    said.
    """

    criterion: str
    group: str
    raters: int
    versus: tuple[Versus, ...]
    strengths: Strengths | str
    alpha: Agreement
    kappa: Agreement | None
    confidence: MeanRating | None


@dataclass(frozen=True)
class Rated:
    """What one group's ratings by one criterion say of each system.

    `alpha` is ordinal; what was rated is each system on each item.
    """

    criterion: str
    group: str
    raters: int
    systems: Mapping[str, MeanRating]
    alpha: Agreement


@dataclass(frozen=True)
class Summary:
    """A study by criterion and group, and over all raters where several groups were asked (group `all`)."""

    compared: tuple[Compared, ...]
    rated: tuple[Rated, ...]


def summarise(
    answers: Sequence[Answer] = (),
    ratings: Sequence[Rating] = (),
    *,
    systems: Sequence[str] = (),
    ties: Ties = "half",
) -> Summary:
    """Return what the answers and ratings of a study say.

    Rates are those of the system that comes first in `systems`; systems that are not named there follow
    in alphabetical order. `ties` is the rule of `preferences.preference`; strengths count a tie half.

    Raises BadCall, with the rater and the item, for tables that contradict themselves (`answers.check`).
    """
    check(answers, ratings)
    return Summary(
        tuple(
            _compared(criterion, group, _of(answers, criterion, group), systems, ties)
            for criterion, group in criteria_and_groups(answers)
        ),
        tuple(
            _rated(criterion, group, _of(ratings, criterion, group), systems)
            for criterion, group in criteria_and_groups(ratings)
        ),
    )


def _of(rows: Sequence[Asked], criterion: str, group: str) -> list[Asked]:
    return [row for row in rows if row.criterion == criterion and group in (ALL, row.group)]


# --- preferences ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Outcomes:
    """Answers as numbers: how often `pair[0]` won, and who said so of which item; all (n,)."""

    pairs: list[tuple[str, str]]
    items: list[str]
    raters: list[str]
    outcome: Floats

    def of(self, pair: tuple[str, str]) -> tuple[Floats, NDArray[np.str_]]:
        asked = [i for i, each in enumerate(self.pairs) if each == pair]
        return self.outcome[asked], np.array(self.raters)[asked]


def _compared(
    criterion: str, group: str, answers: Sequence[Answer], systems: Sequence[str], ties: Ties
) -> Compared:
    named = {name for answer in answers for name in (answer.system_a, answer.system_b)}
    ordered = _in_order(named, systems)
    outcomes = _outcomes(answers, ordered)
    table = by_rater(
        outcomes.raters, list(zip(outcomes.items, outcomes.pairs, strict=True)), outcomes.outcome
    )
    said = np.array([answer.confidence for answer in answers if answer.confidence is not None], np.float64)
    return Compared(
        criterion,
        group,
        len(table),
        tuple(_versus(pair, outcomes, ties) for pair in combinations(ordered, 2) if pair in outcomes.pairs),
        _strengths(ordered, outcomes),
        krippendorff_alpha(table, "ordinal"),
        _kappa(table),
        mean_rating(said) if len(said) else None,
    )


def _outcomes(answers: Sequence[Answer], ordered: Sequence[str]) -> _Outcomes:
    swapped = np.array([ordered.index(each.system_a) > ordered.index(each.system_b) for each in answers])
    told = np.array([_OUTCOMES[answer.answer] for answer in answers])
    pairs = [
        (answer.system_b, answer.system_a) if swap else (answer.system_a, answer.system_b)
        for answer, swap in zip(answers, swapped, strict=True)
    ]
    items, raters = [answer.item for answer in answers], [answer.rater for answer in answers]
    return _Outcomes(pairs, items, raters, np.where(swapped, WON - told, told))


def _versus(pair: tuple[str, str], outcomes: _Outcomes, ties: Ties) -> Versus:
    found = preference(*outcomes.of(pair), ties)
    return Versus(*pair, found, detectable_preference(found.wins + found.losses))


def _strengths(ordered: Sequence[str], outcomes: _Outcomes) -> Strengths | str:
    wins = np.zeros((len(ordered), len(ordered)))
    for (system, rival), outcome in zip(outcomes.pairs, outcomes.outcome, strict=True):
        wins[ordered.index(system), ordered.index(rival)] += outcome
        wins[ordered.index(rival), ordered.index(system)] += WON - outcome
    try:
        return bradley_terry(ordered, wins)
    except BadCall as why:
        return why.message


def _kappa(table: Floats) -> Agreement | None:
    counts = np.stack([(table == outcome).sum(axis=0) for outcome in (WON, TIED, LOST)], axis=1)
    per_item = set(counts.sum(axis=1).tolist())
    return fleiss_kappa(counts.astype(np.float64)) if len(per_item) == 1 and min(per_item) > 1 else None


# --- ratings --------------------------------------------------------------------------------------


def _rated(criterion: str, group: str, ratings: Sequence[Rating], systems: Sequence[str]) -> Rated:
    units = [(rating.item, rating.system) for rating in ratings]
    given = np.array([rating.rating for rating in ratings], np.float64)
    table = by_rater([rating.rater for rating in ratings], units, given)
    means = {
        system: mean_rating(np.array([each.rating for each in ratings if each.system == system]))
        for system in _in_order({rating.system for rating in ratings}, systems)
    }
    return Rated(criterion, group, len(table), means, krippendorff_alpha(table, "ordinal"))


def _in_order(named: set[str], systems: Sequence[str]) -> list[str]:
    return [*(system for system in systems if system in named), *sorted(named - set(systems))]
