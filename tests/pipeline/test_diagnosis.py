"""What `symmv doctor` finds of the program that YouTube's pages need."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from symmv_tools.io import nvdec
from symmv_tools.pipeline import diagnosis

pytestmark = pytest.mark.quick


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A Python without neighbours, and a PATH without programs."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.setattr(sys, "executable", str(tmp_path / "bin" / "python"))
    monkeypatch.setenv("PATH", str(tmp_path / "elsewhere"))
    return tmp_path


def put_deno(folder: Path, says: str) -> None:
    (folder / "deno").write_text(f"#!/bin/sh\necho '{says}'\n")
    (folder / "deno").chmod(0o755)


@pytest.mark.parametrize("folder", ["bin", "elsewhere"])
def test_deno_is_found_beside_python_and_on_the_path(machine: Path, folder: str) -> None:
    put_deno(machine / folder, "deno 2.9.8 (stable, release)")
    found = diagnosis._javascript()
    assert (found.grade, found.found) == ("good", "deno 2.9.8")


@pytest.mark.parametrize("says", ["deno 2.2.11 (stable)", "deno 1.46.3", "what?", ""])
def test_an_old_one_is_told_apart(machine: Path, says: str) -> None:
    put_deno(machine / "bin", says)
    found = diagnosis._javascript()
    assert found.grade == "poor"
    assert found.remedy == "pip install 'deno>=2.3'"


def test_none_is_no_fault_of_the_house(machine: Path) -> None:
    found = diagnosis._javascript()
    assert (found.grade, found.remedy) == ("poor", "pip install 'deno>=2.3'")


def test_a_stage_that_is_off_says_so_and_is_no_fault_even_where_its_packages_lack(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = {f.what: f for f in diagnosis._stages()}
    assert found["stage semantic"].grade == "good"
    assert "off unless" in found["stage semantic"].found
    monkeypatch.setattr(diagnosis, "missing_imports", lambda node: ["transformers"])
    found = {f.what: f for f in diagnosis._stages()}
    assert (found["stage semantic"].grade, found["stage shots"].grade) == ("poor", "bad")
    assert "transformers" in found["stage semantic"].found


@pytest.mark.parametrize(
    ("trouble", "says"),
    [("", 'the GPU if [video] decoder = "cuda"'), ("FFmpeg cannot open an NVIDIA GPU", "on the CPU; FFmpeg")],
)
def test_who_can_decode_videos_is_told_and_is_no_fault(
    monkeypatch: pytest.MonkeyPatch, trouble: str, says: str
) -> None:
    monkeypatch.setattr(nvdec, "trouble_with_cuda", lambda: trouble)
    found = diagnosis._decoding()
    assert (found.grade, found.remedy) == ("good", "")
    assert says in found.found
