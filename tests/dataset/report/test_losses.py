"""The funnel: every song that is known is exported or lost once, with a reason."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symmv_tools.dataset.failures import write_failures
from symmv_tools.dataset.report.losses import REJECTING, Funnel, Losses, as_dict

pytestmark = pytest.mark.quick

STAGES = ("search", "notes", "chords")
Failure = tuple[int, str, str]
FAILURES = st.lists(
    st.tuples(st.integers(0, 8), st.sampled_from([*STAGES, "own"]), st.sampled_from(["A", "B"])), max_size=20
)


def losses(folder: Path, failures: list[Failure], exported: set[int]) -> Losses:
    rows = [{"song_id": f"s{i}", "stage": s, "code": c, "reason": f"{s} says {c}"} for i, s, c in failures]
    write_failures(folder, rows)
    funnel = Funnel(folder, STAGES)
    funnel.see(f"s{i}" for i in sorted(exported))
    return funnel.losses()


@settings(max_examples=40, deadline=None)  # Parquet and Arrow: slow on a busy machine
@given(failures=FAILURES, exported=st.sets(st.integers(0, 12)))
def test_every_song_is_exported_or_lost_once(
    tmp_path_factory: pytest.TempPathFactory, failures: list[Failure], exported: set[int]
) -> None:
    found = losses(tmp_path_factory.mktemp("export"), failures, exported)
    failed = {i for i, _, _ in failures}
    assert found.exported == len(exported)
    assert found.known == len(exported | failed)
    lost = sum(loss.songs for step in found.steps for loss in step.losses)
    assert lost == len(failed - exported) == found.known - found.exported
    left = [found.known, *(step.left for step in found.steps)]
    assert left == sorted(left, reverse=True)
    assert left[-1] == found.exported
    assert sum(loss.songs for loss in found.columns) == sum(i in exported for i, _, _ in failures)


def test_a_song_is_lost_at_the_first_stage_that_turned_it_away(tmp_path: Path) -> None:
    found = losses(tmp_path, [(1, "chords", "B"), (1, "search", "A"), (2, "own", "A")], {7})
    assert [(step.stage, step.left) for step in found.steps] == [("search", 2), ("own", 1)]
    assert found.steps[0].losses[0].reason == "search says A"
    assert found.most_rejected == [("s1", 2), ("s2", 1)]


def test_a_failure_of_an_exported_song_costs_a_column(tmp_path: Path) -> None:
    found = losses(tmp_path, [(1, "chords", "A"), (2, "chords", "A"), (3, "chords@mine", "A")], {1, 2, 3})
    assert [(loss.stage, loss.songs) for loss in found.columns] == [("chords", 2), ("chords@mine", 1)]
    assert not found.steps


def test_only_the_most_rejected_are_named_and_all_of_it_is_plain(tmp_path: Path) -> None:
    found = losses(tmp_path, [(i, "notes", "A") for i in range(REJECTING + 5)], set())
    told = as_dict(found)
    assert len(told["most_rejected"]) == REJECTING
    assert told["steps"][0]["losses"][0]["songs"] == REJECTING + 5


def test_a_song_that_was_never_annotated_was_not_rejected(tmp_path: Path) -> None:
    found = losses(tmp_path, [(1, "notes", "NOT_RUN"), (2, "notes", "NOT_RUN"), (2, "chords", "A")], set())
    assert found.known == 2
    assert found.most_rejected == [("s2", 1)]


def test_an_export_without_failures_lost_nothing(tmp_path: Path) -> None:
    funnel = Funnel(tmp_path, STAGES)
    funnel.see(["a"])
    assert (funnel.losses().known, funnel.losses().exported) == (1, 1)
