"""The order in which a song meets stages and chores, for those who tell its story afterwards."""

from __future__ import annotations

from symmv_tools.pipeline import graph
from symmv_tools.pipeline.chores import BEFORE_SEARCH, FETCH, SEARCH
from symmv_tools.stages import ALL


def running_order() -> list[str]:
    """Return the names of all chores and stages: what a search builds on comes before it, the rest after."""
    first = [FETCH, *BEFORE_SEARCH, SEARCH]
    return [*first, *(stage.name for stage in graph.build(ALL).stages if stage.name not in first)]
