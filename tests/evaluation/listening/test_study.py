"""A study as a whole: groups, criteria, orders and contradictions."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symmv_tools.errors import BadCall
from symmv_tools.evaluation.listening.answers import Answer, Rating
from symmv_tools.evaluation.listening.bradley_terry import Strengths
from symmv_tools.evaluation.listening.study import Compared, summarise

pytestmark = pytest.mark.quick
few = settings(max_examples=15, deadline=None)

ANSWER = Answer("ann", "expert", "video 1", "melody", "ours", "CMT", "a", 4.0)
RATING = Rating("ann", "expert", "video 1", "melody", "ours", 4.0)


def study(seed: int, raters: int = 8, rate: float = 0.65) -> list[Answer]:
    """Experts and others on four videos, the sides drawn at random as in a blind study."""
    random = np.random.default_rng(seed)
    found = []
    for rater in range(raters):
        for video in range(4):
            sides = ("ours", "CMT") if random.uniform() < 0.5 else ("CMT", "ours")
            answer = (
                "tie"
                if random.uniform() < 0.1
                else "ab"[sides.index("ours" if random.uniform() < rate else "CMT")]
            )
            group = "expert" if rater < raters // 2 else "other"
            found.append(Answer(f"rater {rater}", group, f"video {video}", "overall", *sides, answer, 3.0))
    return found


def only(found: tuple[Compared, ...], group: str) -> Compared:
    (one,) = [each for each in found if each.group == group]
    return one


@few
@given(st.integers(0, 10**6))
def test_which_side_a_system_was_shown_on_does_not_matter(seed: int) -> None:
    answers = study(seed)
    turned = [
        replace(
            each,
            system_a=each.system_b,
            system_b=each.system_a,
            answer={"a": "b", "b": "a"}.get(each.answer, "tie"),
        )
        for each in answers
    ]
    first, second = summarise(answers, systems=["ours"]), summarise(turned, systems=["ours"])
    for one, other in zip(first.compared, second.compared, strict=True):
        assert one.versus == other.versus
        assert one.alpha == other.alpha


def test_groups_are_told_apart_and_together() -> None:
    found = summarise(study(1), systems=["ours", "CMT"]).compared
    assert [each.group for each in found] == ["expert", "other", "all"]
    assert [each.raters for each in found] == [4, 4, 8]
    rates = {each.group: each.versus[0].preference for each in found}
    assert rates["all"].wins == rates["expert"].wins + rates["other"].wins
    everybody = only(found, "all")
    assert (everybody.versus[0].system, everybody.versus[0].rival) == ("ours", "CMT")
    assert everybody.confidence is not None
    assert (everybody.confidence.mean, everybody.confidence.n) == (3.0, 32)
    assert everybody.kappa is not None


def test_a_lone_group_is_not_told_twice() -> None:
    assert [each.group for each in summarise([ANSWER]).compared] == ["expert"]


def test_a_criterion_that_only_experts_judge_has_one_group() -> None:
    answers = [*study(2), replace(ANSWER, rater="rater 0", criterion="chord")]
    asked = [(each.criterion, each.group) for each in summarise(answers).compared]
    assert asked[3:] == [("chord", "expert")]


def test_a_simulated_study_is_recovered_by_its_summary() -> None:
    """True preference .65 among those who have one, in 93 of 100 studies or more."""
    held = 0
    for seed in range(100):
        compared = only(summarise(study(seed, raters=46), systems=["ours"], ties="dropped").compared, "all")
        low, high = compared.versus[0].preference.interval
        held += low <= 0.65 <= high
    assert held >= 93


def test_strengths_follow_from_three_systems_and_ties_count_half() -> None:
    wins = {("ours", "CMT"): "aaab", ("CMT", "real"): ["b", "b", "tie"], ("real", "ours"): ["a", "tie"]}
    answers = [
        Answer(f"rater {i}", "expert", "video", "overall", *pair, answer)
        for pair, said in wins.items()
        for i, answer in enumerate(said)
    ]
    (found,) = summarise(answers).compared
    assert isinstance(found.strengths, Strengths)
    assert found.strengths.systems == ("CMT", "ours", "real")
    assert sorted(found.strengths.strength) == found.strengths.strength.tolist()
    assert [(each.system, each.rival) for each in found.versus] == [
        ("CMT", "ours"),
        ("CMT", "real"),
        ("ours", "real"),
    ]
    assert found.kappa is None  # pairs were not asked equally often


def test_where_strengths_cannot_be_the_reason_stands() -> None:
    (found,) = summarise([ANSWER]).compared
    assert found.strengths == "no strength can be given: nobody preferred another system to ours"
    assert found.versus[0].detectable is None


def test_ratings_are_told_by_system() -> None:
    ratings = [
        Rating(f"rater {rater}", "expert", f"video {video}", "melody", system, score + (rater + video) % 2)
        for rater in range(3)
        for video in range(2)
        for system, score in (("human", 4.0), ("ours", 3.0))
    ]
    (found,) = summarise(ratings=ratings, systems=["ours"]).rated
    assert list(found.systems) == ["ours", "human"]
    assert (found.systems["human"].mean, found.systems["human"].n) == (4.5, 6)
    assert found.raters == 3
    assert found.alpha.value < 1


def test_nothing_asked_is_nothing_said() -> None:
    found = summarise()
    assert (found.compared, found.rated) == ((), ())


@pytest.mark.parametrize(
    ("second", "told"),
    [
        (replace(ANSWER, item="video 2", answer="A"), "the answer is 'A'"),
        (replace(ANSWER, item="video 2", system_b="ours"), "'ours' was compared with itself"),
        (replace(ANSWER, item="video 2", group="other"), "in the groups 'expert' and 'other'"),
        (replace(ANSWER, item="video 2", group="all"), "no group may be called 'all'"),
        (replace(ANSWER, system_a="CMT", system_b="ours"), "answered twice"),
        (replace(ANSWER, item="video 2", confidence=float("nan")), "nan is no number"),
    ],
)
def test_answers_that_contradict_themselves_are_refused(second: Answer, told: str) -> None:
    with pytest.raises(BadCall, match=f"rater 'ann', item 'video [12]', criterion 'melody': .*{told}"):
        summarise([ANSWER, second])


def test_ratings_that_contradict_themselves_are_refused() -> None:
    with pytest.raises(BadCall, match="answered twice"):
        summarise(ratings=[RATING, replace(RATING, rating=2.0)])
    with pytest.raises(BadCall, match="inf is no number"):
        summarise(ratings=[replace(RATING, rating=float("inf"))])
    with pytest.raises(BadCall, match="in the groups"):
        summarise([ANSWER], [replace(RATING, group="other")])
