"""Results as documents: what was written is read again, and hostile names stay names."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from symmv_tools.errors import BadCall
from symmv_tools.evaluation.latex import escaped, latex
from symmv_tools.evaluation.measured import Measured
from symmv_tools.evaluation.result import Line, Result, read_result, result

pytestmark = pytest.mark.quick


def example(name: str = "ours") -> Result:
    real = Measured("real", {f"s{i}": {"sc": 0.9 + i / 100, "pe": 4.0} for i in range(5)})
    ours = Measured(name, {f"s{i}": {"sc": 0.5} for i in range(5)}, {"s9": "s9.mid is no MIDI file"})
    return result("quality", real, [ours], ["sc", "pe", "never"], {"grid": "file"}, lambda one, metric: 0.3)


def test_a_result_survives_json(tmp_path: Path) -> None:
    path = tmp_path / "quality.json"
    path.write_text(json.dumps(example().as_dict()), "utf-8")
    assert read_result(path) == example()


def test_every_system_has_a_line_for_every_metric_that_somebody_defines() -> None:
    found = example()
    assert (found.systems, found.metrics) == (["real", "ours"], ["sc", "pe"])
    line = found.line("ours", "pe")
    assert line is not None
    assert (line.n, line.undefined, line.mean) == (0, 5, None)


def test_real_music_has_no_distance_and_others_have() -> None:
    real, ours = example().line("real", "sc"), example().line("ours", "sc")
    assert real is not None
    assert ours is not None
    assert real.distance is None
    assert ours.distance is not None
    assert ours.distance.is_resolved
    assert ours.chance == 0.3


@pytest.mark.parametrize(
    "text", ["", "[]", '{"format": "other"}', '{"format": "symmv-evaluation-1"}', "\x00"]
)
def test_a_file_that_is_no_result_is_refused_by_name(tmp_path: Path, text: str) -> None:
    path = tmp_path / "x.json"
    path.write_text(text, "utf-8")
    with pytest.raises(BadCall, match=r"x\.json"):
        read_result(path)


def test_a_missing_file_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(BadCall, match=r"nowhere\.json cannot be read"):
        read_result(tmp_path / "nowhere.json")


def test_latex_holds_every_cell_and_marks_what_is_not_resolved() -> None:
    text = latex(example(), {"sc": "SC"})
    assert text.count(r"\\") == 3
    assert "SC & $0.920$ [0.908, 0.932] & $0.500$ [0.500, 0.500]" in text
    assert "pe & $4.000$ [4.000, 4.000] & --" in text
    alike = result("quality", *_alike(), ["m"], {})
    assert r"^{\approx}" in latex(alike, {})


def _alike() -> tuple[Measured, list[Measured]]:
    values = {f"s{i}": {"m": float(i)} for i in range(4)}
    return Measured("real", values), [Measured("ours", values)]


def test_no_name_becomes_a_command_of_tex() -> None:
    hostile = r"\input{/etc/passwd} 100% $x_1^2$ & ~#"
    assert r"\input" not in latex(example(hostile), {})
    assert escaped("a_b & 5%") == r"a\_b \& 5\%"


def test_what_is_not_a_number_is_not_there() -> None:
    nan = float("nan")
    found = Line("x", "fad", 3, 0, nan, nan, None, nan)
    assert (found.mean, found.sd, found.chance) == (None, None, None)
