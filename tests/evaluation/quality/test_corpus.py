"""Whole systems: figures per piece, side by side, and what one broken piece costs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from symmv_tools.errors import BadCall
from symmv_tools.evaluation.quality.catalogue import measure
from symmv_tools.evaluation.quality.corpus import Quality, evaluate_quality
from symmv_tools.evaluation.quality.piece import piece_of_midi
from symmv_tools.evaluation.systems import open_systems
from symmv_tools.io.midi import write
from tests.evaluation.pieces import noise, tune, write_pieces
from tests.exports import beats, song, write_export


def folders(path: Path, n: int = 6) -> list[str]:
    real = write_pieces(path / "real", [(f"song{i}", tune(i)) for i in range(n)])
    ours = write_pieces(path / "ours", [(f"song{i}", noise(i)) for i in range(n)])
    return [str(real), str(ours)]


def test_real_and_generated_stand_side_by_side(tmp_path: Path) -> None:
    found = evaluate_quality(open_systems(folders(tmp_path)), Quality())
    real, ours = found.result.line("real", "sc_muspy"), found.result.line("ours", "sc_muspy")
    assert real is not None
    assert ours is not None
    assert (real.mean, real.sd) == (1.0, 0.0)  # one key each
    assert ours.distance is not None
    assert ours.distance.paired
    assert ours.distance.is_resolved
    assert ours.distance.absolute < -0.2
    assert found.result.conditions == {"grid": "file"}


def test_the_figures_are_those_of_the_pieces(tmp_path: Path) -> None:
    (measured,) = evaluate_quality(open_systems(folders(tmp_path)[:1]), Quality()).measured
    raw = (tmp_path / "real" / "song3.mid").read_bytes()
    expected = {name: value for name, value in measure(piece_of_midi(raw)).items() if not np.isnan(value)}
    assert measured.values["song3"] == expected


def test_several_workers_find_the_same(tmp_path: Path) -> None:
    systems = open_systems(folders(tmp_path, 3))
    assert evaluate_quality(systems, Quality(), workers=2) == evaluate_quality(systems, Quality())


def test_a_broken_piece_costs_itself(tmp_path: Path) -> None:
    names = folders(tmp_path)
    (tmp_path / "ours" / "song0.mid").write_bytes(b"MThd and no more")
    found = evaluate_quality(open_systems(names), Quality()).result
    assert list(found.failed) == ["ours"]
    assert list(found.failed["ours"]) == ["song0"]
    line = found.line("ours", "pe_muspy")
    assert line is not None
    assert line.n == 5


def test_a_row_is_measured_on_its_beats_or_on_its_file(tmp_path: Path) -> None:
    """At 60 beats a minute a file that says 120 has twice the quarters."""
    row = song("x:1", beat=beats(32, 1.0), midi=write(tune(1)))
    write_export(tmp_path / "out", [row])
    systems = open_systems([str(tmp_path / "out")])
    per_quarter = [
        evaluate_quality(systems, Quality(grid)).measured[0].values["x:1"]["notes_per_quarter"]
        for grid in ("file", "beats")
    ]
    assert per_quarter[0] == pytest.approx(11 / 4, rel=0.05)
    assert per_quarter[1] == pytest.approx(2.0, rel=0.05)  # the Row's own notes, two per second


def test_beats_are_not_asked_of_a_folder(tmp_path: Path) -> None:
    with pytest.raises(BadCall, match="only an export has annotated beats"):
        evaluate_quality(open_systems(folders(tmp_path)), Quality("beats"))
