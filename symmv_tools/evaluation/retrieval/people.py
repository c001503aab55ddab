"""Whether a judge and the people of a listening study prefer the same music for a video."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from symmv_tools.errors import BadCall
from symmv_tools.evaluation.bootstrap import LEVEL, times_drawn
from symmv_tools.evaluation.listening.answers import Answer, check
from symmv_tools.evaluation.result import Line
from symmv_tools.evaluation.shares import share_of
from symmv_tools.evaluation.systems import partners

Nearness = dict[str, float]
"""How near a system's piece is to its video, by the song's id."""

_VALUE = {"a": 1.0, "tie": 0.5, "b": 0.0}
_LEAST = 3  # pairs, for a correlation


def of_people(answers: Sequence[Answer], near: Mapping[str, Nearness]) -> Iterator[Line]:
    """Yield agreement and correlation of each criterion; the line's system is `people: CRITERION`.

    Answers about pieces that were not judged are counted as undefined. Raises BadCall if all are.
    """
    check(answers, ())
    for criterion in dict.fromkeys(answer.criterion for answer in answers):
        asked = [answer for answer in answers if answer.criterion == criterion]
        known = [(answer, _difference(answer, near)) for answer in asked]
        told = [(answer, far) for answer, far in known if far is not None]
        if not told:
            raise BadCall(
                f"none of the {len(asked):,} answers by {criterion!r} is about a system and song judged here",
                f"systems here are {', '.join(near)}; items must be called after the songs",
            )
        yield from _lines(f"people: {criterion}", told, len(asked) - len(told))


def _difference(answer: Answer, near: Mapping[str, Nearness]) -> float | None:
    """How much nearer a is than b; None if either was not judged."""
    values = []
    for system in (answer.system_a, answer.system_b):
        songs = near.get(system, {})
        partner = partners([answer.item], list(songs)).get(answer.item)
        if partner is None:
            return None
        values.append(songs[partner])
    return values[0] - values[1]


def _lines(name: str, told: Sequence[tuple[Answer, float]], undefined: int) -> Iterator[Line]:
    decided = [(answer, far) for answer, far in told if answer.answer != "tie"]
    if decided:
        agree = np.array([_agrees(_VALUE[answer.answer], far) for answer, far in decided])
        share, interval = share_of(agree, np.array([answer.item for answer, _ in decided]))
        yield Line(name, "agreement_with_people", len(agree), undefined, share, None, interval, 0.5)
    pairs = _by_pair(told)
    if len(pairs) >= _LEAST:
        value, interval = _correlation(np.array([pair[1:] for pair in pairs]), [pair[0] for pair in pairs])
        yield Line(name, "spearman_with_people", len(pairs), undefined, value, None, interval, 0.0)


def _agrees(said: float, far: float) -> float:
    return 0.5 if far == 0 else float((far > 0) == (said > 0.5))


def _by_pair(told: Sequence[tuple[Answer, float]]) -> list[tuple[str, float, float]]:
    """Item, difference and mean answer of each pair of pieces; the pair's systems in alphabetical order."""
    found: dict[tuple[str, str, str], tuple[float, list[float]]] = {}
    for answer, far in told:
        first, second = sorted((answer.system_a, answer.system_b))
        turned = first != answer.system_a
        value = _VALUE[answer.answer]
        pair = found.setdefault((answer.item, first, second), (-far if turned else far, []))
        pair[1].append(1 - value if turned else value)
    return [(item, far, float(np.mean(values))) for (item, _, _), (far, values) in found.items()]


def _correlation(both: NDArray[np.float64], items: Sequence[str]) -> tuple[float, tuple[float, float] | None]:
    """Spearman's coefficient of two columns (n, 2), and its interval: items are resampled."""
    value = _spearman(both)
    names, of = np.unique(items, return_inverse=True)
    if len(names) < _LEAST:
        return value, None
    resampled = [_spearman(np.repeat(both, times[of], axis=0)) for times in times_drawn(len(names))]
    defined = np.array([each for each in resampled if not np.isnan(each)])
    if not len(defined):
        return value, None
    low, high = np.quantile(defined, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return value, (float(low), float(high))


def _spearman(both: NDArray[np.float64]) -> float:
    """NaN where a column does not vary."""
    if (np.ptp(both, axis=0) == 0).any():
        return float("nan")
    return float(np.asarray(np.corrcoef(rankdata(both, axis=0), rowvar=False))[0, 1])
