"""Published tables with our rows below: printed digits stay, chance is added, holes are named."""

from __future__ import annotations

import pytest

from symmv_tools.errors import BadCall
from symmv_tools.evaluation.beside import NO_MEASURE, NOT_RUN, as_dict, beside
from symmv_tools.evaluation.latex import of_published
from symmv_tools.evaluation.measured import Measured
from symmv_tools.evaluation.published import table, tables
from symmv_tools.evaluation.result import Result, result

pytestmark = pytest.mark.quick


def quality(value: float = 0.9, name: str = "ours") -> Result:
    real = Measured("POP909", {f"s{i}": {"sc_muspy": 0.96 + i / 1000} for i in range(5)})
    ours = Measured(name, {f"s{i}": {"sc_muspy": value + i / 1000} for i in range(5)})
    return result("quality", real, [ours], ["sc_muspy"], {"grid": "file"})


@pytest.mark.parametrize("name", list(tables()))
def test_every_table_can_be_laid_out_with_nothing_run(name: str) -> None:
    rows = beside(table(name), [])
    assert all(len(row.cells) == len(table(name).columns) for row in rows)
    assert {cell.text for cell in rows[-1].cells} <= {NOT_RUN, NO_MEASURE}
    assert of_published(table(name), rows).count("\\\\\n") == len(rows) + 1
    assert len(as_dict(table(name), rows)["rows"]) == len(rows)


def chance(name: str) -> list[str]:
    (row,) = (row for row in beside(table(name), []) if row.source == "chance")
    return [cell.text for cell in row.cells]


def test_chance_is_what_guessing_scores_in_the_paper_s_pools() -> None:
    assert chance("symmv-2")[:4] == ["7.1", "14.3", "28.6", "35.5"]
    assert chance("diffbgm-2")[3:6] == ["7.8", "15.6", "31.3"]


def test_ours_has_mean_interval_and_distance_to_our_own_real_row() -> None:
    rows = {(row.name, row.source): row for row in beside(table("symmv-4"), [quality()])}
    ours = rows["ours", "ours"].cells[0]
    assert ours.text.startswith("0.902 [0.90")
    assert ours.from_real == pytest.approx(0.902 / 0.962 - 1)
    assert rows["POP909 (real)", "ours"].cells[0].from_real is None
    assert rows["V-MusProd", "printed"].cells[0].from_real == pytest.approx(0.967 / 0.965 - 1)
    assert rows["ours", "ours"].cells[1].text == NOT_RUN


def test_one_name_cannot_have_two_figures() -> None:
    with pytest.raises(BadCall, match="two results say what ours scores in sc_muspy"):
        beside(table("symmv-4"), [quality(), quality(0.5)])
    assert beside(table("symmv-4"), [quality(), quality()]) == beside(table("symmv-4"), [quality()])
