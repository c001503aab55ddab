"""A run that is killed at any moment and started again ends with the rows of an undisturbed one."""

from __future__ import annotations

import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from tests.survival import annotate_in_background, exported_rows, make_store


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[dict[str, Any]], float]:
    """A collected store not yet annotated, the rows it leads to, and the seconds that takes."""
    folder = tmp_path_factory.mktemp("undisturbed")
    store = make_store(folder)
    copy = folder / "run"
    shutil.copytree(store, copy)
    started = time.monotonic()
    assert annotate_in_background(copy).wait() == 0
    return store, exported_rows(copy, folder / "out"), time.monotonic() - started


@pytest.mark.timeout(180)
@pytest.mark.parametrize("seed", range(3))
def test_killed_and_resumed_ends_the_same(
    undisturbed: tuple[Path, list[dict[str, Any]], float], tmp_path: Path, seed: int
) -> None:
    store, rows, seconds = undisturbed
    work = tmp_path / "work"
    shutil.copytree(store, work)
    chance = random.Random(seed)
    kills = 0
    while (run := annotate_in_background(work)) and kills < 3:
        try:
            assert run.wait(timeout=chance.uniform(0.2, 1.0) * seconds) == 0
            break
        except subprocess.TimeoutExpired:
            run.send_signal(signal.SIGKILL)
            run.wait()
            kills += 1
    assert run.wait() == 0
    assert kills, "the run ended before it was killed even once"
    assert exported_rows(work, tmp_path / "out") == rows


def test_nothing_half_written_is_left_for_readers(
    undisturbed: tuple[Path, list[dict[str, Any]], float], tmp_path: Path
) -> None:
    store, _, seconds = undisturbed
    work = tmp_path / "work"
    shutil.copytree(store, work)
    run = annotate_in_background(work)
    time.sleep(0.7 * seconds)
    run.send_signal(signal.SIGKILL)
    run.wait()
    for part in (work / "tables").rglob("*.parquet"):
        if not part.name.startswith("."):
            pq.read_table(part)


def test_a_second_driver_is_told_who_holds_the_store(
    undisturbed: tuple[Path, list[dict[str, Any]], float], tmp_path: Path
) -> None:
    work = tmp_path / "work"
    shutil.copytree(undisturbed[0], work)
    first = annotate_in_background(work)
    try:
        while not (work / "driver.json").exists():
            time.sleep(0.02)
        second = subprocess.run(
            [sys.executable, "-m", "symmv_tools.cli.main", "annotate", "--work", str(work)],
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        first.kill()
        first.wait()
    assert second.returncode == 2
    assert f"process {first.pid}" in second.stderr
    assert "symmv annotate" in second.stderr
