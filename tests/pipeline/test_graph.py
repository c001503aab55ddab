"""The order of stages follows from what they need and make."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from symmv_tools.errors import BadCall
from symmv_tools.pipeline.graph import build
from symmv_tools.stage import Stage
from symmv_tools.stages import ALL
from tests.fake_stages import COUNT, DOUBLE, LABEL


def stage(name: str, makes: str, *needs: str) -> Stage:
    return Stage(
        name, "1.0.0", {makes: pa.float64()}, needs=needs, run=lambda items, settings, context: iter(())
    )


@given(st.permutations(ALL))
def test_every_stage_comes_after_all_that_make_what_it_needs(stages: list[Stage]) -> None:
    graph = build(stages)
    place = {s.name: i for i, s in enumerate(graph.stages)}
    assert all(place[up.name] < place[s.name] for s in graph.stages for up in graph.sources(s))


def test_naming_a_stage_names_what_it_needs() -> None:
    assert build((LABEL, DOUBLE, COUNT)).with_upstream(["double"]) == {"double", "count"}


def test_a_need_that_nobody_makes_is_refused() -> None:
    with pytest.raises(ValueError, match="needs 'x', which no stage makes"):
        build((stage("a", "y", "x"),))


def test_stages_that_need_each_other_are_refused() -> None:
    with pytest.raises(ValueError, match="need each other"):
        build((stage("a", "x", "y"), stage("b", "y", "x")))


def test_an_unknown_stage_brings_the_nearest_name() -> None:
    with pytest.raises(BadCall, match="no stage 'cuont'") as caught:
        build((COUNT,)).stage("cuont")
    assert "count" in caught.value.hint
