"""Frechet distance and divergence by tiny random checkpoints in the hub's format."""

from __future__ import annotations

from pathlib import Path

import pytest

from symmv_tools.evaluation.result import Line
from symmv_tools.evaluation.retrieval.listeners import Listener, lines
from symmv_tools.evaluation.systems import open_systems
from tests import tiny_models
from tests.evaluation.pieces import noise, tune, write_pieces


def found(folder: Path, listener: Listener) -> dict[tuple[str, str], Line]:
    write_pieces(folder / "real", [(f"s{i}", tune(i, 2)) for i in range(4)])
    write_pieces(folder / "copies", [(f"s{i}", tune(i, 2)) for i in range(4)])
    write_pieces(folder / "noise", [(f"s{i}", noise(i, 2)) for i in range(4)])
    systems = open_systems([str(folder / name) for name in ("real", "copies", "noise")])
    return {
        (line.system, line.metric): line
        for line in lines(systems, listener, workers=1, advance=lambda n: None)
    }


def test_an_embedder_tells_noise_from_music(tmp_path: Path) -> None:
    lines = found(tmp_path, Listener(str(tiny_models.clap(tmp_path / "clap")), "embed"))
    copies, noisy = (lines[name, "fad_checkpoint"].mean for name in ("copies", "noise"))
    assert copies == pytest.approx(0.0, abs=1e-6)
    assert noisy is not None
    assert noisy > 1e-4
    assert lines["noise", "fad_checkpoint"].chance is not None


def test_a_classifier_holds_a_window_against_its_own(tmp_path: Path) -> None:
    lines = found(tmp_path, Listener(str(tiny_models.ast(tmp_path / "ast")), "classify"))
    copies, noisy = (lines[name, "kl_checkpoint"].mean for name in ("copies", "noise"))
    assert copies == pytest.approx(0.0, abs=1e-9)
    assert noisy is not None
    assert noisy > 0


def test_the_network_is_named_by_its_content(tmp_path: Path) -> None:
    assert Listener(str(tiny_models.clap(tmp_path / "clap")), "embed").said.startswith("clap (sha256 ")
