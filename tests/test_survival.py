"""A run that is killed at any moment and started again ends with the rows of an undisturbed one."""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow.parquet as pq
import pytest

from tests.survival import (
    annotate_in_background,
    exported_rows,
    kill_after,
    kill_until_done,
    make_store,
    parts_in,
)


class Undisturbed(NamedTuple):
    """A collected store that is not yet annotated, and what a run without accidents makes of it."""

    store: Path
    rows: list[dict[str, Any]]
    parts: int


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    folder = tmp_path_factory.mktemp("undisturbed")
    store = make_store(folder)
    copy = folder / "run"
    shutil.copytree(store, copy)
    assert annotate_in_background(copy).wait() == 0
    return Undisturbed(store, exported_rows(copy, folder / "out"), parts_in(copy))


@pytest.mark.timeout(180)
@pytest.mark.parametrize("seed", range(3))
def test_killed_and_resumed_ends_the_same(undisturbed: Undisturbed, tmp_path: Path, seed: int) -> None:
    work = tmp_path / "work"
    shutil.copytree(undisturbed.store, work)
    assert kill_until_done(work, random.Random(seed), undisturbed.parts), "it ended before it was killed once"
    assert exported_rows(work, tmp_path / "out") == undisturbed.rows


def test_nothing_half_written_is_left_for_readers(undisturbed: Undisturbed, tmp_path: Path) -> None:
    work = tmp_path / "work"
    shutil.copytree(undisturbed.store, work)
    assert kill_after(annotate_in_background(work), work, undisturbed.parts // 2, 0.01)
    for part in (work / "tables").rglob("part-*.parquet"):
        pq.read_table(part)


def test_a_second_driver_is_told_who_holds_the_store(undisturbed: Undisturbed, tmp_path: Path) -> None:
    work = tmp_path / "work"
    shutil.copytree(undisturbed.store, work)
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
