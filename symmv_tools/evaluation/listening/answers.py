"""What a listening study collects: a table of answers, a table of ratings, or both."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from symmv_tools.errors import BadCall

ALL = "all"
"""The group of all raters."""

CHOICES = ("a", "b", "tie")


@dataclass(frozen=True)
class Answer:
    """Which of two systems a rater preferred on one item by one criterion: `a`, `b`, or `tie` for neither.

    `group` is the rater's, such as `expert`; `item` is the video; `confidence` is how sure the rater was, on
    the study's own scale, None where nobody asked.
    """

    rater: str
    group: str
    item: str
    criterion: str
    system_a: str
    system_b: str
    answer: str
    confidence: float | None = None


@dataclass(frozen=True)
class Rating:
    """How good a rater found one system on one item by one criterion, on the study's own scale."""

    rater: str
    group: str
    item: str
    criterion: str
    system: str
    rating: float


def check(answers: Sequence[Answer], ratings: Sequence[Rating]) -> None:
    """Raise BadCall, with the rater and the item, for tables that contradict themselves.

    For answers that are none of `CHOICES`, a system against itself, a rater of two groups, a question that
    one rater answered twice, a group called `all`, and ratings or confidences that are no numbers.
    """
    for answer in answers:
        _check_answer(answer)
        if answer.confidence is not None:
            _check_number(answer, answer.confidence)
    for rating in ratings:
        _check_number(rating, rating.rating)
    _check_groups((*answers, *ratings))
    _check_once((each, frozenset((each.system_a, each.system_b))) for each in answers)
    _check_once((each, each.system) for each in ratings)


def criteria_and_groups(rows: Sequence[Answer] | Sequence[Rating]) -> Iterator[tuple[str, str]]:
    """Yield each criterion with each group that was asked, as they first appear, and `all` after several."""
    for criterion in dict.fromkeys(row.criterion for row in rows):
        groups = list(dict.fromkeys(row.group for row in rows if row.criterion == criterion))
        yield from ((criterion, group) for group in (groups if len(groups) == 1 else [*groups, ALL]))


def by_rater(
    raters: Sequence[str], units: Sequence[object], values: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the values as a table (raters, units), NaN where a rater says nothing of a unit."""
    row = {rater: i for i, rater in enumerate(dict.fromkeys(raters))}
    column = {unit: i for i, unit in enumerate(dict.fromkeys(units))}
    table = np.full((len(row), len(column)), np.nan)
    for rater, unit, value in zip(raters, units, values, strict=True):
        table[row[rater], column[unit]] = value
    return table


def _check_answer(answer: Answer) -> None:
    if answer.answer not in CHOICES:
        raise BadCall(f"{_where(answer)}: the answer is {answer.answer!r}", f"known are {', '.join(CHOICES)}")
    if answer.system_a == answer.system_b:
        raise BadCall(f"{_where(answer)}: {answer.system_a!r} was compared with itself")


def _check_groups(rows: Iterable[Answer | Rating]) -> None:
    group_of: dict[str, str] = {}
    for row in rows:
        if row.group == ALL:
            raise BadCall(
                f"{_where(row)}: no group may be called {ALL!r}", "that is what all raters are called"
            )
        if group_of.setdefault(row.rater, row.group) != row.group:
            raise BadCall(
                f"{_where(row)}: the rater is in the groups {group_of[row.rater]!r} and {row.group!r}"
            )


def _check_once(rows: Iterable[tuple[Answer | Rating, object]]) -> None:
    """Raise BadCall if a rater answers twice on one item, by one criterion, of the same systems."""
    seen: set[tuple[object, ...]] = set()
    for row, systems in rows:
        question = (row.rater, row.item, row.criterion, systems)
        if question in seen:
            raise BadCall(f"{_where(row)}: the same question was answered twice", "keep one of the answers")
        seen.add(question)


def _check_number(row: Answer | Rating, number: float) -> None:
    if not np.isfinite(number):
        raise BadCall(f"{_where(row)}: {number} is no number", "leave out what was not answered")


def _where(row: Answer | Rating) -> str:
    return f"rater {row.rater!r}, item {row.item!r}, criterion {row.criterion!r}"
