"""Of the likeliest pages, the first that the ear confirms."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from symmv_tools.errors import BadMedium
from symmv_tools.io.web.entry import Entry
from symmv_tools.io.web.trouble import WebTrouble
from symmv_tools.pipeline.choosing import choose, rejection
from symmv_tools.sources.candidates import Candidate
from symmv_tools.sources.titles import Hypothesis

pytestmark = pytest.mark.quick


def candidate(name: str, kind: str | None = None) -> Candidate:
    return Candidate(Entry(name, f"https://example.org/{name}", name), 0.5, kind, Hypothesis("a", "b", 1.0))


def ear(scores: Mapping[str, float | Exception]) -> Callable[[Entry], float]:
    def listen(entry: Entry) -> float:
        found = scores[entry.web_id]
        if isinstance(found, Exception):
            raise found
        return found

    return listen


def test_the_first_that_matches_is_taken_and_the_rest_is_not_heard() -> None:
    choice = choose(
        [candidate("a"), candidate("b"), candidate("c")], ear({"a": 0.2, "b": 0.9}), threshold=0.5, most=4
    )
    assert choice.taken is not None
    assert (choice.taken.candidate.entry.web_id, choice.taken.score) == ("b", 0.9)
    assert [verdict.said for verdict in choice.verdicts] == ["is other music", "is taken"]


def test_a_lyric_video_is_not_heard_unless_it_is_accepted() -> None:
    pages = [candidate("l", "lyric")]
    assert choose(pages, ear({}), threshold=0.5, most=4).taken is None
    taken = choose(pages, ear({"l": 0.9}), threshold=0.5, most=4, accepted=frozenset({"lyric"})).taken
    assert taken is not None


def test_no_more_are_heard_than_allowed() -> None:
    heard = {name: 0.1 for name in "ab"}
    choice = choose([candidate(name) for name in "abc"], ear(heard), threshold=0.5, most=2)
    assert [verdict.score for verdict in choice.verdicts] == [0.1, 0.1, None]


def test_what_is_gone_or_broken_is_passed_over() -> None:
    scores: dict[str, float | Exception] = {
        "a": WebTrouble("permanent", "REMOVED", "was removed"),
        "b": BadMedium("EMPTY", "holds no sound"),
        "c": 0.8,
    }
    choice = choose([candidate(name) for name in "abc"], ear(scores), threshold=0.5, most=4)
    assert choice.taken is not None
    assert choice.taken.candidate.entry.web_id == "c"


def test_passing_trouble_waits_for_the_better_candidate() -> None:
    scores: dict[str, float | Exception] = {"a": WebTrouble("retryable", "TIMEOUT", "was silent"), "b": 0.9}
    with pytest.raises(WebTrouble, match="was silent"):
        choose([candidate("a"), candidate("b")], ear(scores), threshold=0.5, most=4)


def test_a_rejection_names_the_best_that_was_heard() -> None:
    choice = choose([candidate("x"), candidate("y")], ear({"x": 0.31, "y": 0.12}), threshold=0.5, most=4)
    found = rejection(choice.verdicts, 0.5)
    assert found.code == "NOT_THE_SAME_MUSIC"
    assert "'x', matches by 0.31, under the threshold of 0.50" in found.message


def test_a_rejection_without_candidates_says_so() -> None:
    assert rejection([], 0.5).message == "the search found no video at all"
    choice = choose([candidate("x", "live")], ear({}), threshold=0.5, most=4)
    assert "'x' is no official video: live" in rejection(choice.verdicts, 0.5).message
